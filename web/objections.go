package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Forms keeps forms to object and to withdraw, and what is done about them.
// *store.Store is one.
type Forms interface {
	ReceiveForm(ctx context.Context, f objection.Form, e audit.Event) (reference string, err error)
	Cases(ctx context.Context, q objection.Query) ([]objection.Head, error)
	CasesOf(ctx context.Context, today objection.Day, numbers ...nhs.Number) ([]objection.Head, error)
	CaseNamed(ctx context.Context, reference string) (uuid.UUID, error)
	Case(ctx context.Context, id uuid.UUID) (objection.Case, error)
	Act(ctx context.Context, c objection.Case, a objection.Act, e audit.Event) error
	ObjectionsOf(ctx context.Context, numbers ...nhs.Number) ([]objection.Objection, error)
}

const (
	casesPerPage = 50
	personSearch = "objections of"
)

// showObjections answers GET /objections: what is to be done, the oldest first,
// or all forms, the newest first. Nobody is named in it, nor in its address.
func (s *Server) showObjections(c echo.Context, _ auth.User) error {
	return s.objectionQueue(c, http.StatusOK, views.FindObjectionForm{})
}

func (s *Server) objectionQueue(c echo.Context, status int, form views.FindObjectionForm) error {
	place := cursor(c.QueryParam("from"))
	q := objection.Query{Open: c.QueryParam("show") != "all", Today: s.today(), From: objection.Cursor{At: place.At, ID: place.ID}, Limit: casesPerPage + 1}
	cases, err := s.Forms.Cases(c.Request().Context(), q)
	if err != nil {
		return err
	}
	page := views.ObjectionQueuePage{Frame: s.frame(c), Cases: cases, Open: q.Open, Form: form}
	if len(cases) > casesPerPage {
		page.Cases = cases[:casesPerPage]
		last := page.Cases[casesPerPage-1]
		page.Next = "/objections?" + url.Values{"show": {c.QueryParam("show")}, "from": {fmt.Sprintf("%d-%s", last.Received.UnixMicro(), last.ID)}}.Encode()
	}
	return s.render(c, status, views.ObjectionQueue(page))
}

func (s *Server) today() objection.Day { return objection.DayOf(s.Now()) }

// findObjection answers POST /objections/find: by a form's reference, or by an
// NHS number, which a URL may not hold.
func (s *Server) findObjection(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	form := views.FindObjectionForm{Find: formValue(c, "find")}
	if reference, err := objection.ParseReference(form.Find); err == nil {
		id, err := s.Forms.CaseNamed(ctx, reference)
		if err == nil {
			return c.Redirect(http.StatusSeeOther, "/objections/"+id.String())
		}
		if !errors.Is(err, auth.ErrNoRef) {
			return err
		}
		form.Error = "No form has this reference. Check it, or look for the NHS number"
		return s.objectionQueue(c, http.StatusUnprocessableEntity, form)
	}
	number, err := nhs.ParseNumber(form.Find)
	if err != nil {
		form.Error = "Enter a reference like 4T7K-9XB2, or an NHS number, which is 10 digits"
		return s.objectionQueue(c, http.StatusUnprocessableEntity, form)
	}
	ref, err := s.Kept.KeepSearch(ctx, u.Issuer, u.Subject, personSearch, number.Digits())
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/objections/found/"+ref)
}

// showObjectionsFound answers GET /objections/found/:ref: what is held of one
// person. That it was looked for is on the trail before the page is sent.
func (s *Server) showObjectionsFound(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	var digits string
	if err := s.Kept.Search(ctx, u.Issuer, u.Subject, personSearch, c.Param("ref"), &digits); err != nil {
		return err
	}
	number, err := nhs.ParseNumber(digits)
	if err != nil {
		return err
	}
	cases, err := s.Forms.CasesOf(ctx, s.today(), number)
	if err != nil {
		return err
	}
	page, err := made(c, views.ObjectionsFound(views.ObjectionsFoundPage{Frame: s.frame(c), Cases: cases}))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.FormRead, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Matches = number, "objections-found", len(cases)
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, page)
}

// askObjectionForm answers GET /objections/new.
func (s *Server) askObjectionForm(c echo.Context, _ auth.User) error {
	var form views.ObjectionEntry
	if c.Get(keptQuery) != nil {
		form = objectionEntry(c)
	}
	return s.render(c, http.StatusOK, views.ObjectionEntering(views.ObjectionEntryPage{Frame: s.frame(c), Form: form}))
}

