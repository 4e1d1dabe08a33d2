package record

import (
	"slices"

	"example.org/icr/care/nhs"
)

// foldVersions puts the documents that others took the place of under the one
// that did so last. One that nothing known took the place of keeps its line.
func foldVersions(lines []Line) []Line {
	at := map[version]int{}
	replacing := false
	for i, l := range lines {
		for _, e := range l.Entries {
			at[versionOf(e, e.Item.ID)] = i
			replacing = replacing || len(e.Replaces) > 0
		}
	}
	if !replacing {
		return lines
	}
	successor := map[int]int{}
	for i, l := range lines {
		for _, e := range l.Entries {
			for _, id := range e.Replaces {
				old, sent := at[versionOf(e, id)]
				if _, folded := successor[old]; sent && !folded && last(successor, i) != old { // or it would lead round in a circle
					successor[old] = i
				}
			}
		}
	}
	for old := range lines {
		if _, folded := successor[old]; folded {
			newest := &lines[last(successor, old)]
			newest.Earlier = append(newest.Earlier, lines[old].Entries...)
		}
	}
	return unfolded(lines, successor)
}

// version names a document of one source.
type version struct {
	from     nhs.ODSCode
	kind, id string
}

func versionOf(e *Entry, id string) version { return version{e.From, e.Item.Type, id} }

// last follows the versions of a document to the last.
func last(successor map[int]int, i int) int {
	for {
		next, ok := successor[i]
		if !ok {
			return i
		}
		i = next
	}
}

func unfolded(lines []Line, successor map[int]int) []Line {
	out := make([]Line, 0, len(lines))
	for i, l := range lines {
		if _, folded := successor[i]; folded {
			continue
		}
		slices.SortStableFunc(l.Earlier, func(a, b *Entry) int { return b.When.Compare(a.When) })
		out = append(out, l)
	}
	return out
}
