package fhir_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// contributed is what a partner's answer comes to.
func contributed(code nhs.ODSCode, data []byte) (record.Contribution, fhir.Result, bool) {
	from := record.Source{Code: code, Name: "Organisation " + string(code), Kind: record.Acute}
	a := fhir.NewAnswer(from, everything(), fhir.Limit{Bytes: 64 << 20})
	if _, err := a.Read(bytes.NewReader(data)); err != nil {
		return record.Contribution{}, fhir.Result{}, false
	}
	result := a.Result()
	return record.Contribution{
		Source: from, State: record.Answered, Entries: result.Entries, Unreadable: result.Unreadable, InError: result.InError, Withheld: result.Withheld,
	}, result, true
}

// merged fails the test unless every entry of the contributions stands in
// exactly one line of its section.
func merged(t *testing.T, contributions ...record.Contribution) record.Record {
	t.Helper()
	left := map[*record.Entry]record.Section{}
	for _, c := range contributions {
		for i := range c.Entries {
			left[&c.Entries[i]] = c.Entries[i].Section
		}
	}
	r := record.Merge(contributions)
	for section, lines := range r.Lines {
		for _, l := range lines {
			for _, e := range l.Entries {
				if left[e] != section {
					t.Fatalf("an entry twice, elsewhere, or from nowhere: %+v", e)
				}
				delete(left, e)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("%d entries are lost", len(left))
	}
	return r
}

// Whatever is sent goes through decoding and merging without loss: alone, and
// twice, as two organisations that hold the same.
func TestP4_WhatIsSentIsMergedWhole(t *testing.T) {
	var all []record.Contribution
	files(t, func(t *testing.T, path string, data []byte) {
		if bundle, _, ok := plainly(data); ok && bundle["resourceType"] != "Bundle" && bundle["resourceType"] != "OperationOutcome" {
			data = []byte(`{"resourceType":"Bundle","entry":[{"resource":` + strings.TrimPrefix(string(data), "\ufeff") + `}]}`)
		}
		one, result, ok := contributed("RKB", data)
		if !ok {
			return
		}
		r := merged(t, one)
		if shown := count(r); shown != result.Resources()-result.Repeated-result.Joined-result.Unreadable-result.InError-result.Withheld-result.Outside-result.Supporting {
			t.Errorf("%d shown of %+v", shown, result)
		}
		two, _, _ := contributed("RLT", data)
		merged(t, one, two)
		one.Source.Code = nhs.ODSCode(fmt.Sprintf("X%04d", len(all)))
		for i := range one.Entries {
			one.Entries[i].From = one.Source.Code
		}
		all = append(all, one)
	}, "awkward", "ips")
	all = append(all, builtIn(t)...)
	merged(t, all...)
}

func count(r record.Record) (n int) {
	for _, lines := range r.Lines {
		for _, l := range lines {
			n += len(l.Entries)
		}
	}
	return n
}

// builtIn are awkward answers that are always at hand: long texts, texts of
// other scripts and with marks that turn the direction of writing, the same
// thing in two languages.
func builtIn(t *testing.T) []record.Contribution {
	t.Helper()
	long := strings.Repeat("Tablet taken. ", 3000)
	var all []record.Contribution
	for i, words := range []string{"Penicillin", "بنسلين", "青霉素", "Penicillin\u202e gnihton", "Penicillin\u2066"} {
		data := bundle(fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":"a%d","code":{"text":%q},"note":[{"text":%q}],"recordedDate":"2019-03-01"}`, i, words, long))
		c, _, ok := contributed(nhs.ODSCode(fmt.Sprintf("B%d", i)), []byte(data))
		if !ok || len(c.Entries) != 1 || len(c.Entries[0].Notes) != 1 || c.Entries[0].Notes[0] != strings.TrimSpace(long) && c.Entries[0].Notes[0] != long || c.Entries[0].What.Text != words {
			t.Fatalf("%q does not survive", words)
		}
		all = append(all, c)
	}
	return all
}
