package partner

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"pgregory.net/rapid"
)

func item(section record.Section, id string) record.Entry {
	return record.Entry{Section: section, Item: record.Item{Type: "X", ID: id}}
}

// What a partner labels as sensitive is masked by role and section, and only
// clinicians are told that something is.
func TestSensitiveItems(t *testing.T) {
	entries := []record.Entry{item(record.Allergies, "a"), item(record.Medications, "m"), item(record.Problems, "p"), item(record.Problems, "open"), item(record.CarePlans, "c")}
	var sensitive []record.Item
	for _, e := range entries {
		if e.Item.ID != "open" {
			sensitive = append(sensitive, e.Item)
		}
	}
	entries = append(entries, saying(record.Problems, "hiv", "HIV positive"), saying(record.Problems, "ivf", "IVF pregnancy"), saying(record.Alerts, "mappa", "MAPPA level 2"))
	for _, test := range []struct {
		role             auth.Role
		opened           bool
		shown            []string
		withheld, masked int
		problems         record.State
	}{
		{auth.Clinician, false, []string{"a", "m", "open", "mappa"}, 3, 1, record.Withheld},
		{auth.Clinician, true, []string{"a", "m", "p", "open", "c", "hiv", "mappa"}, 0, 1, record.Answered},
		{auth.SocialCare, false, []string{"a", "open"}, 0, 6, record.Answered},
		{auth.SocialCare, true, []string{"a", "open"}, 0, 6, record.Answered},
	} {
		a := Answer{Entries: slices.Clone(entries), Sensitive: sensitive}
		q := Query{User: auth.User{Post: auth.Post{Role: test.role}}, Opened: test.opened, Scope: access.Shipped().ScopeOf(auth.Clinician)}
		if test.role == auth.SocialCare {
			q.Scope[record.Alerts] = record.AllowedCategories
		}
		hide(&a, q)
		c := record.Contribution{Sections: map[record.Section]record.State{}}
		fill(&c, a, q.Scope)
		var shown []string
		for _, e := range c.Entries {
			shown = append(shown, e.Item.ID)
		}
		if !slices.Equal(shown, test.shown) || c.Withheld != test.withheld || c.Masked != test.masked || c.Sections[record.Problems] != test.problems {
			t.Errorf("%s: shown %v, %d withheld, %d masked, problems %s", test.role, shown, c.Withheld, c.Masked, c.Sections[record.Problems])
		}
	}
}

func saying(section record.Section, id, words string) record.Entry {
	e := item(section, id)
	e.What.Text = words
	return e
}

// What is shown, withheld and masked is together what came in.
func TestNothingHiddenIsUncounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"Asthma", "HIV positive", "IVF", "MARAC", "Termination of pregnancy"})
		var a Answer
		for i := range rapid.IntRange(0, 20).Draw(t, "entries") {
			e := saying(rapid.SampledFrom(record.Sections).Draw(t, "section"), fmt.Sprint(i), words.Draw(t, "words"))
			a.Entries = append(a.Entries, e)
			if rapid.Bool().Draw(t, "labelled") {
				a.Sensitive = append(a.Sensitive, e.Item)
			}
		}
		role := rapid.SampledFrom([]auth.Role{auth.Clinician, auth.SocialCare}).Draw(t, "role")
		q := Query{User: auth.User{Post: auth.Post{Role: role}}, Opened: rapid.Bool().Draw(t, "opened"), Scope: access.Shipped().ScopeOf(role)}
		in := slices.Clone(a.Entries)
		hide(&a, q)
		if len(a.Entries)+a.Withheld+a.masked != len(in) {
			t.Fatalf("%d came in, %d are shown, %d withheld, %d masked", len(in), len(a.Entries), a.Withheld, a.masked)
		}
		for _, e := range a.Entries {
			if !slices.ContainsFunc(in, func(o record.Entry) bool { return o.Item == e.Item && o.What.Text == e.What.Text }) {
				t.Fatal("an entry that did not come in")
			}
		}
	})
}

// What is hidden from social care leaves no trace: an answer of which all is
// hidden is as one that held nothing.
func TestHiddenItemsLeaveNoTrace(t *testing.T) {
	q := Query{User: auth.User{Post: auth.Post{Role: auth.SocialCare}}, Scope: access.Shipped().ScopeOf(auth.SocialCare)}
	secret := item(record.CarePlans, "c")
	for name, a := range map[string]Answer{
		"labelled":         {Entries: []record.Entry{secret}, Sensitive: []record.Item{secret.Item}},
		"another category": {Withheld: 2},
		"nothing":          {},
	} {
		c := record.Contribution{Sections: map[record.Section]record.State{}}
		hide(&a, q)
		fill(&c, a, q.Scope)
		if c.State != record.NoneRecorded || c.Withheld != 0 || c.SectionState(record.CarePlans) != record.NoneRecorded {
			t.Errorf("%s: %s, %d withheld, care plans %s", name, c.State, c.Withheld, c.SectionState(record.CarePlans))
		}
	}
}

// The patient's practice is asked and no other; one that supplies nothing, or
// that nobody can name, still has its place.
func TestPracticesAreRouted(t *testing.T) {
	practice := func(code nhs.ODSCode) Partner {
		return Partner{Source: record.Source{Code: code, Kind: record.Practice}, Supplies: record.Sections}
	}
	n, err := NewNetwork(time.Now, practice("Y99001"), practice("Y99002"), Partner{Source: record.Source{Code: "RKB", Kind: record.Acute}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		practices []nhs.ODSCode
		want      []nhs.ODSCode
		supplies  bool
	}{
		{[]nhs.ODSCode{"Y99002"}, []nhs.ODSCode{"Y99002", "RKB"}, true},
		{[]nhs.ODSCode{"Y99090"}, []nhs.ODSCode{"Y99090", "RKB"}, false},
		{nil, []nhs.ODSCode{"", "RKB"}, false},
	} {
		var got []nhs.ODSCode
		asked := n.askedFor(test.practices)
		for _, p := range asked {
			got = append(got, p.Code)
		}
		if !slices.Equal(got, test.want) || len(asked[0].Supplies) > 0 != test.supplies {
			t.Errorf("%v: asked %v", test.practices, got)
		}
	}
	if _, err := NewNetwork(time.Now, practice("Y99001"), practice("Y99001")); err == nil {
		t.Error("a partner listed twice was taken")
	}
}
