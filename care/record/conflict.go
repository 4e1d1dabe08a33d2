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
	found = append(found, sourceConflicts(Allergies, lines[Allergies], words, allergyDiffers)...)
	found = append(found, sourceConflicts(Medications, lines[Medications], medicine, medicineDiffers)...)
	found = append(found, sourceConflicts(Problems, lines[Problems], words, problemDiffers)...)
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
// differ in the way that differs tells. Name is what makes two of them about
// the same thing; differs returns the words of the conflict, or none.
func sourceConflicts(section Section, lines []Line, name func(*Entry) string, differs func(a, b *Entry) string) []Conflict {
	byName := map[string][]int{}
	var names []string
	for i, l := range lines {
		n := name(l.Lead())
		if n == "" {
			continue
		}
		if byName[n] == nil {
			names = append(names, n)
		}
		byName[n] = append(byName[n], i)
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

func words(e *Entry) string { return strings.ToLower(e.What.Words()) }

// medicine is the name of a medicine without its strength and form, which
// follow it: "bisoprolol" of "Bisoprolol 2.5mg tablets".
func medicine(e *Entry) string {
	name, _, _ := strings.Cut(words(e), "(")
	if at := strings.IndexAny(name, "0123456789"); at > 0 {
		name = name[:at]
	}
	return strings.TrimSpace(name)
}

func allergyDiffers(a, b *Entry) string {
	holds := func(e *Entry) bool { return e.Assertion == Present && e.Standing != Past }
	ends := func(e *Entry) bool { return e.Assertion == Refuted || e.Assertion == Present && e.Standing == Past }
	if holds(a) && ends(b) || holds(b) && ends(a) {
		return a.What.Words() + ": one organisation records it as current, another as over or ruled out. Treat the patient as allergic until you have checked."
	}
	return ""
}

func medicineDiffers(a, b *Entry) string {
	if a.Standing == Past && b.Standing == Current {
		a, b = b, a
	}
	switch {
	case a.Standing == Current && b.Standing == Past && words(a) == words(b) && b.When.Compare(a.When) > 0:
		return a.What.Words() + ": current at one organisation, stopped since at another."
	case a.Standing != Current || b.Standing != Current:
		return ""
	}
	dose := a.Dose != "" && b.Dose != "" && a.Dose != b.Dose
	if words(a) == words(b) && !dose {
		return ""
	}
	if words(a) == words(b) {
		return a.What.Words() + ": organisations record different doses."
	}
	return a.What.Words() + " and " + b.What.Words() + ": organisations record different strengths."
}

func problemDiffers(a, b *Entry) string {
	over := func(e *Entry) bool { return e.Standing == Past || e.Assertion == Refuted }
	if a.Standing == Current && a.Assertion == Present && over(b) || b.Standing == Current && b.Assertion == Present && over(a) {
		return a.What.Words() + ": active at one organisation, over or ruled out at another."
	}
	return ""
}
