package record

import (
	"slices"

	"example.org/icr/care/nhs"
)

// Conflict is a set of lines that cannot all be right. They are shown side by
// side; nothing decides between them.
type Conflict struct {
	Section Section
	Kind    ConflictKind
	Words   string
	Lines   []Line
}

// ConflictKind is what a conflict is about.
type ConflictKind string

// The kinds of conflict.
const (
	AllergyDenied   ConflictKind = "allergy-denied"   // an allergy here, none known there
	AllergyOver     ConflictKind = "allergy-over"     // current here, over or ruled out there
	DoseDiffers     ConflictKind = "dose"             // the same product in another dose
	StrengthDiffers ConflictKind = "strength"         // the same medicine in another strength
	OnHold          ConflictKind = "on-hold"          // taken here, on hold there
	MedicineStopped ConflictKind = "medicine-stopped" // taken here, stopped since there
	NotToBeGiven    ConflictKind = "not-to-be-given"  // taken here, forbidden there
	ProblemOver     ConflictKind = "problem-over"     // active here, over or ruled out there
)

// denied finds an allergy here and "no known allergies" there. That no allergy
// to a medicine is known denies none to food, and none to food denies nothing
// that is looked for here.
func denied(lines []Line) []Conflict {
	var positive, denials []Line
	for _, l := range lines {
		if l.Lead().Assertion == NoneKnown && l.Lead().Standing != Past && denies(l.Lead()) != deniesSome {
			denials = append(denials, l)
		}
	}
	if len(denials) == 0 {
		return nil
	}
	all := slices.ContainsFunc(denials, func(l Line) bool { return denies(l.Lead()) == deniesAll })
	for _, l := range lines {
		if holds(l.Lead()) && (all || !l.Lead().NoMedicine) {
			positive = append(positive, l)
		}
	}
	if len(positive) == 0 {
		return nil
	}
	words := "One organisation records an allergy; another says there are no known allergies. Treat the patient as allergic until you have checked."
	if !several(slices.Concat(positive, denials)) {
		words = "The same organisation records an allergy, and that there are no known allergies. Treat the patient as allergic until you have checked."
	}
	return []Conflict{{Allergies, AllergyDenied, words, slices.Concat(positive, denials)}}
}

// conflicts finds what the lines of one thing say against each other.
func (r *reader) conflicts(section Section, lines []Line, t *thing) []Conflict {
	switch section {
	case Allergies:
		return against(lines, t, ending{
			section, AllergyOver, over, func(_, _ *Entry) bool { return true },
			": one organisation records it as current, another as over or ruled out. Treat the patient as allergic until you have checked.",
		})
	case Problems:
		return against(lines, t, ending{section, ProblemOver, over, notBefore, ": active at one organisation, over or ruled out at another."})
	case Medications:
		alike := func(now, over *Entry) bool {
			return notBefore(now, over) && sameStrength(r.product(now), r.product(over))
		}
		return slices.Concat(r.doses(lines, t),
			against(lines, t, ending{section, MedicineStopped, stopped, alike, ": current at one organisation, stopped since at another."}))
	}
	return nil
}

// notToBeGiven sets what is listed as current against what is not to be given.
func notToBeGiven(lines []Line, t *thing) []Conflict {
	always := func(_, _ *Entry) bool { return true }
	return against(lines, t, ending{Medications, NotToBeGiven, forbids, always, ": listed as current, and said not to be given."})
}

// forbids reports whether an entry says that something is not to be given now.
func forbids(e *Entry) bool { return e.Assertion == Forbidden && e.Standing != Past }

// holds reports whether an entry states that something is so now.
func holds(e *Entry) bool { return e.Assertion == Present && e.Standing != Past }

// over reports whether an entry states that something is no longer so, or
// never was.
func over(e *Entry) bool { return e.Assertion != NoneKnown && e.over() }

// stopped reports whether an entry states that a medicine is not taken. A
// prescription that is completed has only been supplied.
func stopped(e *Entry) bool {
	return over(e) && (e.Item.Type != "MedicationRequest" || e.Status != "completed")
}

// notBefore reports whether what is over can be what is now: it did not end
// before that began.
func notBefore(now, over *Entry) bool {
	ended := over.Until
	if !ended.Dated() {
		ended = over.When
	}
	return !ended.Dated() || !now.When.Dated() || ended.end().After(now.When.Time())
}

// ending is a kind of conflict between what holds here and is over there.
type ending struct {
	section Section
	kind    ConflictKind
	ends    func(*Entry) bool
	counts  func(now, over *Entry) bool // whether the one can be the other's end
	words   string
}

const none = -1

