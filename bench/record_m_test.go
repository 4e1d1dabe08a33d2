package bench

import (
	"bytes"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// The record is what the goals speak of, and all of it is read.
func TestTypicalRecord(t *testing.T) {
	everything := record.Scope{}
	for _, s := range record.Sections {
		everything[s] = record.Everything
	}
	for i := range partnerCount {
		data := bundle(i, patients[i])
		if len(data) < bundleBytes*98/100 || len(data) > bundleBytes {
			t.Errorf("partner %d gives %d bytes", i, len(data))
		}
		answer := fhir.NewAnswer(organisations[i], everything, fhir.Limit{})
		if _, err := answer.Read(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		if r := answer.Result(); len(r.Entries) != resourcesOfAPartner() || r.Supporting != 1 {
			t.Errorf("of partner %d there are %d entries in %d resources", i, len(r.Entries), r.Resources())
		}
	}
}
