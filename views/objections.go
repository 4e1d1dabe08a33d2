package views

import (
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/notice"
	"example.org/icr/care/objection"
	"example.org/icr/views/ui"
)

// ObjectionQueuePage is the objections officers' queue. It names nobody.
type ObjectionQueuePage struct {
	Frame
	Cases []objection.Head // the oldest first, where all of them are open
	Open  bool             // only those in which something is to be done
	Next  string           // link to more, or none
	Form  FindObjectionForm
}

// FindObjectionForm is by what a form is looked for, as it was typed. Its field
// is find.
type FindObjectionForm struct{ Find, Error string }

// ObjectionsFoundPage is what is held of one person. It names nobody.
type ObjectionsFoundPage struct {
	Frame
	Cases []objection.Head
}

// ObjectionEntryPage is on which staff enter a form that came on paper, by
// telephone or by letter.
type ObjectionEntryPage struct {
	Frame
	Form ObjectionEntry
}

// ObjectionEntry is such a form as it was filled in. Its fields are named as
// objection.Problem names them; born and received are dates.
type ObjectionEntry struct {
	Wants, Asks, Route                        string
	Given, Family, Number                     string
	Day, Month, Year                          string
	ApplicantGiven, ApplicantFamily, Relation string
	Address, Postcode, Phone, Statement       string
	ReceivedDay, ReceivedMonth, ReceivedYear  string
	Errors                                    []FieldError
}

func (f ObjectionEntry) errors() ui.Errors { return f.Errors }

func (f ObjectionEntry) field(name, label, hint, value string) ui.Field {
	return ui.Field{Name: name, Label: label, Hint: hint, Value: value, Error: f.errors().For(name)}
}

// ObjectionPage is one form, or one objection that came without a form, with
// all that was done about it.
type ObjectionPage struct {
	Frame
	Case    objection.Case
	Today   objection.Day
	Ground  objection.Ground // the rule under which they ask, "" where they may not
	Against string           // why they may not
	Open    []objection.Kind // what can be done now
	Held    []objection.Objection
	Others  []objection.Head // of the same person
	Hidden  bool             // the person is restricted: nothing that locates them is shown
	Two     bool             // a second officer must agree to a withdrawal
	Act     ObjectionAct
}

// ObjectionAct is what an officer is about to do, as it was filled in. Its
// fields are words, apart, competent, evidence and nhs_number.
type ObjectionAct struct {
	Kind             objection.Kind
	Words, Number    string
	Apart, Competent string
	Evidence         []string
	Errors           []FieldError
}

func (p ObjectionPage) errors(k objection.Kind) ui.Errors {
	if p.Act.Kind != k {
		return nil
	}
	return p.Act.Errors
}

func (p ObjectionPage) typed(k objection.Kind, value string) string {
	if p.Act.Kind != k {
		return ""
	}
	return value
}

// leading are the errors of what was tried, each leading to its field there.
func (p ObjectionPage) leading() ui.Errors {
	all := slices.Clone(p.Act.Errors)
	for i := range all {
		if all[i].Field != "" && all[i].Field != "competent" {
			all[i].Field = string(p.Act.Kind) + "-" + all[i].Field
		}
	}
	return all
}

func (p ObjectionPage) path() string { return "/objections/" + p.Case.ID.String() }

func (p ObjectionPage) after() string { return strconv.Itoa(len(p.Case.Acts)) }

// heading is what the case is, without naming anybody.
func (p ObjectionPage) heading() string {
	switch {
	case p.Case.Form == nil:
		return "Objection from a register"
	case p.Case.Wants() == objection.ToWithdraw:
		return "Form to withdraw an objection"
	}
	return "Form to object"
}

// standing is where the case stands, in words that cannot be misread.
func (p ObjectionPage) standing() string {
	switch state := p.Case.State(); {
	case p.Case.Wants() == objection.ToWithdraw && state == objection.Received:
		return "Received. The objection stays in force."
	case p.Case.Wants() == objection.ToWithdraw && state == objection.IdentityConfirmed:
		return "Identity confirmed. The objection stays in force until it is withdrawn."
	default:
		return objection.States[state] + "."
	}
}

// hides reports whether the record is hidden by the case.
func (p ObjectionPage) hides() bool { return p.Case.InForce() }

func stateWords(h objection.Head) string {
	switch {
	case h.Wants == objection.ToWithdraw && h.State == objection.IdentityConfirmed:
		return "Identity confirmed"
	case h.Wants == objection.ToWithdraw && h.State == objection.Received:
		return "Received"
	}
	return objection.States[h.State]
}

