package record_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// scored makes records of which it knows what is the same, and what conflicts.
type scored struct {
	rand    *rand.Rand
	entries map[nhs.ODSCode][]record.Entry
	of      map[string]int       // the fact of each entry, by its id
	opposed map[[2]string]string // the pairs of entries that conflict, and why
	facts   int
}

var scoredSources = []nhs.ODSCode{"Y99001", "RKB", "RLT", "RYG", "E08000026"}

// add gives source an entry of the fact, and returns the entry's id.
func (s *scored) add(source nhs.ODSCode, fact int, e record.Entry) string {
	id := fmt.Sprintf("%s-%d", source, len(s.of))
	e.From, e.Item = source, record.Item{Type: "X", ID: id}
	s.entries[source] = append(s.entries[source], e)
	s.of[id] = fact
	return id
}

func (s *scored) fact() int { s.facts++; return s.facts }

// sources are two different ones.
func (s *scored) sources() (a, b nhs.ODSCode) {
	at := s.rand.Perm(len(scoredSources))
	return scoredSources[at[0]], scoredSources[at[1]]
}

func pick[T any](s *scored, of ...T) T { return of[s.rand.IntN(len(of))] }

func (s *scored) day() string {
	return fmt.Sprintf("20%02d-%02d-%02d", 10+s.rand.IntN(16), 1+s.rand.IntN(12), 1+s.rand.IntN(28))
}

func (s *scored) conflict(a, b, why string) {
	if a > b {
		a, b = b, a
	}
	s.opposed[[2]string{a, b}] = why
}

var (
	scoredAllergens = []string{"Trimethoprim", "Ibuprofen", "Latex", "Strawberry", "House dust mite", "Morphine", "Codeine", "Erythromycin", "Clarithromycin", "Ciprofloxacin", "Nickel", "Sesame seed", "Diclofenac", "Naproxen"}
	scoredMedicines = []struct {
		name, form string
		strengths  []string
	}{
		{"Simvastatin", "tablets", []string{"10mg", "20mg", "40mg"}},
		{"Omeprazole", "gastro-resistant capsules", []string{"10mg", "20mg", "40mg"}},
		{"Sertraline", "tablets", []string{"50mg", "100mg"}},
		{"Gabapentin", "capsules", []string{"100mg", "300mg", "400mg"}},
		{"Lamotrigine", "tablets", []string{"25mg", "50mg", "100mg"}},
		{"Candesartan", "tablets", []string{"4mg", "8mg", "16mg"}},
		{"Digoxin", "tablets", []string{"62.5microgram", "125microgram", "250microgram"}},
		{"Apixaban", "tablets", []string{"2.5mg", "5mg"}},
		{"Quetiapine", "modified-release tablets", []string{"50mg", "150mg"}},
		{"Quetiapine", "tablets", []string{"25mg", "100mg"}},
	}
	scoredDoses = [][]string{ // each the same dose, in several words
		{"One daily", "1 daily", "Take ONE once a day", "1 OD", "one tablet each day", "1, 1 time every 1 day"},
		{"One twice a day", "1 BD", "Take one twice daily", "one every 12 hours", "1, 2 times every 1 day"},
		{"Two at night", "2 nocte", "Take two at bedtime"},
		{"One when required", "1 prn", "take one if needed"},
		{"One three times a day", "1 TDS", "one every 8 hours"},
	}
	scoredProblems = []string{"Gout", "Osteoarthritis of hip", "Psoriasis", "Migraine", "Atrial fibrillation", "Chronic obstructive pulmonary disease", "Glaucoma", "Anxiety disorder", "Coeliac disease", "Hypothyroidism", "Gallstones", "Diverticulitis"}
	scoredTests    = []string{"Haemoglobin", "Platelet count", "Sodium", "Urea", "Albumin", "C-reactive protein", "HbA1c"}
)

// record makes one patient's statements.
func (s *scored) record() {
	s.entries, s.of, s.opposed, s.facts = map[nhs.ODSCode][]record.Entry{}, map[string]int{}, map[[2]string]string{}, 0
	s.allergies()
	s.medicines()
	s.problems()
	s.results()
}

