package record

import "strings"

// Heading is the title of a section and what stands beside it: who did not
// speak. A page cannot have the one without the other.
type Heading struct {
	Title      string
	Empty      string // what to say where there are no lines, in full
	Incomplete bool
	Missing    []Missing // organisations that did not speak about the section
	Neutral    []Missing // organisations that never hold such things
	Newest     []Source  // organisations that hold more than they were asked for
}

// Missing is an organisation that said nothing about a section, and why.
type Missing struct {
	Source Source
	State  State
	Why    string
}

// Heading titles a section from the states of all partners. "No known
// allergies" appears only where a partner asserts it, and no title that says
// "none" covers a partner that did not speak.
func (r Record) Heading(s Section) Heading {
	h := Heading{}
	for _, c := range r.Contributions {
		state := c.SectionState(s)
		m := Missing{Source: c.Source, State: state, Why: c.Reasons[s]}
		if m.Why == "" && state == c.State { // the reason is for the whole, not for a section that is otherwise
			m.Why = c.Why
		}
		if c.Newest[s] {
			h.Newest = append(h.Newest, c.Source)
		}
		switch {
		case state.Neutral():
			h.Neutral = append(h.Neutral, m)
		case !state.Spoken():
			h.Missing = append(h.Missing, m)
		}
	}
	h.Incomplete = len(h.Missing) > 0
	if s == Allergies {
		h.Title, h.Empty = r.allergyTitle(h.Incomplete)
	} else {
		h.Title, h.Empty = plainTitle(s, h)
	}
	if h.Incomplete {
		h.Title += " – incomplete"
	}
	return h
}

func plainTitle(s Section, h Heading) (title, empty string) {
	if len(h.Newest) > 0 {
		return s.Name(), "Nothing to show among the newest, and only these were asked for. This does not mean that there is nothing."
	}
	if h.Incomplete {
		return s.Name(), "Nothing has been received. Not every organisation answered, so this does not mean that there is nothing."
	}
	return s.Name(), "Nothing recorded by any organisation that answered."
}

// allergyTitle chooses one of the four titles of the NHS patient banner
// standard (CUI PAB-0064): Known allergies, No known allergies, Allergies not
// recorded, Allergies unavailable.
func (r Record) allergyTitle(incomplete bool) (title, empty string) {
	known, denied, over := false, false, false
	for _, l := range r.Lines[Allergies] {
		e := l.Lead()
		known = known || e.Assertion == Present && e.Standing != Past
		over = over || e.over()
		denied = denied || e.Assertion == NoneKnown && e.Standing != Past && denies(e) == deniesAll
	}
	switch {
	case known:
		return "Known allergies", ""
	case denied:
		return "No known allergies", ""
	case over && !incomplete:
		return "Allergies not recorded", "No organisation that answered has recorded an allergy that holds, or that there is none: only what is over or ruled out, below. Ask the patient."
	case incomplete:
		return "Allergies unavailable", "No allergies have been received. Not every organisation answered: ask the patient, and do not read this as “no allergies”."
	}
	return "Allergies not recorded", "No organisation that answered has recorded whether this patient has allergies. Ask the patient."
}

// denial is what sort of allergy is not known.
type denial uint8

const (
	deniesSome denial = iota // of food, of latex, of something in the environment
	deniesDrugs
	deniesAll
)

var denialCodes = map[string]denial{
	"716186003": deniesAll, "no-known-allergies": deniesAll,
	"409137002": deniesDrugs, "no-known-medication-allergies": deniesDrugs,
}

var denialWords = map[string]denial{
	"no known allergies": deniesAll, "no known allergy": deniesAll, "nka": deniesAll, "nil known allergies": deniesAll,
	"no known drug allergies": deniesDrugs, "no known drug allergy": deniesDrugs, "nkda": deniesDrugs,
}

// denies is what e, which states that no allergy is known, denies.
func denies(e *Entry) denial {
	for _, c := range e.What.Codings {
		if d, ok := denialCodes[c.Code]; ok {
			return d
		}
	}
	return denialWords[strings.TrimSuffix(strings.ToLower(strings.TrimSpace(e.What.Words())), ".")]
}