func wantsWords(w objection.Wants) string {
	if w == objection.ToWithdraw {
		return "To withdraw an objection"
	}
	return "To object"
}

// caseName names a case in a sentence.
func caseName(h objection.Head) string {
	if h.Reference == "" {
		return "Objection from a register"
	}
	return wantsWords(h.Wants) + ": " + h.Reference
}

// asksShort is who asks, for a list.
var asksShort = map[objection.Asks]string{
	objection.Oneself: "16 or over", objection.YoungPerson: "young person, 13 to 15", objection.Child: "child under 13", objection.Authority: "by attorney or deputy",
}

func caseLine(h objection.Head) string {
	parts := []string{objection.RouteWords[h.Route]}
	if words, ok := asksShort[h.Asks]; ok {
		parts = append(parts, words)
	}
	return strings.Join(parts, ", ")
}

// todo is what is to be done about a case, for a list, or nothing.
func todo(h objection.Head) string {
	switch {
	case h.Waits == objection.Agree:
		return "A second officer must agree to the withdrawal"
	case h.Waits == objection.ProposeError:
		return "A second officer must say whether it was recorded in error"
	case h.ParentPast16:
		return "A parent objected, and the person is 16 now: ask them"
	case h.State == objection.Received:
		return "Confirm who it is from"
	case h.State == objection.IdentityConfirmed:
		return "Decide"
	}
	return ""
}

// aged is how old a form is, and how long there is.
func aged(h objection.Head, today objection.Day) string {
	days := -objection.DayOf(h.Received).DaysUntil(today)
	age := "Received today"
	if days == 1 {
		age = "Received yesterday"
	} else if days > 1 {
		age = "Received " + strconv.Itoa(days) + " days ago"
	}
	return age
}

func dueWords(h objection.Head, today objection.Day) string {
	due, ok := h.Due()
	if !ok {
		return ""
	}
	switch days := due.DaysUntil(today); {
	case days < 0:
		return "Overdue by " + counted(-days, "day")
	case days == 0:
		return "Due today"
	default:
		return "Due by " + due.Words()
	}
}

// actTitles are what can be done, as a button says it.
var actTitles = map[objection.Kind]string{
	objection.Trace: "Look the person up", objection.Refer: "Refer to a professional", objection.Judge: "Note the professional’s judgement",
	objection.Confirm: "Confirm identity", objection.Uphold: "Uphold the objection", objection.Refuse: "Refuse",
	objection.Agree: "Agree to the withdrawal", objection.Withdraw: "Withdraw the objection", objection.ProposeError: "Say that it was recorded in error",
	objection.RejectError: "Find that it is no error", objection.RecordError: "End it as recorded in error", objection.Reask: "Note what the person says at 16", objection.Note: "Add a note",
}

// actHints say what each act does.
var actHints = map[objection.Kind]string{
	objection.Trace:        "Asks the demographics service, by the NHS number or, without one, by the name, date of birth and postcode on the form. It is on the trail first.",
	objection.Refer:        "Say which recognised health or care professional is asked whether the young person is competent to decide: name, role, organisation and address. You can print the letter afterwards.",
	objection.Judge:        "Say who judged, when, and what they said. No clinical detail.",
	objection.Uphold:       "It is in force already and stays so. The letter gives these reasons.",
	objection.Refuse:       "Nothing is in force by this form afterwards. The letter gives these reasons, in full.",
	objection.ProposeError: "It stays in force until a second officer agrees. Say what went wrong.",
	objection.RecordError:  "The record can be seen again at once, and the clinical safety officers are told. Say what you checked. Nothing of it is in the letter.",
	objection.RejectError:  "It stays in force. Say what you checked.",
	objection.Reask:        "The objection stays in force, as their own from now on. If they want to withdraw it, enter a form to withdraw. Say how and when they were asked.",
	objection.Note:         "Nothing can be changed afterwards. No clinical detail.",
}

func (p ObjectionPage) hint(k objection.Kind) string {
	switch {
	case k == objection.Confirm && p.Case.Wants() == objection.ToWithdraw:
		return "The objection stays in force until its withdrawal is agreed."
	case k == objection.Confirm:
		return "The objection is in force at once, for everybody and everywhere."
	case k == objection.Agree:
		return "A second officer must agree too. The objection stays in force until then."
	case k == objection.Withdraw:
		return "Staff with a reason to can see the record again at once."
	case k == objection.Refuse && p.Case.Wants() == objection.ToWithdraw:
		return "The objection stays in force. The letter gives these reasons, in full."
	}
	return actHints[k]
}