func (s *scored) allergies() {
	var positive []string
	names := slices.Clone(scoredAllergens)
	s.rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:2+s.rand.IntN(4)] {
		a, b := s.sources()
		f := s.fact()
		first := allergic(name, s.day())
		positive = append(positive, s.add(a, f, first))
		switch s.rand.IntN(5) {
		case 0: // known to one
		case 1:
			positive = append(positive, s.add(b, f, first))
		case 2:
			positive = append(positive, s.add(b, f, allergic(name, s.day(), verified("unconfirmed"))))
		case 3:
			words := pick(s, "Allergy to "+name, name+" allergy (disorder)", "Adverse reaction to "+name)
			positive = append(positive, s.add(b, f, allergic(words, s.day(), reacting("Rash"))))
		case 4:
			s.conflict(positive[len(positive)-1], s.add(b, f, allergic(name, s.day(), pick(s, resolved, refuted))), "over")
		}
	}
	if s.rand.IntN(4) == 0 {
		denial := s.add("RYG", s.fact(), allergic("No known allergies", s.day(), noneKnown))
		for _, p := range positive {
			s.conflict(p, denial, "denied")
		}
	}
}

func (s *scored) medicines() {
	products := s.rand.Perm(len(scoredMedicines))[:3+s.rand.IntN(5)]
	for _, n := range products {
		m := scoredMedicines[n]
		a, b := s.sources()
		strength, doses := s.rand.IntN(len(m.strengths)), pick(s, scoredDoses...)
		words := func(strength int) string { return m.name + " " + m.strengths[strength] + " " + m.form }
		f := s.fact()
		first := takes(words(strength), pick(s, doses...), dated(s.day()))
		id := s.add(a, f, first)
		other := (strength + 1) % len(m.strengths)
		switch s.rand.IntN(7) {
		case 0:
		case 1:
			s.add(b, f, first)
		case 2:
			s.add(b, f, takes(words(strength), pick(s, doses...), dated(s.day())))
		case 3:
			s.add(b, f, takes(words(strength)+pick(s, " (Accord-UK Ltd)", " (Teva UK Ltd)"), pick(s, doses...), dated(s.day())))
		case 4: // another strength
			s.conflict(id, s.add(b, s.fact(), takes(words(other), pick(s, doses...), dated(s.day()))), "strength")
		case 5: // another dose
			var another []string
			for another = doses; &another[0] == &doses[0]; {
				another = pick(s, scoredDoses...)
			}
			s.conflict(id, s.add(b, s.fact(), takes(words(strength), pick(s, another...), dated(s.day()))), "dose")
		case 6:
			s.conflict(id, s.add(b, s.fact(), takes(words(strength), first.Dose, dated("2009-01-01"), stopped, until("2026-09-09"))), "stopped")
		}
	}
}

func (s *scored) problems() {
	for _, n := range s.rand.Perm(len(scoredProblems))[:3+s.rand.IntN(4)] {
		name := scoredProblems[n]
		a, b := s.sources()
		f, onset := s.fact(), s.day()
		id := s.add(a, f, has(name, onset))
		switch s.rand.IntN(6) {
		case 0:
		case 1:
			s.add(b, f, has(name, onset))
		case 2: // vaguer, with its tag
			s.add(b, f, has(name+" (disorder)", onset[:pick(s, 4, 7)]))
		case 3:
			s.add(b, f, has(name, "2026-10-01", meaning("recorded")))
		case 4:
			s.conflict(id, s.add(b, f, has(name, onset, resolved, until("2026-01-01"))), "over")
		case 5: // an earlier episode
			s.add(b, s.fact(), has(name, "2003-01-05", resolved, until("2003-02")))
		}
	}
}

func (s *scored) results() {
	for range 12 {
		name, number := pick(s, scoredTests...), fmt.Sprintf("%d.%d", s.rand.IntN(90), s.rand.IntN(9)+1)
		a, b := s.sources()
		f, day := s.fact(), s.day()
		at := fmt.Sprintf("%sT%02d:%02d:00Z", day, 8+s.rand.IntN(9), s.rand.IntN(60))
		s.add(a, f, measuredAt(name, at, number, "g/L"))
		switch s.rand.IntN(5) {
		case 0:
		case 1:
			s.add(b, f, measuredAt(name, at, number, "g/L"))
		case 2:
			s.add(b, f, measuredAt(name, day, number+"0", "g/l"))
		case 3: // another value that day
			s.add(b, s.fact(), measuredAt(name, day, number+"5", "g/L"))
		case 4: // in another unit
			s.add(b, s.fact(), measuredAt(name, at, number, "mmol/L"))
		}
	}
}

