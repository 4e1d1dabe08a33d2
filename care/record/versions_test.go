package record_test

import (
	"strings"
	"testing"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

func letter(from nhs.ODSCode, id, when string, replaces ...string) record.Entry {
	return record.Entry{
		Section: record.Documents, From: from, Item: record.Item{Type: "DocumentReference", ID: id}, What: record.Concept{Text: "Letter"},
		When: record.ParseDate(when), Replaces: replaces, Document: &record.Document{},
	}
}

// What became of documents: each line's id, and behind it those of its earlier
// versions.
func TestEarlierVersionsOfDocuments(t *testing.T) {
	for name, test := range map[string]struct {
		sent []record.Entry
		want string
	}{
		"nothing replaced":            {[]record.Entry{letter("A", "1", "2026-01-01"), letter("A", "2", "2026-01-02")}, "2 1"},
		"one replaces another":        {[]record.Entry{letter("A", "1", "2026-01-01"), letter("A", "2", "2026-01-02", "1")}, "2<1"},
		"a chain":                     {[]record.Entry{letter("A", "1", "2026-01-01"), letter("A", "2", "2026-01-02", "1"), letter("A", "3", "2026-01-03", "2")}, "3<2<1"},
		"a chain with a gap":          {[]record.Entry{letter("A", "1", "2026-01-01"), letter("A", "3", "2026-01-03", "2")}, "3 1"},
		"two in one":                  {[]record.Entry{letter("A", "1", "2026-01-01"), letter("A", "2", "2026-01-02"), letter("A", "3", "2026-01-03", "1", "2")}, "3<2<1"},
		"another source's id":         {[]record.Entry{letter("A", "1", "2026-01-01"), letter("B", "2", "2026-01-02", "1")}, "2 1"},
		"itself":                      {[]record.Entry{letter("A", "1", "2026-01-01", "1")}, "1"},
		"each other":                  {[]record.Entry{letter("A", "1", "2026-01-01", "2"), letter("A", "2", "2026-01-02", "1")}, "1<2"},
		"a circle of three":           {[]record.Entry{letter("A", "1", "2026-01-01", "3"), letter("A", "2", "2026-01-02", "1"), letter("A", "3", "2026-01-03", "2")}, "1<3<2"},
		"older than what it replaced": {[]record.Entry{letter("A", "1", "2026-02-01"), letter("A", "2", "2026-01-01", "1")}, "2<1"},
	} {
		var got []string
		kept := 0
		for _, l := range record.Merge([]record.Contribution{
			{Source: record.Source{Code: "A"}, Entries: of(test.sent, "A")}, {Source: record.Source{Code: "B"}, Entries: of(test.sent, "B")},
		}).Lines[record.Documents] {
			ids := []string{l.Lead().Item.ID}
			for _, e := range l.Earlier {
				ids = append(ids, e.Item.ID)
			}
			kept += len(ids)
			got = append(got, strings.Join(ids, "<"))
		}
		if s := strings.Join(got, " "); kept != len(test.sent) || name != "each other" && name != "a circle of three" && s != test.want {
			t.Errorf("%s: %s, want %s", name, s, test.want)
		}
	}
}

func of(all []record.Entry, from nhs.ODSCode) (some []record.Entry) {
	for _, e := range all {
		if e.From == from {
			some = append(some, e)
		}
	}
	return some
}
