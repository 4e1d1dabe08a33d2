package draft

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
)

// Problem is what is wrong with one field of a question, in words that say what
// to do.
type Problem = objection.Problem

type problems []Problem

func (p *problems) add(field, message string) {
	*p = append(*p, Problem{Field: field, Message: message})
}

// Problems are all that is wrong with the answer to q, in the order of its
// fields. Whether anybody is known, or has objected, they never tell.
func (a Answers) Problems(q Question, today objection.Day) []Problem {
	var p problems
	switch q {
	case Who:
		p.oneOf("who", "Select who the form is about", a.Who, Me, Child, Adult)
	case Name:
		p.name("given_name", "Enter the given names", a.Given)
		p.name("family_name", "Enter the family name", a.Family)
	case Born:
		p.born(a, today)
	case Deciding:
		p.oneOf("deciding", "Select how you want to decide", a.Deciding, WithParent, Alone)
	case Authority:
		p.oneOf("authority", "Select whether you are their attorney or their deputy", string(a.Authority), string(objection.Attorney), string(objection.Deputy))
	case Signs:
		p.name("given_name", "Enter the given names", a.SignsGiven)
		p.name("family_name", "Enter the family name", a.SignsFamily)
	case Number:
		if _, err := nhs.ParseNumber(a.Number); a.Number != "" && err != nil {
			p.add("nhs_number", err.Error())
		}
	case Address:
		p.address(a)
	case Phone:
		p.phone(a.Phone)
	case Statement:
		p.text("statement", "", a.Statement, objection.LongestStatement)
		if a.Who == Adult && a.Statement == "" {
			p.add("statement", "Tell us why they cannot decide, and what shows that you may decide for them")
		}
	}
	return p
}

func (p *problems) oneOf(field, message, value string, allowed ...string) {
	for _, v := range allowed {
		if v == value {
			return
		}
	}
	p.add(field, message)
}

func (p *problems) name(field, message, value string) {
	if value == "" {
		p.add(field, message)
		return
	}
	p.text(field, "", value, objection.LongestName)
}

// text is about something that may be left out, unless needed says what to do
// where it is.
func (p *problems) text(field, needed, value string, longest int) {
	switch {
	case needed != "" && value == "":
		p.add(field, needed)
	case utf8.RuneCountInString(value) > longest:
		p.add(field, "Shorten this to "+strconv.Itoa(longest)+" characters or fewer. It has "+strconv.Itoa(utf8.RuneCountInString(value)))
	case !objection.Printable(value):
		p.add(field, "Leave out characters that cannot be printed")
	}
}

var errDate = errors.New("no such date")

// date is the date of three fields, if there is such a date.
func date(day, month, year string) (objection.Day, error) {
	d, errDay := number(day, 2)
	m, errMonth := number(month, 2)
	y, errYear := number(year, 4)
	if errors.Join(errDay, errMonth, errYear) != nil || len(year) != 4 {
		return objection.Day{}, errDate
	}
	return objection.ParseDay(pad(y, 4) + "-" + pad(m, 2) + "-" + pad(d, 2))
}

func number(s string, digits int) (int, error) {
	if s == "" || len(s) > digits || strings.Trim(s, "0123456789") != "" {
		return 0, errDate
	}
	return strconv.Atoi(s)
}

func pad(n, digits int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, digits-len(s))) + s
}

// oldest is the greatest age that anybody is believed.
const oldest = 130

func (p *problems) born(a Answers, today objection.Day) {
	if p.dateParts(a) {
		return
	}
	born, ok := a.born()
	switch {
	case !ok:
		p.add("birth_date", "Date of birth must be a real date")
	case today.Before(born):
		p.add("birth_date", "Date of birth must be in the past")
	case objection.Age(born, today) > oldest:
		p.add("birth_date-year", "Check the year of birth")
	default:
		p.age(a, objection.Age(born, today))
	}
}

// dateParts names the parts of the birth date that are missing or no numbers.
func (p *problems) dateParts(a Answers) (wrong bool) {
	parts := []struct{ field, what, value string }{
		{"birth_date-day", "day", a.Day}, {"birth_date-month", "month", a.Month}, {"birth_date-year", "year", a.Year},
	}
	if a.Day+a.Month+a.Year == "" {
		p.add("birth_date", "Enter the date of birth")
		return true
	}
	for _, part := range parts {
		digits := 2
		if part.what == "year" {
			digits = 4
		}
		switch _, err := number(part.value, digits); {
		case part.value == "":
			p.add(part.field, "Date of birth must include a "+part.what)
		case digits == 4 && (err != nil || len(part.value) != 4):
			p.add(part.field, "Year of birth must be 4 numbers, like 1980")
		case err != nil:
			p.add(part.field, "The "+part.what+" of birth must be 1 or 2 numbers")
		}
	}
	return len(*p) > 0
}

// age says how somebody of an age cannot be whom the form is said to be about.
// It speaks of this form and of nobody who is known.
func (p *problems) age(a Answers, age int) {
	switch {
	case a.Who == Me && age < objection.YoungAge:
		p.add("birth_date", "You must be 13 or older to fill this form in for yourself. Ask somebody with parental responsibility for you to fill it in")
	case a.Who == Child && age >= objection.OwnAge:
		p.add("birth_date", "This person is 16 or older, so they must fill the form in themselves. If you are their attorney or deputy, go back to the first question and say so")
	case a.Who == Adult && age < objection.OwnAge:
		p.add("birth_date", "This person is under 16. If you have parental responsibility for them, go back to the first question and say so")
	}
}

// postcode is the shape of postcodes of the United Kingdom and its islands.
var postcode = regexp.MustCompile(`^(GIR ?0AA|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})$`)

func (p *problems) address(a Answers) {
	p.text("line1", "Enter the first line of the address", a.Line1, objection.LongestLine)
	p.text("line2", "", a.Line2, objection.LongestLine)
	p.text("town", "Enter the town or city", a.Town, objection.LongestLine)
	switch {
	case a.Postcode == "":
		p.add("postcode", "Enter the postcode")
	case !postcode.MatchString(a.Postcode):
		p.add("postcode", "Enter a full UK postcode, like CV1 2AB")
	}
}

func (p *problems) phone(s string) {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	switch {
	case s == "":
	case strings.Trim(s, "0123456789 +()-") != "" || digits < 10 || utf8.RuneCountInString(s) > objection.LongestPhone:
		p.add("phone", "Enter a telephone number, like 024 7696 0010 or 07700 900 982, or leave it empty")
	}
}