func (s *scored) contributions() []record.Contribution {
	var all []record.Contribution
	for _, code := range scoredSources {
		all = append(all, record.Contribution{Source: record.Source{Code: code, Name: string(code)}, State: record.Answered, Entries: s.entries[code]})
	}
	return all
}

// score counts what was found and what was to be found.
type score struct{ right, wrong, missed int }

func (s score) recall() float64    { return float64(s.right) / float64(max(1, s.right+s.missed)) }
func (s score) precision() float64 { return float64(s.right) / float64(max(1, s.right+s.wrong)) }

// TestScore measures what Merge joins and what it sets against each other in
// records of which both are known.
func TestScore(t *testing.T) {
	s := &scored{rand: rand.New(rand.NewPCG(4, 2026))}
	var joined, opposed score
	for range 400 {
		s.record()
		r := record.Merge(s.contributions())
		s.joins(t, r, &joined)
		s.conflicts(t, r, &opposed)
	}
	t.Logf("the same: recall %.3f, precision %.3f of %d pairs", joined.recall(), joined.precision(), joined.right+joined.missed)
	t.Logf("conflicts: recall %.3f, precision %.3f of %d pairs", opposed.recall(), opposed.precision(), opposed.right+opposed.missed)
	for what, score := range map[string]score{"joined": joined, "opposed": opposed} {
		if score.recall() < 0.98 || score.precision() < 0.98 {
			t.Errorf("%s: %+v", what, score)
		}
	}
}

// joins scores every pair of entries of two sources that stand in one line or
// in one group.
func (s *scored) joins(t *testing.T, r record.Record, score *score) {
	found := map[[2]string]bool{}
	for section, lines := range r.Lines {
		for _, pair := range joinedPairs(lines) {
			a, b := pair[0].Item.ID, pair[1].Item.ID
			found[[2]string{a, b}] = true
			switch {
			case s.of[a] == s.of[b]:
				score.right++
			case section == record.Allergies || section == record.Medications:
				t.Errorf("%s: %q %q and %q %q are not one", section, pair[0].What.Text, pair[0].Dose, pair[1].What.Text, pair[1].Dose)
			default:
				score.wrong++
			}
		}
	}
	for a, f := range s.of {
		for b, g := range s.of {
			_, conflict := s.opposed[[2]string{a, b}]
			if a < b && f == g && !conflict && !found[[2]string{a, b}] {
				score.missed++
				t.Logf("not joined: %s %s", a, b)
			}
		}
	}
}

// joinedPairs are the pairs of entries in one line, or in lines of one group.
func joinedPairs(lines []record.Line) [][2]*record.Entry {
	together := map[string][]*record.Entry{}
	for i, l := range lines {
		key := fmt.Sprint("line", i)
		if l.Group != 0 {
			key = fmt.Sprint("group", l.Group)
		}
		together[key] = append(together[key], l.Entries...)
	}
	var pairs [][2]*record.Entry
	for _, es := range together {
		for i, a := range es {
			for _, b := range es[i+1:] {
				if a.Item.ID > b.Item.ID {
					a, b = b, a
				}
				pairs = append(pairs, [2]*record.Entry{a, b})
			}
		}
	}
	return pairs
}

// conflicts scores every pair of entries that conflict: they must stand in one
// conflict, and every conflict must hold such a pair.
func (s *scored) conflicts(t *testing.T, r record.Record, score *score) {
	met := map[[2]string]bool{}
	for _, c := range r.Conflicts {
		known := false
		for pair := range s.opposed {
			if stands(c, pair[0]) && stands(c, pair[1]) {
				known, met[pair] = true, true
			}
		}
		if !known {
			score.wrong++
			t.Logf("no conflict: %s %q", c.Kind, c.Words)
		}
	}
	for pair, why := range s.opposed {
		if met[pair] {
			score.right++
		} else {
			score.missed++
			t.Logf("missed: %s", why)
		}
	}
}

func stands(c record.Conflict, id string) bool {
	return slices.ContainsFunc(c.Lines, func(l record.Line) bool {
		return slices.ContainsFunc(l.Entries, func(e *record.Entry) bool { return e.Item.ID == id })
	})
}
