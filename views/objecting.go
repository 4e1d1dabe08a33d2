package views

import (
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/objection/draft"
	"example.org/icr/views/ui"
)

// ObjectingPage is a page of the form to object, or to withdraw an objection.
// Nothing on it depends on whether anybody is known, or has objected.
type ObjectingPage struct {
	ResidentPage
	Answers   draft.Answers
	Question  draft.Question // of a page that asks one
	Held      bool           // something is kept of it already
	Back      string         // where the page before is; none where empty
	Today     objection.Day
	Errors    []FieldError
	Reference string // of a form that has been received
}

// Path is where the form to do this is, at one of its pages or, where that is
// empty, its beginning.
func objectingPath(wants objection.Wants, page string) string {
	path := "/right-to-object"
	if wants == objection.ToWithdraw {
		path = "/withdraw-objection"
	}
	return path + page
}

func (p ObjectingPage) path(page string) string { return objectingPath(p.Answers.Wants, page) }

func (p ObjectingPage) object() bool { return p.Answers.Wants == objection.ToObject }

// title is the title of a page, which says so where something is wrong.
func (p ObjectingPage) title() string {
	if len(p.Errors) > 0 {
		return "Error: " + p.asks()
	}
	return p.asks()
}

// whose is "your", or whose it is that somebody else speaks of.
func (p ObjectingPage) whose() string {
	switch p.Answers.Who {
	case draft.Child:
		return "the child’s"
	case draft.Adult:
		return "the person’s"
	}
	return "your"
}

// asks is the question of the page.
func (p ObjectingPage) asks() string { return p.words(p.Question) }

func (p ObjectingPage) words(q draft.Question) string {
	switch q {
	case draft.Who:
		if p.object() {
			return "Who are you objecting for?"
		}
		return "Whose objection do you want to withdraw?"
	case draft.Name:
		return "What is " + p.whose() + " name?"
	case draft.Born:
		return "What is " + p.whose() + " date of birth?"
	case draft.Deciding:
		return "How do you want to decide?"
	case draft.Authority:
		return "By what right do you decide for them?"
	case draft.Signs:
		if p.Answers.ForSomebody() {
			return "What is your own name?"
		}
		return "Who will sign for you?"
	case draft.Number:
		return "What is " + p.whose() + " NHS number? (optional)"
	case draft.Address:
		return "What is your address?"
	case draft.Phone:
		return "What is your telephone number? (optional)"
	case draft.Statement:
		if p.Answers.Who == draft.Adult {
			return "Why can they not decide for themselves?"
		}
		return "Who could say that you understand? (optional)"
	}
	return ""
}

// given is one answer as the page that checks them has it.
type given struct {
	question draft.Question
	label    string
	lines    []string
	unspoken string // what "Change" changes, for who listens
}

// answers are all answers, in the order of their questions.
func (p ObjectingPage) answers() (all []given) {
	a := p.Answers
	for _, q := range a.Questions(p.Today) {
		all = append(all, given{q, p.label(q), p.lines(q), strings.ToLower(p.label(q))})
	}
	return all
}

func (p ObjectingPage) label(q draft.Question) string {
	theirs := ""
	if p.Answers.ForSomebody() {
		theirs = map[string]string{draft.Child: "Child’s ", draft.Adult: "Person’s "}[p.Answers.Who]
	}
	name := func(s string) string {
		if theirs == "" {
			return s
		}
		if strings.HasPrefix(s, "NHS") {
			return theirs + s
		}
		return theirs + strings.ToLower(s[:1]) + s[1:]
	}
	switch q {
	case draft.Who:
		return "Who it is about"
	case draft.Name:
		return name("Name")
	case draft.Born:
		return name("Date of birth")
	case draft.Number:
		return name("NHS number")
	case draft.Deciding:
		return "How you decide"
	case draft.Authority:
		return "Your authority"
	case draft.Signs:
		if theirs == "" {
			return "Who signs for you"
		}
		return "Your name"
	case draft.Address:
		return "Your address"
	case draft.Phone:
		return "Your telephone number"
	}
	if p.Answers.Who == draft.Adult {
		return "Why they cannot decide"
	}
	return "Who knows you"
}

func (p ObjectingPage) lines(q draft.Question) []string {
	a := p.Answers
	switch q {
	case draft.Who:
		return option(p.whoOptions(), a.Who)
	case draft.Name:
		return []string{a.Given + " " + a.Family}
	case draft.Born:
		return []string{a.Form(p.Now).Patient.Born.Words()}
	case draft.Deciding:
		return option(decidingOptions, a.Deciding)
	case draft.Authority:
		return option(authorityOptions, string(a.Authority))
	case draft.Signs:
		return []string{a.SignsGiven + " " + a.SignsFamily}
	case draft.Number:
		if n, err := nhs.ParseNumber(a.Number); err == nil {
			return []string{n.Spaced()}
		}
	case draft.Address:
		return append(a.Form(p.Now).Address, a.Postcode)
	case draft.Phone:
		if a.Phone != "" {
			return []string{a.Phone}
		}
	case draft.Statement:
		if a.Statement != "" {
			return strings.Split(a.Statement, "\n")
		}
	}
	return []string{"Not given"}
}

func option(options []ui.Option, value string) []string {
	for _, o := range options {
		if o.Value == value {
			return []string{o.Text}
		}
	}
	return nil
}

func (p ObjectingPage) whoOptions() []ui.Option {
	return []ui.Option{
		{Value: draft.Me, Text: "Myself", Hint: "You must be 13 or older"},
		{Value: draft.Child, Text: "A child or young person under 16", Hint: "You must have parental responsibility for them"},
		{Value: draft.Adult, Text: "Somebody of 16 or older who cannot decide for themselves", Hint: "You must be their attorney for health and welfare, or their deputy for personal welfare"},
	}
}

var decidingOptions = []ui.Option{
	{Value: draft.WithParent, Text: "Somebody with parental responsibility signs for me"},
	{Value: draft.Alone, Text: "I decide alone", Hint: "We ask a health or care professional who knows you whether you understand what it means"},
}

var authorityOptions = []ui.Option{
	{Value: string(objection.Attorney), Text: "I am their attorney", Hint: "With a registered lasting power of attorney for health and welfare"},
	{Value: string(objection.Deputy), Text: "I am their deputy", Hint: "Appointed by the Court of Protection for personal welfare"},
}