// against sets the lines that hold against those of other sources that end
// what they hold.
func against(lines []Line, t *thing, by ending) []Conflict {
	in, first := make([]bool, len(t.lines)), none
	for i, n := range t.lines {
		now := lines[n].Lead()
		if !holds(now) || by.section != Allergies && now.Standing != Current {
			continue // of an unknown status nothing can be said, unless it warns
		}
		for j, m := range t.lines {
			if by.ends(lines[m].Lead()) && by.counts(now, lines[m].Lead()) && by.opposed(lines, t, n, m) {
				in[i], in[j] = true, true
				if first == none {
					first = n
				}
			}
		}
	}
	if first == none {
		return nil
	}
	return []Conflict{{by.section, by.kind, lines[first].Lead().What.Words() + by.words, chosen(lines, t, in)}}
}

// opposed reports whether a source of line m, which ends something, is none of
// line n, which holds it. A source that has a problem or a medicine again, or
// in another dose, has not ended it; but what is not to be given is not, whoever
// lists it still.
func (by ending) opposed(lines []Line, t *thing, n, m int) bool {
	if by.kind == NotToBeGiven {
		return true
	}
	for _, b := range lines[m].Entries {
		for _, a := range lines[n].Entries {
			if a.From != b.From && (by.section == Allergies || !holdsToo(lines, t, b.From)) {
				return true
			}
		}
	}
	return false
}

func holdsToo(lines []Line, t *thing, source nhs.ODSCode) bool {
	for _, n := range t.lines {
		for _, e := range lines[n].Entries {
			if e.From == source && holds(e) {
				return true
			}
		}
	}
	return false
}

// chosen are the lines of a thing that are in.
func chosen(lines []Line, t *thing, in []bool) []Line {
	var out []Line
	for i, n := range t.lines {
		if in[i] {
			out = append(out, lines[n])
		}
	}
	return out
}

// doses finds a medicine that one source has in one dose or strength and
// another in another. Two strengths of one source are normal, and no conflict
// if the other source has them too.
func (r *reader) doses(lines []Line, t *thing) []Conflict {
	var current []int
	for _, n := range t.lines {
		if e := lines[n].Lead(); holds(e) && e.Standing == Current {
			current = append(current, n)
		}
	}
	if len(current) < 2 {
		return nil
	}
	in, kind := make([]bool, len(current)), ConflictKind("")
	for i, n := range current {
		for j := i + 1; j < len(current); j++ {
			m := current[j]
			how := r.differ(lines[n].Lead(), lines[m].Lead())
			if how == "" || !r.opposed(lines, current, n, m) {
				continue
			}
			in[i], in[j] = true, true
			if kind == "" || how == StrengthDiffers {
				kind = how
			}
		}
	}
	if kind == "" {
		return nil
	}
	c := Conflict{Section: Medications, Kind: kind}
	for i, n := range current {
		if in[i] {
			c.Lines = append(c.Lines, lines[n])
		}
	}
	c.Words = doseWords(kind, c.Lines)
	return []Conflict{c}
}

func doseWords(kind ConflictKind, lines []Line) string {
	first := lines[0].Lead().What.Words()
	switch kind {
	case OnHold:
		return first + ": taken now at one organisation, on hold at another."
	case DoseDiffers:
		return first + ": organisations record different doses."
	}
	for _, l := range lines[1:] {
		if other := l.Lead().What.Words(); other != first {
			return first + " and " + other + ": organisations record different strengths."
		}
	}
	return first + ": organisations record different strengths."
}

// opposed reports whether two lines that differ set one source against
// another: neither has elsewhere what the other says.
func (r *reader) opposed(lines []Line, current []int, n, m int) bool {
	for _, a := range lines[n].Entries {
		for _, b := range lines[m].Entries {
			if a.From != b.From && !r.says(lines, current, a.From, lines[m].Lead()) && !r.says(lines, current, b.From, lines[n].Lead()) {
				return true
			}
		}
	}
	return false
}

// says reports whether a source has the medicine just as e has it.
func (r *reader) says(lines []Line, current []int, source nhs.ODSCode, e *Entry) bool {
	for _, n := range current {
		for _, x := range lines[n].Entries {
			if x.From == source && r.differ(x, e) == "" {
				return true
			}
		}
	}
	return false
}

// differ is in what two current entries of one medicine differ.
func (r *reader) differ(a, b *Entry) ConflictKind {
	if a == b {
		return ""
	}
	x, y := r.product(a), r.product(b)
	switch {
	case !sameStrength(x, y):
		return StrengthDiffers
	case onHold(a, b):
		return OnHold
	case r.dosesDiffer(a.Dose, b.Dose, stronger(x, y)):
		return DoseDiffers
	}
	return ""
}

// onHold reports whether one of two current entries is on hold and the other
// is not.
func onHold(a, b *Entry) bool {
	return held(a) != held(b)
}

func held(e *Entry) bool { return e.Status == "on hold" || e.Status == "suspended" }
