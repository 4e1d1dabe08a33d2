package stories

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"example.org/icr/care/nhs"
)

// current reports whether an organisation gives or lately gave care.
func current(r Resident, code nhs.ODSCode) bool {
	for _, g := range r.Grounds {
		if g.Organisation == code && (g.Ends.IsZero() || g.Ends.AddDate(0, 0, 28).After(noon)) {
			return true
		}
	}
	return false
}

func TestWhoHasAGround(t *testing.T) {
	people := residents(t)
	for _, test := range []struct {
		name string
		code nhs.ODSCode
		want bool
	}{
		{"Harpreet Sandhu", uhcw, true},
		{"Harpreet Sandhu", sponEnd, true},
		{"Harpreet Sandhu", coventry, true},
		{"Olusegun Adeyemi", uhcw, true},
		{"Olusegun Adeyemi", georgeEliot, false},
		{"Christopher Yip", uhcw, false},
		{"Shanice Campbell", uhcw, false},
		{"Elena Popescu", uhcw, true},
		{"Kwabena Mensah", georgeEliot, true},
		{"Joan Featherstone", ambulance, true},
		{"Joan Featherstone", birmingham, true},
		{"Yusuf Warsame", birmingham, true},
		{"Winifred Oduya", coventry, true},
		{"Callum Rafferty", partnership, true},
		{"Callum Rafferty", southWarwick, true},
		{"Leanne Marsh", sponEnd, true},
		{"Edith Wakefield", uhcw, true},
		{"Graham Toogood", uhcw, true},
	} {
		r, ok := people[test.name]
		if !ok {
			t.Fatalf("nobody is called %s", test.name)
		}
		if got := current(r, test.code); got != test.want {
			t.Errorf("%s at %s: ground %v, want %v", test.name, test.code, got, test.want)
		}
	}
}

func TestPlots(t *testing.T) {
	people := residents(t)
	for _, test := range []struct {
		name string
		code nhs.ODSCode
		says string
	}{
		{"Patrick Brennan", sponEnd, "Allergy to penicillin"},
		{"Patrick Brennan", uhcw, "No known allergy"},
		{"Margaret Ann Bailey", georgeEliot, "Lumpectomy"},
		{"Gareth Llewellyn", sponEnd, `"code":"R"`},
		{"Callum Rafferty", partnership, "Crisis plan"},
		{"Winifred Oduya", coventry, "Adult at Risk"},
		{"Rosalind Achebe", uhcw, "application/pdf"},
		{"Harpreet Sandhu", sponEnd, "entered-in-error"},
		{"Harpreet Sandhu", sponEnd, "not-done"},
		{"Yusuf Warsame", uhcw, `"text":"over 60"`},
		{"Gareth Llewellyn", uhcw, `"comparator":"<"`},
		{"Shanice Campbell", uhcw, "in-progress"},
	} {
		if file := join(people[test.name].Files[test.code]); !bytes.Contains(file, []byte(test.says)) {
			t.Errorf("%s at %s does not say %q", test.name, test.code, test.says)
		}
	}
	if bytes.Contains(join(people["Shanice Campbell"].Files[uhcw]), []byte(unfed)) {
		t.Error("a mark of this package got out")
	}
}

func join(raws []json.RawMessage) (all []byte) {
	for _, raw := range raws {
		all = append(all, raw...)
	}
	return all
}

func TestVeryLongRecord(t *testing.T) {
	r := residents(t)["Ronald Pickering"]
	if n := len(r.Files[uhcw]) + len(r.Files[sponEnd]); n < 1400 || n > 1600 {
		t.Errorf("%d items", n)
	}
}

func TestNothingRecorded(t *testing.T) {
	for partner, raws := range residents(t)["Elena Popescu"].Files {
		if len(raws) != 1 {
			t.Errorf("%s holds %d items", partner, len(raws))
		}
	}
}

// The same things, word for word, under ids of their own.
func TestDuplicates(t *testing.T) {
	r := residents(t)["Balvinder Gill"]
	gp, hospital := join(r.Files[sponEnd]), join(r.Files[uhcw])
	for _, says := range []string{"Allergy to penicillin", "Serum potassium level", `"value":5.6`, "2011-03-08"} {
		if !bytes.Contains(gp, []byte(says)) || !bytes.Contains(hospital, []byte(says)) {
			t.Errorf("%q is not at both", says)
		}
	}
}

func TestDemographics(t *testing.T) {
	people := residents(t)
	for name, want := range map[string]struct{ has, lacks string }{
		"Leanne Marsh":      {`"code":"R"`, "generalPractitioner address telecom Haven 9XR Y99001"},
		"Edith Wakefield":   {`"deceasedDateTime":"2026-11-12T04:15:00Z"`, ""},
		"Harpreet Sandhu":   {`"value":"Y99001"`, "deceasedDateTime"},
		"Aaliyah Hussain":   {`"birthDate":"2011-04-09"`, ""},
		"Graham Toogood":    {`"value":"Y99090"`, ""},
		"Rosalind Achebe":   {`"value":"Y99010"`, ""},
		"Mohammed Chaudhry": {`"id":"9990000131"`, "9990000255"},
	} {
		raw, err := people[name].Demographics()
		if err != nil || !bytes.Contains(raw, []byte(want.has)) {
			t.Errorf("%s: %s has no %s (%v)", name, raw, want.has, err)
		}
		for _, lack := range strings.Fields(want.lacks) {
			if bytes.Contains(raw, []byte(lack)) {
				t.Errorf("%s: %s tells %s", name, raw, lack)
			}
		}
	}
}
