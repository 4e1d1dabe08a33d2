package objection

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.org/icr/care/nhs"
)

// Wants is what a form asks for.
type Wants string

// What a form can ask for.
const (
	ToObject   Wants = "object"
	ToWithdraw Wants = "withdraw"
)

// Asks is who asks, as they say themselves. By which rule they may is worked
// out again from the birth date on the day (Rules.Ground).
type Asks string

// Who can ask.
const (
	Oneself     Asks = "oneself"      // 16 or over, for themselves
	YoungPerson Asks = "young-person" // 13 to 15: the applicant has parental responsibility; without one, they ask alone
	Child       Asks = "child"        // under 13: the applicant has parental responsibility
	Authority   Asks = "authority"    // for an adult without capacity: the applicant is attorney or deputy
)

// AsksWords are all who can ask, in words.
var AsksWords = map[Asks]string{
	Oneself: "Somebody of 16 or over, for themselves", YoungPerson: "A young person of 13 to 15, or somebody with parental responsibility for one",
	Child: "Somebody with parental responsibility, for a child under 13", Authority: "An attorney or deputy, for an adult without capacity",
}

// Route is how a form came.
type Route string

// The routes.
const (
	Online    Route = "form"
	Paper     Route = "paper"
	Telephone Route = "telephone"
	Letter    Route = "letter"
	Register  Route = "register" // imported: there is no form
)

// RouteWords are all routes, in words.
var RouteWords = map[Route]string{
	Online: "Online form", Paper: "Paper form", Telephone: "Telephone", Letter: "Letter or e-mail", Register: "Imported register",
}

// Relation is on what authority an applicant asks for somebody else.
type Relation string

// The relations.
const (
	Parental Relation = "parental-responsibility"
	Attorney Relation = "attorney"
	Deputy   Relation = "deputy"
)

// RelationWords are all relations, in words.
var RelationWords = map[Relation]string{
	Parental: "Has parental responsibility", Attorney: "Attorney (lasting power of attorney for health and welfare)",
	Deputy: "Deputy (appointed by the Court of Protection)",
}

// Form is what somebody asks for, as it came: nothing of it is known to be true
// yet.
type Form struct {
	Wants     Wants
	Asks      Asks
	Route     Route
	Patient   Patient
	Applicant Applicant // who asks for somebody else; zero for those who ask for themselves
	Address   []string  // lines, for the letter; may be empty
	Postcode  string
	Phone     string // may be empty
	Statement string // the applicant's words on capacity and evidence
	Received  time.Time
}

// Patient is whose record a form is about.
type Patient struct {
	Given, Family string
	Born          Day
	Number        nhs.Number // zero where they do not know it
}

// Name is the name as a letter has it.
func (p Patient) Name() string { return strings.TrimSpace(p.Given + " " + p.Family) }

// Applicant is who asks for somebody else.
type Applicant struct {
	Given, Family string
	Relation      Relation
}

// Name is the name as a letter has it.
func (a Applicant) Name() string { return strings.TrimSpace(a.Given + " " + a.Family) }

// IsZero reports whether nobody asks for somebody else.
func (a Applicant) IsZero() bool { return a == Applicant{} }

// How long what is typed may be, in characters.
const (
	LongestName      = 100
	LongestLine      = 100
	MostLines        = 5
	LongestPostcode  = 10
	LongestPhone     = 30
	LongestStatement = 2000
	oldest           = 130
)

// Problem is what is wrong with one field of a form, in words that say what to
// do. The fields are wants, asks, given, family, born, applicant_given,
// applicant_family, relation, address, postcode, phone and statement.
type Problem struct{ Field, Message string }

