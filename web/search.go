package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// home answers GET /: where each role begins.
func (s *Server) home(c echo.Context, u auth.User) error {
	switch {
	case u.Role == auth.PrivacyOfficer, u.Role == auth.CaldicottGuardian:
		return c.Redirect(http.StatusSeeOther, "/privacy/events")
	case u.Role == auth.SafetyOfficer:
		return c.Redirect(http.StatusSeeOther, "/safety")
	case u.Role == auth.ObjectionsOfficer:
		return c.Redirect(http.StatusSeeOther, "/objections")
	case u.Role == auth.ServiceAdmin:
		return c.Redirect(http.StatusSeeOther, "/service")
	case access.SeesRecord(u.Role):
		return s.start(c, u)
	}
	return s.render(c, http.StatusOK, views.Problem(views.ProblemPage{
		Frame: s.frame(c), Heading: "You are signed in",
		Advice: "Your role, " + u.Role.Name() + ", does not see patients’ records, and has no pages of its own in this version of the service.",
	}))
}

// found is what a search leaves for the page that shows it.
type found struct {
	Numbers     []string
	TooMany     bool
	Unavailable bool
	Invalidated bool   // the number is no longer valid
	Former      string // the number searched for, where the patient has another now
	Unanswered  bool   // the demographics service did not answer; what it said before serves
	By          string
}

const peopleSearch = "people"

// search answers POST /search: it asks the demographics service, once the
// question is on the trail, and leaves the answer under a ref.
func (s *Server) search(c echo.Context, u auth.User) error {
	form := searchForm(c)
	number, by := s.checkSearch(&form)
	if len(form.Errors) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, views.Home(views.HomePage{Frame: s.frame(c), Form: form}))
	}
	if err := s.spend(c, u, nhs.Number{}); err != nil {
		return err
	}
	people, f, err := s.find(c, u, number, by)
	switch {
	case errors.Is(err, pds.ErrTooMany):
		f.TooMany = true
	case errors.Is(err, pds.ErrNotFound):
	case errors.Is(err, pds.ErrInvalidated):
		f.Invalidated = true
	case errors.Is(err, pds.ErrUnavailable):
		f.Unavailable = true
		s.Log.Warn("demographics service", "err", err)
	case err != nil:
		return err
	}
	for _, p := range people {
		f.Numbers = append(f.Numbers, p.Number.Digits())
	}
	ref, err := s.Kept.KeepSearch(c.Request().Context(), u.Issuer, u.Subject, peopleSearch, f)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/search/"+ref)
}

func (s *Server) find(c echo.Context, u auth.User, number nhs.Number, by pds.Criteria) ([]record.Person, found, error) {
	ctx := c.Request().Context()
	if !number.IsZero() {
		person, err := s.Viewing.Identify(ctx, u, number)
		if err != nil {
			return nil, found{By: "NHS number"}, err
		}
		f := found{By: "NHS number", Unanswered: person.Unanswered}
		if person.Number != number {
			f.Former = number.Digits()
		}
		return []record.Person{person}, f, nil
	}
	f := found{By: "name and date of birth"}
	leave, err := s.Trail.Search(ctx, u)
	if err != nil {
		return nil, f, err
	}
	people, err := s.People.Search(ctx, leave, by)
	if err != nil {
		return nil, f, err
	}
	return people, f, s.Viewing.Remember(ctx, people...)
}

// showSearch answers GET /search/:ref: who was found, each on the trail before
// the page is sent.
func (s *Server) showSearch(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	var f found
	if err := s.Kept.Search(ctx, u.Issuer, u.Subject, peopleSearch, c.Param("ref"), &f); err != nil {
		return err
	}
	page := views.SearchPage{Frame: s.frame(c), TooMany: f.TooMany, Unavailable: f.Unavailable, Invalidated: f.Invalidated, By: f.By}
	page.Former, _ = nhs.ParseNumber(f.Former) // or none
	var people []record.Person
	for _, digits := range f.Numbers {
		number, err := nhs.ParseNumber(digits)
		if err != nil {
			return err
		}
		person, err := s.Kept.Person(ctx, number)
		if err != nil {
			return err
		}
		ref, err := s.Kept.Refer(ctx, u.Issuer, u.Subject, person.Number)
		if err != nil {
			return err
		}
		person.Unanswered = f.Unanswered
		people = append(people, person)
		page.People = append(page.People, views.Found{Ref: ref, Person: person})
	}
	made, err := made(c, views.Search(page))
	if err != nil {
		return err
	}
	if err := s.Trail.List(ctx, u, "search", people); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, made)
}

// formValue is what was typed into a field, without what no keyboard types.
func formValue(c echo.Context, name string) string {
	typed := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(c.FormValue(name), "\ufffd"))
	return strings.TrimSpace(typed)
}

func searchForm(c echo.Context) views.SearchForm {
	value := func(name string) string { return formValue(c, name) }
	return views.SearchForm{
		Number: value("nhs_number"), Family: value("family_name"), Given: value("given_name"),
		Day: value("birth_date-day"), Month: value("birth_date-month"), Year: value("birth_date-year"),
		Postcode: value("postcode"), Gender: value("gender"),
	}
}

// longest is the longest text that any search field takes.
const longest = 100

// checkSearch returns what to search by: a number, or else criteria. What is
// wrong with the form it notes in the form.
func (s *Server) checkSearch(f *views.SearchForm) (nhs.Number, pds.Criteria) {
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	byName := f.Family != "" || f.Given != "" || f.Day+f.Month+f.Year != ""
	if f.Number != "" || !byName {
		number, err := nhs.ParseNumber(f.Number)
		switch {
		case f.Number == "":
			fault("nhs_number", "Enter an NHS number, or a family name and date of birth")
		case err != nil:
			fault("nhs_number", err.Error())
		}
		return number, pds.Criteria{}
	}
	if f.Family == "" {
		fault("family_name", "Enter the family name")
	}
	for name, value := range map[string]string{"family_name": f.Family, "given_name": f.Given, "postcode": f.Postcode} {
		if len(value) > longest {
			fault(name, "Enter at most "+strconv.Itoa(longest)+" characters")
		}
	}
	born, message := birthDate(f.Day, f.Month, f.Year, s.Now())
	if message != "" {
		fault("birth_date", message)
	}
	return nhs.Number{}, pds.Criteria{Family: f.Family, Given: f.Given, Gender: f.Gender, Postcode: f.Postcode, Born: born}
}

// birthDate reads the three fields of a date, and says what is wrong with it.
func birthDate(day, month, year string, now time.Time) (record.Date, string) {
	if day == "" || month == "" || year == "" {
		return record.Date{}, "Enter the date of birth: day, month and year"
	}
	d, errDay := strconv.Atoi(day)
	m, errMonth := strconv.Atoi(month)
	y, errYear := strconv.Atoi(year)
	if errors.Join(errDay, errMonth, errYear) != nil {
		return record.Date{}, "The date of birth must be in numbers, like 31 3 1980"
	}
	at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	switch {
	case at.Day() != d || int(at.Month()) != m || at.Year() != y:
		return record.Date{}, "The date of birth must be a real date"
	case y < 1880:
		return record.Date{}, "The year of birth must have four digits and be after 1880"
	case at.After(now):
		return record.Date{}, "The date of birth must be in the past"
	}
	return record.ParseDate(at.Format(time.DateOnly)), ""
}
