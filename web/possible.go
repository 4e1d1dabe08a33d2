package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Possible keeps what partners' data shows of patients who refused sharing
// there. *store.Store is one.
type Possible interface {
	PossibleObjections(ctx context.Context, most int) (open, handled []objection.Possible, err error)
	PossibleObjection(ctx context.Context, id uuid.UUID) (objection.Possible, error)
	HandlePossible(ctx context.Context, p objection.Possible, e audit.Event) error
}

const mostPossible = 200

// showPossibles answers GET /objections/possible: what waits, the oldest first,
// and what was found of late. Nobody is named in it, nor in its address.
func (s *Server) showPossibles(c echo.Context, _ auth.User) error {
	open, handled, err := s.Possible.PossibleObjections(c.Request().Context(), mostPossible)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Possibles(views.PossiblesPage{Frame: s.frame(c), Waiting: open, Handled: handled, Most: mostPossible}))
}

// showPossible answers GET /objections/possible/:id. That it was read is on the
// trail before it is sent.
func (s *Server) showPossible(c echo.Context, u auth.User) error {
	p, err := s.possible(c)
	if err != nil {
		return err
	}
	var form views.PossibleForm
	if c.Get(keptQuery) != nil {
		form = possibleForm(c)
	}
	return s.possiblePage(c, u, http.StatusOK, p, form)
}

func (s *Server) possible(c echo.Context) (objection.Possible, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return objection.Possible{}, errNotFound
	}
	p, err := s.Possible.PossibleObjection(c.Request().Context(), id)
	if errors.Is(err, objection.ErrNoPossible) {
		return p, errNotFound
	}
	return p, err
}

func (s *Server) possiblePage(c echo.Context, u auth.User, status int, p objection.Possible, form views.PossibleForm) error {
	ctx := c.Request().Context()
	page := views.PossiblePage{Frame: s.frame(c), Possible: p, Form: form}
	if person, err := s.Kept.Person(ctx, p.Patient); err == nil { // where nothing recent is kept, the number must do
		page.Name, page.Born = person.Name(), person.Born
	}
	var err error
	if page.Cases, err = s.Forms.CasesOf(ctx, s.today(), p.Patient); err != nil {
		return err
	}
	text, err := made(c, views.Possible(page))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.PossibleRead, u, func(e *audit.Event) { e.Patient, e.Page = p.Patient, "possible-objection" })
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, text)
}

func possibleForm(c echo.Context) views.PossibleForm {
	return views.PossibleForm{Outcome: formValue(c, "outcome"), Words: formValue(c, "words")}
}

// possibleFields are the fields that what is wrong belongs to.
var possibleFields = map[error]string{
	objection.ErrOutcome: "outcome", objection.ErrUnrecorded: "outcome", objection.ErrTheirOwn: "outcome",
	objection.ErrWords: "words", objection.ErrLong: "words",
}

// handlePossible answers POST /objections/possible/:id: what an officer found.
// It counts, and is on the trail, once it is answered.
func (s *Server) handlePossible(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	p, err := s.possible(c)
	if err != nil {
		return err
	}
	cases, err := s.Forms.CasesOf(ctx, s.today(), p.Patient)
	if err != nil {
		return err
	}
	form := possibleForm(c)
	e := audit.NewEvent(audit.PossibleHandled, u, s.Now())
	by := objection.Officer{Issuer: u.Issuer, Subject: u.Subject, StaffID: u.StaffID, Name: u.Name, Number: u.NHSNumber}
	found, err := p.Handle(objection.Outcome(form.Outcome), form.Words, by, len(cases) > 0, e.At)
	for fault, field := range possibleFields {
		if errors.Is(err, fault) {
			words := fault.Error()
			form.Errors = append(form.Errors, views.FieldError{Field: field, Message: strings.ToUpper(words[:1]) + words[1:]})
		}
	}
	if len(form.Errors) > 0 {
		return s.possiblePage(c, u, http.StatusUnprocessableEntity, p, form)
	}
	if err != nil {
		return err
	}
	e.Patient, e.Words = p.Patient, found.Outcome.Words()
	e.Partners = []audit.Partner{{Code: p.Partner, Name: p.PartnerName}}
	if err := s.Possible.HandlePossible(ctx, found, e); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/objections/possible/"+p.ID.String())
}
