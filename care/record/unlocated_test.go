package record_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"example.org/icr/care/record"
)

// Every member of an entry that somebody can write words into is cleared of
// what tells where the patient is.
func TestUnlocatedTellsNothing(t *testing.T) {
	source := record.Source{Code: "RLT", Name: "George Eliot Hospital NHS Trust", Kind: record.Acute, Lag: "nightly"}
	e := record.Entry{Section: record.Problems, Item: record.Item{Type: "Condition", ID: "1"}}
	fill(reflect.ValueOf(&e).Elem())
	e.From = source.Code
	c := record.Contribution{Source: source, State: record.Incomplete, Why: "George Eliot Hospital is slow", Reasons: map[record.Section]string{record.Problems: "RLT said so"}, Entries: []record.Entry{e}}
	before := fmt.Sprintf("%+v", c)
	got := record.Unlocated([]record.Contribution{c})
	e0 := &got[0].Entries[0]
	e0.Item, e0.Also, e0.Document, e0.Replaces = record.Item{}, nil, nil, nil // for the trail and the partner alone
	e0.Quantity, e0.Parts[0].Quantity = record.Quantity{}, record.Quantity{}  // numbers and units, which are nobody's words
	told := strings.ToLower(fmt.Sprintf("%+v", got))
	for _, secret := range []string{"george eliot", "rlt", "nightly", "024 7600"} {
		if strings.Contains(told, secret) {
			t.Errorf("says %q: %s", secret, told)
		}
	}
	if got[0].Source.Name != "A hospital" || got[0].Entries[0].From != got[0].Source.Code || !strings.Contains(got[0].Entries[0].What.Text, "asthma") {
		t.Errorf("%+v", got[0])
	}
	if fmt.Sprintf("%+v", c) != before {
		t.Error("what was given has changed")
	}
}

// What is hidden is an organisation's name, and never part of a medicine's, a
// value or a code that happens to be written like an organisation's.
func TestHiderTakesWholeWords(t *testing.T) {
	hide := record.Hider([]record.Contribution{
		{Source: record.Source{Code: "RAN", Name: "Royal National Orthopaedic Hospital NHS Trust"}},
		{Source: record.Source{Code: "REN", Name: "The Clatterbridge Cancer Centre"}},
		{Source: record.Source{Code: "mg", Name: "mg"}},
		{Source: record.Source{Code: "1", Name: "St. Mary's (East)"}},
	})
	const gone = "[organisation not shown]"
	for said, want := range map[string]string{
		"Ranitidine 150 mg, 1 tablet":                     "Ranitidine 150 mg, 1 tablet",
		"Renal failure; she ran 1 mile":                   "Renal failure; she ran 1 mile",
		"RANITIDINE 1 MG":                                 "RANITIDINE 1 MG",
		"Seen at RAN, ward REN":                           "Seen at " + gone + ", ward " + gone,
		"site RAN01":                                      "site " + gone,
		"royal national orthopaedic hospital nhs trust 1": gone + " 1",
		"Royal National Orthopaedic Hospital said":        gone + " said",
		"the Clatterbridge Cancer Centre's clinic":        gone + "'s clinic",
		"(st. mary's (east))":                             "(" + gone + ")",
	} {
		if got := hide(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
	coding := record.Coding{System: "http://snomed.info/sct", Code: "RAN", Display: "Told by RAN"}
	amount := record.Quantity{Number: "1", Unit: "REN"}
	e := record.Entry{What: record.Concept{Codings: []record.Coding{coding}}, Quantity: amount, Parts: []record.Part{{Quantity: amount}}}
	got := record.Unlocated([]record.Contribution{{Source: record.Source{Code: "RAN", Name: "REN"}, Entries: []record.Entry{e}}})[0].Entries[0]
	coding.Display = "Told by " + gone
	if got.What.Codings[0] != coding || got.Quantity != amount || got.Parts[0].Quantity != amount {
		t.Errorf("%+v", got)
	}
}

// fill writes telling words into every string of a value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() && v.String() == "" {
			v.SetString("asthma clinic of george eliot hospital, RLT, 024 7600 0000"[:48])
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0))
		}
	}
}
