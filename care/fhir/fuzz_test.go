package fhir_test

import (
	"bytes"
	"errors"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// FuzzRead feeds anything at all to Read: it never panics, refuses what is not
// sound JSON, and accounts for every entry of what it takes.
func FuzzRead(f *testing.F) {
	for _, test := range entryTests {
		f.Add([]byte(bundle(test.resource)))
	}
	f.Add(typical()[:2000])
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1","contained":[{}]}}],"link":[{"relation":"next","url":"\u0041"}]}`))
	f.Add([]byte(`{"resourceType":"OperationOutcome","issue":[{"code":"x"}]}`))
	f.Add([]byte("\ufeff{}"))
	scopes := []record.Scope{everything(), {record.Visits: record.DatesOnly, record.Alerts: record.AllowedCategories}, nil}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, entries, sound := plainly(data)
		for _, scope := range scopes {
			a := fhir.NewAnswer(hospital, scope, fhir.Limit{})
			_, err := a.Read(bytes.NewReader(data))
			if err != nil {
				if !errors.Is(err, fhir.ErrUnreadable) || a.Result().Resources() != 0 {
					t.Fatalf("%v, and kept something", err)
				}
				continue
			}
			result := a.Result()
			if !sound || result.Resources() != entries && !result.Incomplete {
				t.Fatalf("%d entries (sound: %v): %+v", entries, sound, result)
			}
			a.Subjects()
			a.Patients()
			if scope != nil && scope[record.Results] > 0 {
				said(t, result)
			}
		}
	})
}

// FuzzDecodePerson feeds anything at all to what reads the demographics service.
func FuzzDecodePerson(f *testing.F) {
	f.Add([]byte(ada))
	f.Add([]byte(`{"resourceType":"Patient","id":"9990000018","name":[null,{}],"address":{},"telecom":[1],"extension":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := fhir.DecodePerson(bytes.NewReader(data)); err == nil && p.Number.IsZero() {
			t.Fatal("a person without a number")
		}
		_, _, _ = fhir.DecodeMatches(bytes.NewReader(data))
		_, _ = fhir.DecodeOutcome(bytes.NewReader(data))
	})
}
