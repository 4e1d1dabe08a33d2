package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

const (
	eventSearch   = "events"
	eventsPerPage = 50
)

// filterEvents answers POST /privacy/events: it leaves the filter under a ref,
// because a filter may hold an NHS number and a URL may not.
func (s *Server) filterEvents(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	form := s.eventForm(c, u)
	if _, ok := s.eventQuery(&form); !ok {
		return s.wrongFilter(c, u, form)
	}
	if form.SaveAs != "" {
		if err := s.keepFilter(c, u, form); err != nil {
			return err
		}
	}
	ref, err := s.Kept.KeepSearch(ctx, u.Issuer, u.Subject, eventSearch, form)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/events/"+ref)
}

func (s *Server) wrongFilter(c echo.Context, u auth.User, form views.EventForm) error {
	return s.render(c, http.StatusUnprocessableEntity, views.Events(views.EventsPage{Frame: s.frame(c), Form: form, Reach: s.reachWords(u)}))
}

// showEvents answers GET /privacy/events and GET /privacy/events/:ref, which
// names a filter or one event.
func (s *Server) showEvents(c echo.Context, u auth.User) error {
	if at := cursor(c.Param("ref")); !at.IsZero() {
		return s.showEvent(c, u, at)
	}
	var form views.EventForm
	if ref := c.Param("ref"); ref != "" {
		if err := s.Kept.Search(c.Request().Context(), u.Issuer, u.Subject, eventSearch, ref, &form); err != nil {
			return err
		}
	}
	if _, kept := c.Get(keptQuery).(bool); kept {
		form = s.eventForm(c, u)
	}
	form.Organisations = s.organisations(u)
	q, ok := s.eventQuery(&form)
	if !ok {
		return s.wrongFilter(c, u, form)
	}
	return s.listEvents(c, u, form, q)
}

// listEvents is a page of the trail, newest first, as far as the officer
// reaches. That it was read is on the trail before the page is sent.
func (s *Server) listEvents(c echo.Context, u auth.User, form views.EventForm, q audit.Query) error {
	ctx := c.Request().Context()
	q.Looks, q.Limit, q.Before = true, eventsPerPage+1, cursor(c.QueryParam("before"))
	if err := s.formerNumbers(ctx, &q); err != nil {
		return err
	}
	page := views.EventsPage{Frame: s.frame(c), Form: form, Reach: s.reachWords(u)}
	var err error
	page.Events, err = s.Desk.Events(ctx, s.reach(u), q)
	if errors.Is(err, audit.ErrManyStaff) {
		form.Errors = append(form.Errors, views.FieldError{Field: "staff", Message: "More than " + strconv.Itoa(audit.MostStaff) + " members of staff are called so: enter more of the name, or the staff id"})
		return s.wrongFilter(c, u, form)
	}
	if err != nil {
		return err
	}
	if len(page.Events) > eventsPerPage {
		page.Events = page.Events[:eventsPerPage]
		last := page.Events[eventsPerPage-1]
		page.Next = c.Request().URL.Path + "?before=" + fmt.Sprintf("%d-%s", last.At.UnixMicro(), last.ID)
	}
	if page.Within, err = s.within(ctx, u, q, page.Events); err != nil {
		return err
	}
	lateness, err := s.Desk.Lateness(ctx)
	if err != nil {
		return err
	}
	_, page.ProofLate = lateness.Late()
	if page.Saved, err = s.savedSearches(ctx, u); err != nil {
		return err
	}
	return s.sendRead(c, u, views.Events(page), func(e *audit.Event) {
		e.Patient, e.Page, e.Matches, e.Words = q.Patient, "privacy-events", len(page.Events), form.WithoutPatient()
	})
}

// sendRead sends a page of the trail, once it is on the trail that it was read.
func (s *Server) sendRead(c echo.Context, u auth.User, p templ.Component, fill func(*audit.Event)) error {
	page, err := made(c, p)
	if err != nil {
		return err
	}
	if err := s.Trail.Record(c.Request().Context(), audit.TrailRead, u, fill); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, page)
}

// formerNumbers adds the numbers that a patient had before, as far as they are
// known: accesses stand under the number of their day.
func (s *Server) formerNumbers(ctx context.Context, q *audit.Query) (err error) {
	if !q.Patient.IsZero() {
		q.Former, err = s.Kept.OtherNumbers(ctx, q.Patient)
	}
	return err
}

// within are the events of the looks of a page, by look.
func (s *Server) within(ctx context.Context, u auth.User, q audit.Query, page []audit.Event) (map[string][]audit.Event, error) {
	if len(page) == 0 {
		return nil, nil
	}
	var looks []string
	for _, e := range page {
		if e.Look != "" {
			looks = append(looks, e.Look)
		}
	}
	events, err := s.Desk.Within(ctx, s.reach(u), q, looks, page[len(page)-1].At, page[0].At)
	if err != nil {
		return nil, err
	}
	within := map[string][]audit.Event{}
	for _, e := range events {
		within[e.Look] = append(within[e.Look], e)
	}
	return within, nil
}

// showEvent answers GET /privacy/events/:id, one event.
func (s *Server) showEvent(c echo.Context, u auth.User, at audit.Cursor) error {
	ctx := c.Request().Context()
	e, place, err := s.Desk.Event(ctx, s.reach(u), at)
	if err != nil {
		return err
	}
	if e == nil {
		return errNotFound
	}
	return s.eventPage(c, u, http.StatusOK, views.EventPage{Event: *e, Place: place})
}

