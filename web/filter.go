package web

import (
	"errors"
	"net/http"
	"strconv"

	"example.org/icr/auth"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

const sectionSearch = "section"

// filterSection answers POST /record/:ref/:section: it leaves the filter under
// a ref, because what is typed about a patient does not belong in a URL.
// Allergies are never filtered.
func (s *Server) filterSection(c echo.Context, u auth.User) error {
	section := record.Section(c.Param("section"))
	if !section.Known() {
		return errNotFound
	}
	to := "/record/" + c.Param("ref") + "/" + string(section)
	form := sectionForm(c)
	if section == record.Allergies || form.Empty() {
		return c.Redirect(http.StatusSeeOther, to)
	}
	ref, err := s.Kept.KeepSearch(c.Request().Context(), u.Issuer, u.Subject, sectionSearch, form)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to+"?filter="+ref)
}

// narrowing is the filter of a section: as filled in, and as it is applied.
type narrowing struct {
	form    views.SectionForm
	applied views.Filter
	ref     string
	lapsed  bool
}

// sectionFilter is the filter that the request names. A form with faults is
// not applied at all.
func (s *Server) sectionFilter(c echo.Context, u auth.User, section record.Section) (narrowing, error) {
	n := narrowing{ref: c.QueryParam("filter")}
	if n.ref == "" || section == record.Allergies {
		return n, nil
	}
	err := s.Kept.Search(c.Request().Context(), u.Issuer, u.Subject, sectionSearch, n.ref, &n.form)
	if errors.Is(err, auth.ErrNoRef) {
		return narrowing{lapsed: true}, nil
	}
	if err != nil {
		return n, err
	}
	n.applied = s.checkFilter(&n.form)
	return n, nil
}

func sectionForm(c echo.Context) views.SectionForm {
	value := func(name string) string { return formValue(c, name) }
	return views.SectionForm{
		Text: value("text"), Source: value("source"),
		FromDay: value("from-day"), FromMonth: value("from-month"), FromYear: value("from-year"),
		ToDay: value("to-day"), ToMonth: value("to-month"), ToYear: value("to-year"),
	}
}

// checkFilter is what a form asks for, or nothing where there is a fault in it,
// which it notes in the form.
func (s *Server) checkFilter(f *views.SectionForm) (filter views.Filter) {
	f.Errors = nil
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	filter.Text, filter.Source = f.Text, f.Source
	for field, typed := range map[string]string{"text": f.Text, "source": f.Source} {
		if len(typed) > longest {
			fault(field, "Enter at most "+strconv.Itoa(longest)+" characters")
		}
	}
	var message string
	if filter.From, message = day(f.FromDay, f.FromMonth, f.FromYear, s.Now()); message != "" {
		fault("from", message)
	}
	if filter.To, message = day(f.ToDay, f.ToMonth, f.ToYear, s.Now()); message != "" {
		fault("to", message)
	} else if !filter.To.IsZero() {
		filter.To = filter.To.AddDate(0, 0, 1) // the whole day
	}
	if !filter.From.IsZero() && !filter.To.IsZero() && !filter.From.Before(filter.To) {
		fault("to", "The last day must not be before the first")
	}
	if len(f.Errors) > 0 {
		return views.Filter{}
	}
	return filter
}