// wordsLabel is what an act's words are.
func wordsLabel(k objection.Kind) string {
	switch k {
	case objection.Refer:
		return "Who is asked"
	case objection.Judge:
		return "Who judged, and what they said"
	case objection.Uphold, objection.Refuse, objection.ProposeError, objection.RecordError, objection.RejectError:
		return "Reasons"
	case objection.Reask:
		return "What the person says"
	case objection.Note:
		return "Note"
	}
	return "Note (optional)"
}

// declares reports whether an act needs the officer's word that they are not
// concerned themselves.
func declares(k objection.Kind) bool {
	return k != objection.Trace && k != objection.Refer && k != objection.Note
}

// proofs are the kinds of evidence that answer what is owed, as options.
func proofs(o objection.Owed) []ui.Option {
	options := []ui.Option{{Text: "Select what you have seen"}}
	for _, p := range objection.Proofs {
		if p.Owed == o {
			options = append(options, ui.Option{Value: string(p.Evidence), Text: p.Words})
		}
	}
	return options
}

// seen are the kinds of evidence that options hold and an officer has selected.
func (p ObjectionPage) seen(o objection.Owed) string {
	for _, option := range proofs(o) {
		if option.Value != "" && slices.Contains(p.Act.Evidence, option.Value) {
			return option.Value
		}
	}
	return ""
}

func evidenceWords(seen []objection.Evidence) string {
	var all []string
	for _, p := range objection.Proofs {
		if slices.Contains(seen, p.Evidence) {
			all = append(all, p.Words)
		}
	}
	return strings.Join(all, "; ")
}

// letters are those that can be made of a case as it stands.
func letters(c objection.Case) []objection.Reply {
	return slices.DeleteFunc(slices.Clone(objection.Replies), func(l objection.Reply) bool { return !l.Of(c) })
}

// letterTitles are the letters, in words.
var letterTitles = map[objection.Reply]string{
	objection.ReplyReceived: "Form received", objection.ReplyConfirmed: "Identity confirmed", objection.ReplyCompetence: "To the professional: competence",
	objection.ReplyUpheld: "Objection upheld", objection.ReplyRefused: "Refused, with reasons", objection.ReplyWithdrawn: "Objection withdrawn",
	objection.ReplyError: "Recorded in error",
}

// ObjectionLetterPage is a letter for paper.
type ObjectionLetterPage struct {
	Frame
	Letter  objection.Reply
	Case    objection.Case
	Notice  notice.Notice
	Address []string // "" where it must not be printed, or is not known
	Hidden  bool     // because the person is restricted
	Unsure  bool     // because nobody has looked the person up yet
	Still   bool     // the person's record is hidden, by another objection if not by this one
	Today   objection.Day
}

// hidden is when the case hid the record that should not have been hidden.
func (p ObjectionLetterPage) hidden() string {
	from, to := objection.DayOf(p.Case.HiddenFrom()), objection.DayOf(p.Case.Last(objection.RecordError).At)
	if from == to {
		return "on " + to.Words()
	}
	return "from " + from.Words() + " to " + to.Words()
}

func (p ObjectionLetterPage) back() string { return "/objections/" + p.Case.ID.String() }

// to is whom the letter is to.
func (p ObjectionLetterPage) to() string {
	if p.Letter == objection.ReplyCompetence {
		return ""
	}
	if p.Case.Form != nil && !p.Case.Form.Applicant.IsZero() {
		return p.Case.Form.Applicant.Name()
	}
	return p.Case.Patient().Name()
}

// whose says whose record the letter is about: “your”, or “Ada Shah’s”.
func (p ObjectionLetterPage) whose() string {
	if p.Case.Form == nil || p.Case.Form.Applicant.IsZero() {
		return "your"
	}
	return p.Case.Patient().Name() + "’s"
}

func (p ObjectionLetterPage) withdraws() bool { return p.Case.Wants() == objection.ToWithdraw }

// when is by when the letter promises a decision.
func (p ObjectionLetterPage) when() string {
	due := objection.DecideBy(objection.DayOf(p.Case.Form.Received))
	if due.Before(p.Today) {
		return "as soon as we can"
	}
	return "by " + due.Words() + " at the latest"
}
