package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// objectionCase is the case that the address names.
func (s *Server) objectionCase(c echo.Context) (objection.Case, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return objection.Case{}, errNotFound
	}
	return s.Forms.Case(c.Request().Context(), id)
}

// showObjection answers GET /objections/:id. That the form was read is on the
// trail before it is sent.
func (s *Server) showObjection(c echo.Context, u auth.User) error {
	k, err := s.objectionCase(c)
	if err != nil {
		return err
	}
	var act views.ObjectionAct
	if c.Get(keptQuery) != nil {
		act = objectionAct(c)
	}
	return s.objectionPage(c, u, http.StatusOK, k, act)
}

func (s *Server) objectionPage(c echo.Context, u auth.User, status int, k objection.Case, act views.ObjectionAct) error {
	ctx := c.Request().Context()
	page := views.ObjectionPage{Frame: s.frame(c), Case: k, Today: s.today(), Open: s.Rules.Open(k, s.today()), Two: s.Rules.TwoToWithdraw, Act: act}
	var err error
	if page.Ground, err = k.Ground(page.Today); err != nil {
		page.Against = err.Error()
	}
	if number := k.Patient().Number; !number.IsZero() {
		if page.Others, err = s.Forms.CasesOf(ctx, page.Today, number); err != nil {
			return err
		}
		page.Others = slices.DeleteFunc(page.Others, func(h objection.Head) bool { return h.ID == k.ID })
		if page.Hidden, err = s.restricted(ctx, k); err != nil {
			return err
		}
	}
	made, err := made(c, views.Objection(page))
	if err != nil {
		return err
	}
	if err := s.objectionRead(ctx, u, k, "objection"); err != nil {
		return err
	}
	return c.HTMLBlob(status, made)
}

// restricted reports whether whatever locates the person must not be written,
// as far as anybody knows.
func (s *Server) restricted(ctx context.Context, k objection.Case) (bool, error) {
	if t := k.Traced(); t != nil && t.Restricted {
		return true, nil
	}
	number := k.Patient().Number
	if number.IsZero() {
		return false, nil
	}
	return s.Kept.Restricted(ctx, number)
}

func objectionAct(c echo.Context) views.ObjectionAct {
	act := views.ObjectionAct{
		Kind: objection.Kind(formValue(c, "act")), Words: formValue(c, "words"), Number: formValue(c, "nhs_number"),
		Apart: formValue(c, "apart"), Competent: formValue(c, "competent"),
	}
	for _, seen := range c.Request().Form["evidence"] {
		if known := slices.ContainsFunc(objection.Proofs, func(p objection.Proof) bool { return string(p.Evidence) == seen }); known {
			act.Evidence = append(act.Evidence, seen)
		}
	}
	return act
}

// handleObjection answers POST /objections/:id: an officer does something about
// a form. What it changes is in force, and on the trail, once it is answered.
func (s *Server) handleObjection(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	k, err := s.objectionCase(c)
	if err != nil {
		return err
	}
	form := objectionAct(c)
	if after, err := strconv.Atoi(c.FormValue("after")); err != nil || after != len(k.Acts) || !slices.Contains(s.Rules.Open(k, s.today()), form.Kind) {
		return objection.ErrChanged
	}
	act := objection.Act{
		Kind: form.Kind, Words: form.Words, Apart: form.Apart == "yes", Competent: form.Competent == "yes",
		By: objection.Officer{Issuer: u.Issuer, Subject: u.Subject, StaffID: u.StaffID, Number: u.NHSNumber},
	}
	for _, seen := range form.Evidence {
		act.Evidence = append(act.Evidence, objection.Evidence(seen))
	}
	if form.Kind == objection.Judge && form.Competent == "" {
		form.Errors = append(form.Errors, views.FieldError{Field: "competent", Message: "Select yes or no"})
	}
	var held []objection.Objection
	if form.Kind == objection.Trace {
		if act.Traced, err = s.trace(ctx, u, k, &form); err != nil {
			return err
		}
	} else if k.Known() {
		if held, err = s.Forms.ObjectionsOf(ctx, k.Patient().Number); err != nil {
			return err
		}
	}
	if len(form.Errors) == 0 {
		act, err = s.Rules.Take(k, act, s.Now(), held...)
		form.Errors = append(form.Errors, actFaults(err)...)
	}
	if len(form.Errors) > 0 {
		return s.objectionPage(c, u, http.StatusUnprocessableEntity, k, form)
	}
	kind := audit.FormHandled
	if act.Changes(k) {
		kind = audit.ObjectionChanged
	}
	if err := s.Forms.Act(ctx, k, act, audit.NewEvent(kind, u, s.Now())); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/objections/"+k.ID.String())
}

// actFields are the fields to which the reasons why an act cannot be taken
// lead.
var actFields = []struct {
	err   error
	field string
}{
	{objection.ErrApart, "apart"},
	{objection.ErrTheirOwn, ""},
	{objection.ErrTwoPeople, ""},
	{objection.ErrWords, "words"},
	{objection.ErrLong, "words"},
	{objection.ErrEvidence, "evidence"},
	{objection.ErrCompetence, ""},
	{objection.ErrUntraced, ""},
	{objection.ErrOwnWish, ""},
	{objection.ErrNothing, ""},
	{objection.ErrParentNeeded, ""},
	{objection.ErrOfAge, ""},
	{objection.ErrNoDeputy, ""},
	{objection.ErrNotBorn, ""},
	{objection.ErrAct, ""},
}

