package audit

import (
	"maps"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Held is which items a partner holds now, by type and id, with the version of
// each. What they say is not in it.
type Held struct {
	State record.State
	Why   string // that finishes the state
	Whole bool   // it said all that it has to say: what is not among the items is not there
	Items map[Name]string
}

// Name is an item's, at its partner.
type Name struct {
	Partner  nhs.ODSCode
	Type, ID string
}

// Comparison is how an item that was shown compares with now.
type Comparison string

// The comparisons.
const (
	Same        Comparison = "same"
	Changed     Comparison = "changed"     // its partner holds another version
	Unversioned Comparison = "unversioned" // it is there, and its partner gives no versions
	Gone        Comparison = "gone"        // no longer there, or withdrawn
	Untold      Comparison = "untold"      // its partner did not answer, or not wholly
)

// Compared is one item that was shown, and how it compares.
type Compared struct {
	Name
	Was, Now string // versions, empty where none is given
	Is       Comparison
	State    record.State // of the partner's answer
	Why      string
}

// Compare holds what a page showed against what its partners hold now. A
// partner that is not in held was not asked.
func Compare(shown Event, held map[nhs.ODSCode]Held) []Compared {
	items := map[Name]string{}
	for _, h := range held {
		maps.Copy(items, h.Items)
	}
	var all []Compared
	for _, p := range shown.Partners {
		answer, asked := held[p.Code]
		if !asked {
			answer.State = record.NotAsked
		}
		for _, kind := range slices.Sorted(maps.Keys(p.Shown)) {
			for _, item := range p.Shown[kind] {
				id, version, _ := strings.Cut(item, "/")
				c := Compared{Name: Name{p.Code, kind, id}, Was: version, State: answer.State, Why: answer.Why}
				now, there := items[c.Name]
				c.Now, c.Is = now, compare(version, now, there, answer.Whole)
				all = append(all, c)
			}
		}
	}
	return all
}

func compare(was, is string, there, whole bool) Comparison {
	switch {
	case there && (was == "" || is == ""):
		return Unversioned
	case there && was == is:
		return Same
	case there:
		return Changed
	case whole:
		return Gone
	}
	return Untold
}