// Problems are all that is wrong with f on a day, in the order of its fields.
// A form that has none can be received, whoever it may turn out to be from.
func (f Form) Problems(today Day) []Problem {
	var p problems
	if f.Wants != ToObject && f.Wants != ToWithdraw {
		p.add("wants", "Select whether to object or to withdraw an objection")
	}
	if _, ok := AsksWords[f.Asks]; !ok {
		p.add("asks", "Select who the form is for")
	}
	if _, ok := RouteWords[f.Route]; !ok || f.Route == Register {
		p.add("route", "Select how the form came")
	}
	p.text("given", "the person’s given name", f.Patient.Given, LongestName, true)
	p.text("family", "the person’s family name", f.Patient.Family, LongestName, true)
	p.born(f, today)
	p.applicant(f)
	if len(f.Address) > MostLines {
		p.add("address", "Enter the address in at most "+strconv.Itoa(MostLines)+" lines")
	}
	p.text("address", "each line of the address", longestOf(f.Address), LongestLine, false)
	p.text("postcode", "the postcode", f.Postcode, LongestPostcode, false)
	p.text("phone", "the telephone number", f.Phone, LongestPhone, false)
	p.text("statement", "what you tell us", f.Statement, LongestStatement, f.Asks == Authority)
	return p
}

type problems []Problem

func (p *problems) add(field, message string) {
	for _, other := range *p {
		if other.Field == field {
			return
		}
	}
	*p = append(*p, Problem{field, message})
}

func (p *problems) text(field, what, s string, longest int, needed bool) {
	switch {
	case needed && strings.TrimSpace(s) == "":
		p.add(field, "Enter "+what)
	case utf8.RuneCountInString(s) > longest:
		p.add(field, "Enter "+what+" in at most "+strconv.Itoa(longest)+" characters")
	case !Printable(s):
		p.add(field, "Enter "+what+" without characters that cannot be printed")
	}
}

// Printable reports whether s is text in any language, without control
// characters but for line ends.
func Printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
}

func (p *problems) born(f Form, today Day) {
	born := f.Patient.Born
	switch {
	case born.IsZero():
		p.add("born", "Enter the person’s date of birth")
		return
	case today.Before(born):
		p.add("born", "The date of birth must not be in the future")
		return
	case Age(born, today) > oldest:
		p.add("born", "Check the year of birth")
		return
	}
	if message := mismatch(f.Asks, Age(born, today)); message != "" {
		p.add("born", message)
	}
}

// mismatch says how somebody of an age cannot be whom the form is said to be
// for.
func mismatch(asks Asks, age int) string {
	switch {
	case asks == Oneself && age < OwnAge:
		return "To ask for yourself you must be 16 or over. If the person is younger, choose the form for young people or children"
	case asks == YoungPerson && (age < YoungAge || age >= OwnAge):
		return "This form is for people aged 13 to 15. Check the date of birth, or choose another form"
	case asks == Child && age >= YoungAge:
		return "This form is for children under 13. Check the date of birth, or choose another form"
	case asks == Authority && age < OwnAge:
		return "This form is for people of 16 or over. For anybody younger, choose the form for young people or children"
	}
	return ""
}

func (p *problems) applicant(f Form) {
	a := f.Applicant
	if _, ok := AsksWords[f.Asks]; !ok {
		return // said already
	}
	if f.Asks == Oneself || f.Asks == YoungPerson && a.IsZero() {
		if !a.IsZero() {
			p.add("applicant_given", "Leave out who asks for the person: they ask for themselves")
		}
		return
	}
	p.text("applicant_given", "the given name of the person who signs", a.Given, LongestName, true)
	p.text("applicant_family", "the family name of the person who signs", a.Family, LongestName, true)
	switch {
	case f.Asks == Authority && a.Relation != Attorney && a.Relation != Deputy:
		p.add("relation", "Select on what authority they ask")
	case (f.Asks == YoungPerson || f.Asks == Child) && a.Relation != Parental:
		p.add("relation", "The person who signs must have parental responsibility")
	}
}

func longestOf(lines []string) (longest string) {
	for _, l := range lines {
		if !Printable(l) {
			return l
		}
		if len([]rune(l)) > len([]rune(longest)) {
			longest = l
		}
	}
	return longest
}