// actFaults are the reasons in err, for the form.
func actFaults(err error) (all []views.FieldError) {
	for _, f := range actFields {
		if errors.Is(err, f.err) {
			words := f.err.Error()
			if f.err == objection.ErrEvidence {
				words = err.Error()
			}
			all = append(all, views.FieldError{Field: f.field, Message: strings.ToUpper(words[:1]) + words[1:]})
		}
	}
	if err != nil && all == nil {
		all = []views.FieldError{{Message: "This cannot be done now"}}
	}
	return all
}

// trace asks the demographics service who a form is about, once that is on the
// trail: by the NHS number typed, or by what the form says. Why there is nobody
// it notes in the form.
func (s *Server) trace(ctx context.Context, u auth.User, k objection.Case, form *views.ObjectionAct) (*objection.Traced, error) {
	fault := func(message string) {
		form.Errors = append(form.Errors, views.FieldError{Field: "nhs_number", Message: message})
	}
	var person record.Person
	number, err := nhs.ParseNumber(form.Number)
	switch {
	case form.Number == "":
		person, err = s.traceByName(ctx, u, k.Form)
	case err != nil:
		fault(err.Error())
		return nil, nil
	default:
		person, err = s.Viewing.Identify(ctx, u, number)
	}
	switch {
	case err == nil && person.Unanswered, errors.Is(err, pds.ErrUnavailable), errors.Is(err, viewing.ErrDemographics):
		fault("The demographics service does not answer. Try again later: nothing can be confirmed without it")
		return nil, nil
	case errors.Is(err, pds.ErrInvalidated):
		fault("The demographics service has withdrawn this number. Leave it empty to look by name")
		return nil, nil
	case errors.Is(err, pds.ErrNotFound):
		fault("The demographics service knows nobody like this. Check the form, or enter the NHS number")
		return nil, nil
	case errors.Is(err, pds.ErrTooMany):
		fault("Several people match. Enter the NHS number")
		return nil, nil
	case err != nil:
		return nil, err
	}
	return tracedOf(*k.Form, person), nil
}

func (s *Server) traceByName(ctx context.Context, u auth.User, f *objection.Form) (record.Person, error) {
	leave, err := s.Trail.Search(ctx, u)
	if err != nil {
		return record.Person{}, err
	}
	people, err := s.People.Search(ctx, leave, pds.Criteria{
		Family: f.Patient.Family, Given: f.Patient.Given, Postcode: f.Postcode, Born: record.ParseDate(f.Patient.Born.String()),
	})
	switch {
	case err != nil:
		return record.Person{}, err
	case len(people) == 0:
		return record.Person{}, pds.ErrNotFound
	case len(people) > 1:
		return record.Person{}, pds.ErrTooMany
	}
	if err := s.Viewing.Remember(ctx, people...); err != nil {
		return record.Person{}, err
	}
	return s.Kept.Person(ctx, people[0].Number) // with all former numbers that were ever learnt
}

func tracedOf(f objection.Form, p record.Person) *objection.Traced {
	born, _ := objection.ParseDay(p.Born.ISO()) // less than a day is none, and gives no right
	t := objection.Traced{
		Patient: objection.Patient{Given: strings.Join(p.Given, " "), Family: p.Family, Born: born, Number: p.Number},
		Former:  p.Superseded, Restricted: p.Restricted, Died: !p.Died.IsZero(),
	}
	t.Differs = objection.Differences(f, t, p.Postcode)
	return &t
}

// showObjectionLetter answers GET /objections/:id/letters/:letter.
func (s *Server) showObjectionLetter(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	k, err := s.objectionCase(c)
	if err != nil {
		return err
	}
	letter := objection.Reply(c.Param("letter"))
	if !letter.Of(k) {
		return errNotFound
	}
	p := views.ObjectionLetterPage{Frame: s.frame(c), Letter: letter, Case: k, Notice: s.Site.Notice, Today: s.today(), Unsure: !k.Known()}
	if p.Hidden, err = s.restricted(ctx, k); err != nil {
		return err
	}
	if letter == objection.ReplyError {
		held, err := s.Forms.ObjectionsOf(ctx, k.Patient().Number)
		if err != nil {
			return err
		}
		p.Still = slices.ContainsFunc(held, func(o objection.Objection) bool { return o.State.InForce() })
	}
	switch {
	case letter == objection.ReplyCompetence:
		p.Address = lines(k.Last(objection.Refer).Words)
		if p.Hidden && len(p.Address) > 0 {
			p.Address = p.Address[:1] // a school tells where somebody is
		}
	case k.Form != nil && !p.Hidden && !p.Unsure:
		p.Address = slices.Concat(k.Form.Address, lines(k.Form.Postcode))
	}
	made, err := made(c, views.ObjectionLetter(p))
	if err != nil {
		return err
	}
	if err := s.objectionRead(ctx, u, k, "objection-letter-"+string(letter)); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, made)
}
