package record_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"pgregory.net/rapid"
)

func contribution(code nhs.ODSCode, entries ...record.Entry) record.Contribution {
	for i := range entries {
		entries[i].From = code
		if entries[i].Item.ID == "" {
			entries[i].Item = record.Item{Type: "X", ID: fmt.Sprint(i)}
		}
	}
	return record.Contribution{Source: record.Source{Code: code, Name: "Org " + string(code)}, State: record.Answered, Entries: entries}
}

func allergy(words, when string, change ...func(*record.Entry)) record.Entry {
	e := record.Entry{Section: record.Allergies, What: record.Concept{Text: words}, When: record.ParseDate(when), Standing: record.Current, Status: "active"}
	for _, c := range change {
		c(&e)
	}
	return e
}

func coded(system, code string) func(*record.Entry) {
	return func(e *record.Entry) {
		e.What.Codings = append(e.What.Codings, record.Coding{System: system, Code: code})
	}
}

// What two organisations say is one line only if they say the same.
func TestWhatBecomesOneLine(t *testing.T) {
	set := func(change func(*record.Entry)) func(*record.Entry) { return change }
	for _, test := range []struct {
		name string
		a, b record.Entry
		want int // lines
	}{
		{"the same", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01"), 1},
		{"case does not count", allergy("Penicillin", "2019-03-01"), allergy("penicillin", "2019-03-01"), 1},
		{"code here, text there", allergy("Penicillin", "2019-03-01", coded("sct", "91936005")), allergy("Penicillin", "2019-03-01"), 1},
		{"the same words, other code of the system", allergy("Penicillin", "2019-03-01", coded("sct", "91936005")), allergy("Penicillin", "2019-03-01", coded("sct", "294499007")), 2},
		{"codes of different systems", allergy("Penicillin", "2019-03-01", coded("sct", "91936005")), allergy("Penicillin", "2019-03-01", coded("ctv3", "XaBcD")), 1},
		{"another day", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-07-01"), 2},
		{"less precise", allergy("Penicillin", "2019"), allergy("Penicillin", "2019-03-01"), 2},
		{"undated", allergy("Penicillin", ""), allergy("Penicillin", ""), 2},
		{"a date that is none", allergy("Penicillin", "long ago"), allergy("Penicillin", "long ago"), 2},
		{"status", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Status = "resolved" })), 2},
		{"verification", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Verification = "unconfirmed" })), 2},
		{"refuted", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Assertion = record.Refuted })), 2},
		{"reaction", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Reactions = []string{"Anaphylaxis"} })), 2},
		{"severity", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Severity = "severe" })), 2},
		{"criticality", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Criticality = "high" })), 2},
		{"side of the body", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Site = "Left knee" })), 2},
		{"dose", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01", set(func(e *record.Entry) { e.Dose = "500 mg" })), 2},
		{
			"unit", allergy("Potassium", "2019-03-01", set(func(e *record.Entry) { e.Quantity = record.Quantity{Number: "5", Unit: "mmol/L"} })),
			allergy("Potassium", "2019-03-01", set(func(e *record.Entry) { e.Quantity = record.Quantity{Number: "5", Unit: "mg/dL"} })), 2,
		},
		{
			"comparator", allergy("Troponin", "2019-03-01", set(func(e *record.Entry) { e.Quantity = record.Quantity{Comparator: "<", Number: "5"} })),
			allergy("Troponin", "2019-03-01", set(func(e *record.Entry) { e.Quantity = record.Quantity{Number: "5"} })), 2,
		},
		{
			"digits", allergy("Potassium", "2019-03-01", set(func(e *record.Entry) { e.Quantity.Number = "5.0" })),
			allergy("Potassium", "2019-03-01", set(func(e *record.Entry) { e.Quantity.Number = "5.00" })), 2,
		},
		{
			"parts", allergy("Blood pressure", "2019-03-01", set(func(e *record.Entry) { e.Parts = []record.Part{{Name: "Systolic", Value: "120"}} })),
			allergy("Blood pressure", "2019-03-01", set(func(e *record.Entry) { e.Parts = []record.Part{{Name: "Systolic", Value: "140"}} })), 2,
		},
	} {
		r := record.Merge([]record.Contribution{contribution("A01", test.a), contribution("B01", test.b)})
		if got := len(r.Lines[record.Allergies]); got != test.want {
			t.Errorf("%s: %d lines, want %d", test.name, got, test.want)
		}
	}
}

func TestOneSourceSayingItTwiceIsTwoLines(t *testing.T) {
	r := record.Merge([]record.Contribution{contribution("A01", allergy("Penicillin", "2019-03-01"), allergy("Penicillin", "2019-03-01"))})
	if got := len(r.Lines[record.Allergies]); got != 2 {
		t.Errorf("%d lines", got)
	}
}

