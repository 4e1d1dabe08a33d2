package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/views"
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
	form := eventForm(c)
	if _, ok := s.eventQuery(&form); !ok {
		return s.render(c, http.StatusUnprocessableEntity, views.Events(views.EventsPage{Frame: s.frame(c), Form: form, Reach: s.reachWords(u)}))
	}
	ref, err := s.Kept.KeepSearch(c.Request().Context(), u.Issuer, u.Subject, eventSearch, form)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/events/"+ref)
}

// showEvents answers GET /privacy/events and GET /privacy/events/:ref: the
// trail, newest first, as far as the officer reaches. That it was read is on
// the trail before the page is sent.
func (s *Server) showEvents(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	var form views.EventForm
	if ref := c.Param("ref"); ref != "" {
		if err := s.Kept.Search(ctx, u.Issuer, u.Subject, eventSearch, ref, &form); err != nil {
			return err
		}
	}
	if _, kept := c.Get(keptQuery).(bool); kept {
		form = eventForm(c)
	}
	q, ok := s.eventQuery(&form)
	if !ok {
		return errNotFound
	}
	q.Limit, q.Before = eventsPerPage+1, cursor(c.QueryParam("before"))
	events, err := s.Desk.Events(ctx, s.reach(u), q)
	if err != nil {
		return err
	}
	lateness, err := s.Desk.Lateness(ctx)
	if err != nil {
		return err
	}
	page := views.EventsPage{Frame: s.frame(c), Form: form, Events: events, Reach: s.reachWords(u)}
	_, page.ProofLate = lateness.Late()
	if len(events) > eventsPerPage {
		page.Events = events[:eventsPerPage]
		last := page.Events[eventsPerPage-1]
		page.Next = c.Request().URL.Path + "?before=" + fmt.Sprintf("%d-%s", last.At.UnixMicro(), last.ID)
	}
	made, err := made(c, views.Events(page))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.TrailRead, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Matches = q.Patient, "privacy-events", len(page.Events)
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, made)
}

// reach is how far an officer reads: the programme's own officers read all.
func (s *Server) reach(u auth.User) audit.Reach {
	return audit.Reach{Organisation: u.Organisation, Programme: u.Organisation == s.Site.Code}
}

func (s *Server) reachWords(u auth.User) string {
	if s.reach(u).Programme {
		return "the whole programme"
	}
	return "staff of " + u.OrganisationName
}

func eventForm(c echo.Context) views.EventForm {
	value := func(name string) string { return formValue(c, name) }
	return views.EventForm{
		Patient: value("nhs_number"), Staff: value("staff"), Kind: value("kind"),
		FromDay: value("from-day"), FromMonth: value("from-month"), FromYear: value("from-year"),
		ToDay: value("to-day"), ToMonth: value("to-month"), ToYear: value("to-year"),
	}
}

// eventQuery is what the form asks for. What is wrong with it, it notes in the
// form.
func (s *Server) eventQuery(f *views.EventForm) (audit.Query, bool) {
	f.Errors = nil
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	q := audit.Query{Staff: f.Staff, Kind: audit.Kind(f.Kind)}
	var err error
	if f.Patient != "" {
		if q.Patient, err = nhs.ParseNumber(f.Patient); err != nil {
			fault("nhs_number", err.Error())
		}
	}
	if _, ok := audit.Kinds[q.Kind]; f.Kind != "" && !ok {
		fault("kind", "Select a kind of event from the list")
	}
	if len(f.Staff) > longest {
		fault("staff", "Enter at most "+strconv.Itoa(longest)+" characters")
	}
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
	return q, len(f.Errors) == 0
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
