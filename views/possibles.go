package views

import (
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"example.org/icr/views/ui"
)

// PossiblesPage is the list of what partners' data shows of patients who refused
// sharing there. It names nobody.
type PossiblesPage struct {
	Frame
	Waiting, Handled []objection.Possible // the oldest first; the latest first
	Most             int                  // of each that are listed
}

// PossiblePage is one of them.
type PossiblePage struct {
	Frame
	Possible objection.Possible
	Name     string // as the demographics service lately said, or empty
	Born     record.Date
	Cases    []objection.Head // forms and objections of the person
	Form     PossibleForm
}

// PossibleForm is what an officer found, as it was filled in. Its fields are
// outcome and words.
type PossibleForm struct {
	Outcome, Words string
	Errors         []FieldError
}

func (f PossibleForm) errors() ui.Errors { return f.Errors }

func outcomeOptions() (all []ui.Option) {
	for _, o := range objection.Outcomes {
		all = append(all, ui.Option{Value: string(o.Outcome), Text: o.Words, Hint: outcomeHints[o.Outcome]})
	}
	return all
}

var outcomeHints = map[objection.Outcome]string{
	objection.Stands:       "Its record stays withheld here from everybody.",
	objection.Objects:      "Its record stays withheld. Enter the person’s form first, or find it under the same person.",
	objection.DoesNotStand: "Its record is shown again from the next page on. If the organisation still sends it, this comes back: ask the organisation to correct it.",
}

// standingWords says what it means for the record now.
func standingWords(p objection.Possible) string {
	switch {
	case !p.Outcome.Withholds():
		return "Shown again"
	case p.Evidence.Lasts():
		return "Withheld from every page"
	}
	return "Withheld as long as the organisation sends it"
}