// enterObjectionForm answers POST /objections/new: a form that came on paper,
// by telephone or by letter.
func (s *Server) enterObjectionForm(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	entry := objectionEntry(c)
	form := s.readEntry(&entry)
	if len(entry.Errors) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, views.ObjectionEntering(views.ObjectionEntryPage{Frame: s.frame(c), Form: entry}))
	}
	reference, err := s.Forms.ReceiveForm(ctx, form, audit.NewEvent(audit.FormReceived, u, s.Now()))
	if err != nil {
		return err
	}
	id, err := s.Forms.CaseNamed(ctx, reference)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/objections/"+id.String())
}

func objectionEntry(c echo.Context) views.ObjectionEntry {
	value := func(name string) string { return formValue(c, name) }
	return views.ObjectionEntry{
		Wants: value("wants"), Asks: value("asks"), Route: value("route"), Given: value("given"), Family: value("family"), Number: value("nhs_number"),
		Day: value("born-day"), Month: value("born-month"), Year: value("born-year"),
		ApplicantGiven: value("applicant_given"), ApplicantFamily: value("applicant_family"), Relation: value("relation"),
		Address: value("address"), Postcode: value("postcode"), Phone: value("phone"), Statement: value("statement"),
		ReceivedDay: value("received-day"), ReceivedMonth: value("received-month"), ReceivedYear: value("received-year"),
	}
}

// readEntry is what was entered. What is wrong with it, it notes there.
func (s *Server) readEntry(e *views.ObjectionEntry) objection.Form {
	form := objection.Form{
		Wants: objection.Wants(e.Wants), Asks: objection.Asks(e.Asks), Route: objection.Route(e.Route), Received: s.Now(),
		Patient:   objection.Patient{Given: e.Given, Family: e.Family},
		Applicant: objection.Applicant{Given: e.ApplicantGiven, Family: e.ApplicantFamily, Relation: objection.Relation(e.Relation)},
		Address:   lines(e.Address), Postcode: e.Postcode, Phone: e.Phone, Statement: e.Statement,
	}
	fault := func(field, message string) {
		e.Errors = append(e.Errors, views.FieldError{Field: field, Message: message})
	}
	born, bornWrong := formDay(e.Day, e.Month, e.Year)
	form.Patient.Born = born
	if form.Route == objection.Online {
		form.Route = "" // that form comes another way
	}
	for _, p := range form.Problems(s.today()) {
		if p.Field == "born" && bornWrong && e.Day+e.Month+e.Year != "" {
			p.Message = "The date of birth must be a real date, like 31 3 1980"
		}
		fault(p.Field, p.Message)
	}
	if e.Number != "" {
		var err error
		if form.Patient.Number, err = nhs.ParseNumber(e.Number); err != nil {
			fault("nhs_number", err.Error())
		}
	}
	if e.ReceivedDay+e.ReceivedMonth+e.ReceivedYear != "" {
		received, wrong := formDay(e.ReceivedDay, e.ReceivedMonth, e.ReceivedYear)
		switch today := s.today(); {
		case wrong:
			fault("received", "The day on which it came must be a real date")
		case today.Before(received):
			fault("received", "The day on which it came must not be in the future")
		case received.DaysUntil(today) < -366:
			fault("received", "Check the year in which it came")
		case received != today:
			form.Received = received.Noon()
		}
	}
	return form
}

// formDay reads the three fields of a day, and reports whether it is none.
func formDay(d, m, y string) (objection.Day, bool) {
	day, errDay := strconv.Atoi(d)
	month, errMonth := strconv.Atoi(m)
	year, errYear := strconv.Atoi(y)
	if errors.Join(errDay, errMonth, errYear) != nil {
		return objection.Day{}, true
	}
	read, err := objection.ParseDay(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	return read, err != nil
}

// lines are those of a text that hold anything.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// objectionRead puts on the trail that a form is about to be shown.
func (s *Server) objectionRead(ctx context.Context, u auth.User, k objection.Case, page string) error {
	return s.Trail.Record(ctx, audit.FormRead, u, func(e *audit.Event) {
		e.Page, e.Words = page, strings.TrimSpace("form "+k.Reference)
		if k.Reference == "" {
			e.Words = "an objection of a register"
		}
		if k.Known() {
			e.Patient = k.Patient().Number
			e.Person = &audit.Identity{Name: k.Patient().Name(), Born: k.Patient().Born.String()}
		}
	})
}