func anyContributions(t *rapid.T) []record.Contribution {
	word := rapid.SampledFrom([]string{"Penicillin", "penicillin", "Allergy to penicillin", "Aspirin", "Aspirin 75mg tablets", "Aspirin 300mg tablets", ""})
	dose := rapid.SampledFrom([]string{"", "One daily", "1 OD", "Two daily", "see notes"})
	date := rapid.SampledFrom([]string{"", "2019", "2019-03", "2019-03-01", "2019-03-01T10:00:00Z", "soon"})
	section := rapid.SampledFrom([]record.Section{record.Allergies, record.Medications, record.Problems, record.Results})
	code := rapid.SampledFrom([]string{"", "1", "2"})
	var all []record.Contribution
	for _, org := range []nhs.ODSCode{"A01", "B01", "C01"} {
		var entries []record.Entry
		for i := range rapid.IntRange(0, 6).Draw(t, "entries") {
			e := allergy(word.Draw(t, "word"), date.Draw(t, "date"))
			e.Section, e.Item = section.Draw(t, "section"), record.Item{Type: "X", ID: fmt.Sprint(i)}
			e.Dose = dose.Draw(t, "dose")
			e.Standing = record.Standing(rapid.IntRange(0, 2).Draw(t, "standing"))
			e.Assertion = record.Assertion(rapid.IntRange(0, 2).Draw(t, "assertion"))
			if c := code.Draw(t, "code"); c != "" {
				coded("sct", c)(&e)
			}
			entries = append(entries, e)
		}
		all = append(all, contribution(org, entries...))
	}
	return all
}

// Union, never loss: what is shown is what came in, each entry once.
func TestMergeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contributions := anyContributions(t)
		count := map[string]int{}
		for _, c := range contributions {
			for _, e := range c.Entries {
				count[fmt.Sprint(e.Section, e.From, e.Item)]++
			}
		}
		r := record.Merge(contributions)
		for section, lines := range r.Lines {
			for _, l := range lines {
				for _, e := range l.Entries {
					count[fmt.Sprint(section, e.From, e.Item)]--
				}
			}
		}
		for what, n := range count {
			if n != 0 {
				t.Fatalf("%s: %d too few", what, n)
			}
		}
	})
}

// Merging what was merged changes nothing: neither the record's own
// contributions, nor what its lines show.
func TestMergeIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := record.Merge(anyContributions(t))
		again := record.Merge(once.Contributions)
		if !reflect.DeepEqual(once, again) {
			t.Fatal("merged again, another record")
		}
		shown := slices.Clone(once.Contributions)
		for i, c := range shown {
			shown[i].Entries = nil
			for _, section := range record.Sections {
				for _, l := range once.Lines[section] {
					for _, e := range l.Entries {
						if e.From == c.Source.Code {
							shown[i].Entries = append(shown[i].Entries, *e)
						}
					}
				}
			}
		}
		again = record.Merge(shown)
		if !reflect.DeepEqual(once.Lines, again.Lines) || !reflect.DeepEqual(once.Conflicts, again.Conflicts) {
			t.Fatal("what was shown merges into another record")
		}
	})
}

// The lines of a group stand together, no source is in it twice, and none of
// it is in a conflict with another of it.
func TestGroupsAgreeThroughout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record.Merge(anyContributions(t))
		for section, lines := range r.Lines {
			last, members := 0, map[int][]record.Line{}
			for i, l := range lines {
				if l.Group != 0 && l.Group != last+1 && (i == 0 || lines[i-1].Group != l.Group) {
					t.Fatalf("%s: group %d after group %d", section, l.Group, last)
				}
				last = max(last, l.Group)
				members[l.Group] = append(members[l.Group], l)
			}
			delete(members, 0)
			for _, group := range members {
				if len(group) < 2 {
					t.Fatal("a group of one")
				}
				for i, a := range group {
					for _, b := range group[i+1:] {
						if got := verdict(*a.Lead(), *b.Lead()); a.Lead().From == b.Lead().From || got != possibly {
							t.Fatalf("in one group: %s", got)
						}
					}
				}
			}
		}
	})
}

func TestMergeDoesNotDependOnTheOrderOfPartners(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contributions := anyContributions(t)
		shuffled := rapid.Permutation(contributions).Draw(t, "order")
		a, b := record.Merge(contributions), record.Merge(shuffled)
		if !reflect.DeepEqual(a.Lines, b.Lines) || !reflect.DeepEqual(a.Conflicts, b.Conflicts) {
			t.Fatal("another order, another record")
		}
	})
}

// Every entry of a line agrees with every other, not only with the first.
func TestLinesAgreeThroughout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, lines := range record.Merge(anyContributions(t)).Lines {
			for _, l := range lines {
				codes, sources := map[string]bool{}, map[nhs.ODSCode]bool{}
				for _, e := range l.Entries {
					for _, c := range e.What.Codings {
						codes[c.Code] = true
					}
					if sources[e.From] {
						t.Fatal("one source twice in a line")
					}
					sources[e.From] = true
				}
				if len(codes) > 1 {
					t.Fatal("two codes of one system in a line")
				}
			}
		}
	})
}

