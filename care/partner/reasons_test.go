package partner

import (
	"testing"

	"example.org/icr/care/record"
)

// What a partner says of one section stands beside that section, and beside no
// other; of a section that is not in scope nothing is kept.
func TestP4_ReasonsOfSections(t *testing.T) {
	a := Answer{
		Entries: []record.Entry{item(record.Allergies, "a"), item(record.Problems, "p")},
		States:  map[record.Section]record.State{record.Problems: record.Withheld, record.Results: record.Incomplete},
		Reasons: map[record.Section]string{record.Problems: "Items excluded.", record.Results: "Awaiting filing."},
	}
	c := record.Contribution{Source: record.Source{Code: "Y99001", Name: "Spon End Surgery"}, Sections: map[record.Section]record.State{}}
	fill(&c, a, record.Scope{record.Allergies: record.Everything, record.Problems: record.Everything})
	if c.State != record.Answered || len(c.Reasons) != 1 {
		t.Errorf("%s, %v", c.State, c.Reasons)
	}
	r := record.Merge([]record.Contribution{c})
	problems, allergies := r.Heading(record.Problems), r.Heading(record.Allergies)
	if !problems.Incomplete || problems.Missing[0].State != record.Withheld || problems.Missing[0].Why != "Items excluded." {
		t.Errorf("problems: %+v", problems)
	}
	if allergies.Incomplete || len(allergies.Missing) != 0 {
		t.Errorf("allergies: %+v", allergies)
	}
}