func (s *Server) eventPage(c echo.Context, u auth.User, status int, p views.EventPage) error {
	ctx := c.Request().Context()
	p.Frame, p.MayAsk = s.frame(c), audit.MayAsk(u, p.Event) == nil
	if p.Event.Look != "" {
		var err error
		if p.Look, err = s.Desk.Within(ctx, s.reach(u), audit.Query{}, []string{p.Event.Look}, p.Event.At, p.Event.At); err != nil {
			return err
		}
	}
	page, err := made(c, views.Event(p))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.TrailRead, u, func(read *audit.Event) {
		read.Patient, read.Page, read.Matches, read.Words = p.Event.Patient, "privacy-event", 1, "the event with the reference "+p.Event.Reference
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// reach is how far an officer reads: the programme's own officers read all.
func (s *Server) reach(u auth.User) audit.Reach {
	programme := u.Organisation == s.Site.Code
	return audit.Reach{Organisation: u.Organisation, Programme: programme, Patients: !programme && s.Site.OwnPatients[u.Organisation]}
}

func (s *Server) reachWords(u auth.User) string {
	switch r := s.reach(u); {
	case r.Programme:
		return "the whole programme"
	case r.Patients:
		return "staff of " + u.OrganisationName + ", and whoever looked at its patients"
	}
	return "staff of " + u.OrganisationName
}

// organisations are those whose staff an officer may see, where they are
// several.
func (s *Server) organisations(u auth.User) []views.Choice {
	if r := s.reach(u); !r.Programme && !r.Patients {
		return nil
	}
	var all []views.Choice
	for code, name := range s.Site.Names {
		all = append(all, views.Choice{Value: string(code), Text: name})
	}
	slices.SortFunc(all, func(a, b views.Choice) int { return strings.Compare(a.Text, b.Text) })
	return all
}

func (s *Server) eventForm(c echo.Context, u auth.User) views.EventForm {
	value := func(name string) string { return formValue(c, name) }
	return views.EventForm{
		Patient: value("nhs_number"), Staff: value("staff"), Kind: value("kind"),
		Organisation: value("organisation"), Role: value("role"), Ground: value("ground"), Outcome: value("outcome"),
		FromDay: value("from-day"), FromMonth: value("from-month"), FromYear: value("from-year"),
		ToDay: value("to-day"), ToMonth: value("to-month"), ToYear: value("to-year"),
		SaveAs: value("save_as"), Organisations: s.organisations(u),
	}
}

// eventQuery is what the form asks for. What is wrong with it, it notes in the
// form.
func (s *Server) eventQuery(f *views.EventForm) (audit.Query, bool) {
	f.Errors = nil
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	q := audit.Query{Staff: f.Staff, Kind: audit.Kind(f.Kind), Role: auth.Role(f.Role), Ground: f.Ground, Outcome: audit.Outcome(f.Outcome)}
	var err error
	if f.Patient != "" {
		if q.Patient, err = nhs.ParseNumber(f.Patient); err != nil {
			fault("nhs_number", err.Error())
		}
	}
	if q.Organisation = nhs.ODSCode(f.Organisation); f.Organisation != "" && !slices.ContainsFunc(f.Organisations, func(c views.Choice) bool { return c.Value == f.Organisation }) {
		fault("organisation", "Select an organisation from the list")
	}
	if auth.Roles[q.Role] == "" && f.Role != "" {
		fault("role", "Select a role from the list")
	}
	if f.Ground != "" && !views.KnownGround(f.Ground) {
		fault("ground", "Select a ground from the list")
	}
	if _, ok := audit.Kinds[q.Kind]; f.Kind != "" && !ok {
		fault("kind", "Select a kind of event from the list")
	}
	if audit.Outcomes[q.Outcome] == "" && f.Outcome != "" {
		fault("outcome", "Select how it ended from the list")
	}
	for field, typed := range map[string]string{"staff": f.Staff, "save_as": f.SaveAs} {
		if len(typed) > longest {
			fault(field, "Enter at most "+strconv.Itoa(longest)+" characters")
		}
	}
	s.eventDays(f, &q, fault)
	return q, len(f.Errors) == 0
}

func (s *Server) eventDays(f *views.EventForm, q *audit.Query, fault func(field, message string)) {
	var message string
	if q.From, message = day(f.FromDay, f.FromMonth, f.FromYear, s.Now()); message != "" {
		fault("from", message)
	}
	if q.To, message = day(f.ToDay, f.ToMonth, f.ToYear, s.Now()); message != "" {
		fault("to", message)
	} else if !q.To.IsZero() {
		q.To = q.To.AddDate(0, 0, 1) // the whole day
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		fault("to", "The last day must not be before the first")
	}
}

// day reads a day in London from three fields, all of which may be empty.
func day(d, m, y string, now time.Time) (time.Time, string) {
	if d+m+y == "" {
		return time.Time{}, ""
	}
	date, message := birthDate(d, m, y, now.AddDate(1, 0, 0))
	return date.Time(), strings.NewReplacer("date of birth", "date", " of birth", "").Replace(message)
}

// cursor reads the place that a link to older events names. What is no place
// is the beginning.
func cursor(s string) audit.Cursor {
	micros, id, _ := strings.Cut(s, "-")
	at, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return audit.Cursor{}
	}
	event, err := uuid.Parse(id)
	if err != nil {
		return audit.Cursor{}
	}
	return audit.Cursor{At: time.UnixMicro(at), ID: event}
}