func TestConflicts(t *testing.T) {
	none := allergy("No known allergies", "2020-01-01", func(e *record.Entry) { e.Assertion = record.NoneKnown })
	medicine := func(dose string, standing record.Standing) record.Entry {
		return record.Entry{Section: record.Medications, What: record.Concept{Text: "Ramipril"}, When: record.ParseDate("2020-01-01"), Dose: dose, Standing: standing}
	}
	named := func(words string) record.Entry {
		e := medicine("One daily", record.Current)
		e.What.Text = words
		return e
	}
	longPast := medicine("10 mg", record.Past)
	longPast.When = record.ParseDate("2012")
	problem := func(standing record.Standing) record.Entry {
		return record.Entry{Section: record.Problems, What: record.Concept{Text: "Asthma"}, When: record.ParseDate("2001"), Standing: standing}
	}
	for _, test := range []struct {
		name string
		a, b record.Entry
		want int
	}{
		{"allergy here, none known there", allergy("Penicillin", "2019-03-01"), none, 1},
		{"both know of none", none, none, 0},
		{"past allergy, none known", allergy("Penicillin", "2019-03-01", func(e *record.Entry) { e.Standing = record.Past }), none, 0},
		{"other dose", medicine("5 mg", record.Current), medicine("10 mg", record.Current), 1},
		{"stopped there", medicine("5 mg", record.Current), medicine("10 mg", record.Past), 1},
		{"other dose, long past", medicine("5 mg", record.Current), longPast, 0},
		{"other strength", named("Bisoprolol 2.5mg tablets"), named("Bisoprolol 5mg tablets"), 1},
		{"other medicine", named("Bisoprolol 2.5mg tablets"), named("Bumetanide 1mg tablets"), 0},
		{"active here, past there", problem(record.Current), problem(record.Past), 1},
		{"active at both", problem(record.Current), problem(record.Current), 0},
	} {
		r := record.Merge([]record.Contribution{contribution("A01", test.a), contribution("B01", test.b)})
		if len(r.Conflicts) != test.want {
			t.Errorf("%s: %d conflicts", test.name, len(r.Conflicts))
		}
	}
}

// All allergy titles, for what is said and for who did not answer.
func TestP4_AllergyTitles(t *testing.T) {
	positive, none := allergy("Penicillin", "2019-03-01"), allergy("No known allergies", "2020-01-01", func(e *record.Entry) { e.Assertion = record.NoneKnown })
	refuted := allergy("Latex", "2019-03-01", func(e *record.Entry) { e.Assertion = record.Refuted })
	for _, state := range record.States {
		full := state.Spoken() || state.Neutral()
		for _, test := range []struct {
			said []record.Entry
			full string
			part string
		}{
			{[]record.Entry{positive}, "Known allergies", "Known allergies – incomplete"},
			{[]record.Entry{none}, "No known allergies", "No known allergies – incomplete"},
			{[]record.Entry{positive, none}, "Known allergies", "Known allergies – incomplete"},
			{[]record.Entry{allergy("No known drug allergy", "2020-01-01", func(e *record.Entry) { e.Assertion = record.NoneKnown })}, "Allergies not recorded", "Allergies unavailable – incomplete"},
			{[]record.Entry{allergy("NKDA", "2020-01-01", func(e *record.Entry) { e.Assertion = record.NoneKnown })}, "Allergies not recorded", "Allergies unavailable – incomplete"},
			{[]record.Entry{allergy("No known medication allergies", "2020-01-01", func(e *record.Entry) { e.Assertion = record.NoneKnown })}, "Allergies not recorded", "Allergies unavailable – incomplete"},
			{[]record.Entry{refuted}, "Allergies not recorded", "Allergies unavailable – incomplete"},
			{nil, "Allergies not recorded", "Allergies unavailable – incomplete"},
		} {
			said := contribution("A01", slices.Clone(test.said)...)
			silent := record.Contribution{Source: record.Source{Code: "B01", Name: "Other"}, State: state}
			h := record.Merge([]record.Contribution{said, silent}).Heading(record.Allergies)
			want := test.full
			if !full {
				want = test.part
			}
			if h.Title != want || h.Incomplete == full {
				t.Errorf("%s, %d said: %q, want %q", state, len(test.said), h.Title, want)
			}
		}
	}
}

// No section whose partner did not speak reads as if there were nothing.
func TestP4_EmptySectionsSayWhoIsMissing(t *testing.T) {
	for _, state := range record.States {
		for _, section := range record.Sections {
			c := record.Contribution{Source: record.Source{Code: "B01"}, State: record.Answered, Sections: map[record.Section]record.State{section: state}}
			h := record.Merge([]record.Contribution{c}).Heading(section)
			spoke := state.Spoken() || state.Neutral()
			if spoke == h.Incomplete || !spoke && len(h.Missing) != 1 || state.Neutral() && len(h.Neutral) != 1 {
				t.Errorf("%s %s: %+v", section, state, h)
			}
		}
	}
}

func TestEveryStateHasWords(t *testing.T) {
	seen := map[string]record.State{}
	for _, state := range record.States {
		if state.Words() == "" || seen[state.Words()] != "" {
			t.Errorf("%s says %q, as %s does", state, state.Words(), seen[state.Words()])
		}
		seen[state.Words()] = state
	}
}
