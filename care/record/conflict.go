package record

import (
	"slices"
	"strings"
)

// Conflict is a set of lines that cannot all be right. They are shown side by
// side; nothing decides between them.
type Conflict struct {
	Section Section
	Words   string
	Lines   []Line
}

func conflicts(lines map[Section][]Line) []Conflict {
	var found []Conflict
	found = append(found, allergyConflict(lines[Allergies])...)
	found = append(found, sourceConflicts(Medications, lines[Medications], medicineDiffers)...)
	found = append(found, sourceConflicts(Problems, lines[Problems], problemDiffers)...)
	return found
}

// allergyConflict finds an allergy here and "no known allergies" there.
func allergyConflict(lines []Line) []Conflict {
	var positive, denied []Line
	for _, l := range lines {
		switch e := l.Lead(); {
		case e.Assertion == NoneKnown && e.Standing != Past:
			denied = append(denied, l)
		case e.Assertion == Present && e.Standing != Past:
			positive = append(positive, l)
		}
	}
	if len(positive) == 0 || len(denied) == 0 {
		return nil
	}
	return []Conflict{{
		Section: Allergies,
		Words:   "One organisation records an allergy; another says there are no known allergies. Treat the patient as allergic until you have checked.",
		Lines:   slices.Concat(positive, denied),
	}}
}

// sourceConflicts finds lines of different sources about the same thing that
// differ in the way that differs tells; it returns the words of the conflict,
// or none.
func sourceConflicts(section Section, lines []Line, differs func(a, b *Entry) string) []Conflict {
	byName := map[string][]int{}
	var names []string
	for i, l := range lines {
		name := strings.ToLower(l.Lead().What.Words())
		if name == "" {
			continue
		}
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], i)
	}
	var found []Conflict
	for _, name := range names {
		if c, ok := conflictAmong(section, lines, byName[name], differs); ok {
			found = append(found, c)
		}
	}
	return found
}

func conflictAmong(section Section, lines []Line, at []int, differs func(a, b *Entry) string) (Conflict, bool) {
	for i, a := range at {
		for _, b := range at[i+1:] {
			x, y := lines[a].Lead(), lines[b].Lead()
			if slices.Equal(lines[a].Sources(), lines[b].Sources()) {
				continue
			}
			if words := differs(x, y); words != "" {
				return Conflict{section, words, []Line{lines[a], lines[b]}}, true
			}
		}
	}
	return Conflict{}, false
}

func medicineDiffers(a, b *Entry) string {
	if a.Standing == Current && b.Standing == Current && a.Dose != "" && b.Dose != "" && a.Dose != b.Dose {
		return a.What.Words() + ": organisations record different doses."
	}
	return ""
}

func problemDiffers(a, b *Entry) string {
	if a.Standing == Current && b.Standing == Past || a.Standing == Past && b.Standing == Current {
		return a.What.Words() + ": active at one organisation, past at another."
	}
	return ""
}
