// Package draft is a form to object, or to withdraw an objection, that a
// resident is still filling in: which questions it asks, in which order, and
// what is wrong with an answer. All of it is pure.
package draft

import (
	"slices"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
)

// Question is one question: a page of its own.
type Question string

// The questions.
const (
	Who       Question = "who"           // whom the form is about
	Name      Question = "name"          // theirs
	Born      Question = "date-of-birth" // theirs
	Deciding  Question = "deciding"      // of 13 to 15: with a parent, or alone
	Authority Question = "authority"     // attorney or deputy
	Signs     Question = "your-name"     // of who asks for somebody else
	Number    Question = "nhs-number"
	Address   Question = "address"
	Phone     Question = "phone"
	Statement Question = "statement"
)

// Questions are all questions.
var Questions = []Question{Who, Name, Born, Deciding, Authority, Signs, Number, Address, Phone, Statement}

// Whom a form can be about, as its sender says.
const (
	Me    = "me"
	Child = "child"
	Adult = "adult"
)

// How somebody of 13 to 15 asks.
const (
	WithParent = "with-parent"
	Alone      = "alone"
)

// Answers are what has been typed so far, as it was typed.
type Answers struct {
	Wants                   objection.Wants
	Who, Given, Family      string
	Day, Month, Year        string
	Deciding                string
	Authority               objection.Relation
	SignsGiven, SignsFamily string
	Number                  string
	Line1, Line2, Town      string
	Postcode, Phone         string
	Statement               string
	Answered                []Question // in no order
}

// born is the birth date, if there is such a date.
func (a Answers) born() (objection.Day, bool) {
	if d, err := date(a.Day, a.Month, a.Year); err == nil {
		return d, true
	}
	return objection.Day{}, false
}

// young reports whether somebody asks for themselves who is not old enough to
// do so alone without being judged competent.
func (a Answers) young(today objection.Day) bool {
	born, ok := a.born()
	return a.Who == Me && ok && objection.Age(born, today) < objection.OwnAge
}

// ForSomebody reports whether who fills the form in is not whom it is about.
func (a Answers) ForSomebody() bool { return a.Who == Child || a.Who == Adult }

// Questions are those that the answers so far lead to, in order.
func (a Answers) Questions(today objection.Day) []Question {
	all := []Question{Who, Name, Born}
	alone := false
	if a.young(today) {
		all = append(all, Deciding)
		alone = a.Deciding == Alone
	}
	if a.Who == Adult {
		all = append(all, Authority)
	}
	if a.ForSomebody() || a.young(today) && a.Deciding == WithParent {
		all = append(all, Signs)
	}
	all = append(all, Number, Address, Phone)
	if a.Who == Adult || alone {
		all = append(all, Statement)
	}
	return all
}

// Missing is the first question that has no good answer yet, or "".
func (a Answers) Missing(today objection.Day) Question {
	for _, q := range a.Questions(today) {
		if !slices.Contains(a.Answered, q) || len(a.Problems(q, today)) > 0 {
			return q
		}
	}
	return ""
}

// Before is the question before q, or "" where q is the first.
func (a Answers) Before(q Question, today objection.Day) Question {
	all := a.Questions(today)
	if i := slices.Index(all, q); i > 0 {
		return all[i-1]
	}
	return ""
}

// May reports whether q can be asked now: it is one of the questions, and those
// before it have good answers.
func (a Answers) May(q Question, today objection.Day) bool {
	all := a.Questions(today)
	asked := slices.Index(all, q)
	if asked < 0 {
		return false
	}
	missing := slices.Index(all, a.Missing(today))
	return missing < 0 || asked <= missing
}

// With is a with what was typed in answer to q; field has what stands in each
// field of its form.
func (a Answers) With(q Question, field func(string) string) Answers {
	one := func(name string) string { return strings.Join(strings.Fields(field(name)), " ") }
	switch q {
	case Who:
		a.Who = one("who")
	case Name:
		a.Given, a.Family = one("given_name"), one("family_name")
	case Born:
		a.Day, a.Month, a.Year = one("birth_date-day"), one("birth_date-month"), one("birth_date-year")
	case Deciding:
		a.Deciding = one("deciding")
	case Authority:
		a.Authority = objection.Relation(one("authority"))
	case Signs:
		a.SignsGiven, a.SignsFamily = one("given_name"), one("family_name")
	case Number:
		a.Number = one("nhs_number")
	case Address:
		a.Line1, a.Line2, a.Town, a.Postcode = one("line1"), one("line2"), one("town"), strings.ToUpper(one("postcode"))
	case Phone:
		a.Phone = one("phone")
	case Statement:
		a.Statement = strings.TrimSpace(strings.ReplaceAll(field("statement"), "\r\n", "\n"))
	}
	if !slices.Contains(a.Answered, q) {
		a.Answered = append(slices.Clone(a.Answered), q)
	}
	return a
}

// Form is the form that the answers make. It is whole where nothing is missing.
func (a Answers) Form(now time.Time) objection.Form {
	today := objection.DayOf(now)
	born, _ := a.born()
	number, _ := nhs.ParseNumber(a.Number) // or none
	f := objection.Form{
		Wants: a.Wants, Route: objection.Online, Received: now, Postcode: a.Postcode, Phone: a.Phone,
		Patient: objection.Patient{Given: a.Given, Family: a.Family, Born: born, Number: number},
	}
	for _, line := range []string{a.Line1, a.Line2, a.Town} {
		if line != "" {
			f.Address = append(f.Address, line)
		}
	}
	questions := a.Questions(today)
	if slices.Contains(questions, Statement) {
		f.Statement = a.Statement
	}
	if slices.Contains(questions, Signs) {
		f.Applicant = objection.Applicant{Given: a.SignsGiven, Family: a.SignsFamily, Relation: objection.Parental}
	}
	switch age := objection.Age(born, today); {
	case a.Who == Adult:
		f.Asks, f.Applicant.Relation = objection.Authority, a.Authority
	case age >= objection.OwnAge:
		f.Asks = objection.Oneself
	case age >= objection.YoungAge:
		f.Asks = objection.YoungPerson
	default:
		f.Asks = objection.Child
	}
	return f
}
