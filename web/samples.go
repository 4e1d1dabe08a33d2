package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	casework "example.org/icr/care/privacy"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Reviews keeps samples and the watch list. *store.Desk does.
type Reviews interface {
	SampleWeeks(ctx context.Context, reach audit.Reach) ([]casework.SampleWeek, error)
	Samples(ctx context.Context, reach audit.Reach, monday time.Time) ([]casework.Sample, error)
	SampleItem(ctx context.Context, reach audit.Reach, sample int64, n int) (casework.SampleItem, error)
	Review(ctx context.Context, reach audit.Reach, sample int64, i casework.SampleItem, reference string) (uuid.UUID, error)
	Watches(ctx context.Context, reach audit.Reach) ([]casework.Watch, error)
	Watch(ctx context.Context, reach audit.Reach, w casework.Watch, by audit.Actor, reference string) error
	Unwatch(ctx context.Context, reach audit.Reach, id int64, at time.Time, by audit.Actor, reference string) error
}

// read sends a page of the desk once that it was read is on the trail.
func (s *Server) read(c echo.Context, u auth.User, status int, page []byte, fill func(*audit.Event)) error {
	if err := s.Trail.Record(c.Request().Context(), audit.TrailRead, u, fill); err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// showSamples answers GET /privacy/sample: the samples of the week that the
// query names by its Monday, or else of the latest.
func (s *Server) showSamples(c echo.Context, u auth.User) error {
	weeks, err := s.Desk.SampleWeeks(c.Request().Context(), s.reach(u))
	if err != nil {
		return err
	}
	p := views.SamplesPage{Frame: s.frame(c), Weeks: weeks, Names: s.Site.Names, Reach: s.reachWords(u)}
	if asked := c.QueryParam("week"); asked != "" {
		if p.Week, err = time.Parse(time.DateOnly, asked); err != nil {
			return errNotFound
		}
	} else if len(weeks) > 0 {
		p.Week = weeks[0].Monday
	}
	if p.Samples, err = s.Desk.Samples(c.Request().Context(), s.reach(u), p.Week); err != nil {
		return err
	}
	n := 0
	for _, one := range p.Samples {
		n += len(one.Items)
	}
	page, err := made(c, views.Samples(p))
	if err != nil {
		return err
	}
	return s.read(c, u, http.StatusOK, page, func(e *audit.Event) { e.Page, e.Matches = "privacy-samples", n })
}

// sampleItem is the access of a sample that the address names.
func (s *Server) sampleItem(c echo.Context, u auth.User) (p views.SampleItemPage, err error) {
	var errSample, errN error
	p.Frame = s.frame(c)
	p.Sample, errSample = strconv.ParseInt(c.Param("id"), 10, 64)
	n, errN := strconv.Atoi(c.Param("n"))
	if errors.Join(errSample, errN) != nil {
		return p, errNotFound
	}
	p.Item, err = s.Desk.SampleItem(c.Request().Context(), s.reach(u), p.Sample, n)
	p.Own = casework.Same(p.Item.Event.Actor, u)
	return p, err
}

// showSampleItem answers GET /privacy/sample/:id/:n.
func (s *Server) showSampleItem(c echo.Context, u auth.User) error {
	p, err := s.sampleItem(c, u)
	if err != nil {
		return err
	}
	p.Words = formValue(c, "words")
	return s.sampleItemPage(c, u, http.StatusOK, p)
}

func (s *Server) sampleItemPage(c echo.Context, u auth.User, status int, p views.SampleItemPage) error {
	page, err := made(c, views.SampleItem(p))
	if err != nil {
		return err
	}
	return s.read(c, u, status, page, func(e *audit.Event) {
		e.Patient, e.Page, e.Words = p.Item.Event.Patient, "privacy-sample", "sampled access "+p.Item.Event.Reference
	})
}

// reviewSampleItem answers POST /privacy/sample/:id/:n: what the officer finds
// is on the trail, and then with the sample.
func (s *Server) reviewSampleItem(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	p, err := s.sampleItem(c, u)
	if err != nil {
		return err
	}
	p.Words = formValue(c, "words")
	item := p.Item
	item.Outcome, item.Words = casework.Outcome(formValue(c, "outcome")), p.Words
	switch {
	case p.Item.Outcome != "":
		return casework.ErrChanged
	case p.Own:
		return casework.ErrOwnCase
	case casework.OutcomeWords[item.Outcome] == "":
		p.Error = "Choose what you find"
	case item.Outcome == casework.AskAbout && p.Words == "":
		p.Error = "Say what you want to ask about"
	case len([]rune(p.Words)) > longestNote:
		p.Error = "Write at most " + strconv.Itoa(longestNote) + " characters"
	}
	if p.Error != "" {
		return s.sampleItemPage(c, u, http.StatusUnprocessableEntity, p)
	}
	act, err := s.act(ctx, u, audit.SampleReviewed, p.Words, func(e *audit.Event) {
		e.Patient, e.Words = item.Event.Patient, casework.OutcomeWords[item.Outcome]+": sampled access "+item.Event.Reference
	})
	if err != nil {
		return err
	}
	item.At, item.By = act.At, audit.ActorOf(u)
	alert, err := s.Desk.Review(ctx, s.reach(u), p.Sample, item, act.Reference)
	if err != nil {
		return err
	}
	if alert != uuid.Nil {
		return c.Redirect(http.StatusSeeOther, casesPath+"/"+alert.String())
	}
	monday, _ := casework.WeekOf(item.Event.At)
	return c.Redirect(http.StatusSeeOther, "/privacy/sample?week="+monday.Format(time.DateOnly))
}

// showWatches answers GET /privacy/watch: the watch list.
func (s *Server) showWatches(c echo.Context, u auth.User) error {
	return s.watchPage(c, u, http.StatusOK, watchForm(c))
}

func (s *Server) watchPage(c echo.Context, u auth.User, status int, form views.WatchForm) error {
	list, err := s.Desk.Watches(c.Request().Context(), s.reach(u))
	if err != nil {
		return err
	}
	page, err := made(c, views.Watches(views.WatchesPage{Frame: s.frame(c), List: list, Form: form, Names: s.Site.Names, Reach: s.reachWords(u)}))
	if err != nil {
		return err
	}
	return s.read(c, u, status, page, func(e *audit.Event) { e.Page, e.Matches = "privacy-watch", len(list) })
}

func watchForm(c echo.Context) views.WatchForm {
	value := func(name string) string { return formValue(c, name) }
	return views.WatchForm{
		Number: value("nhs_number"), Kind: value("kind"), Reason: value("reason"),
		Day: value("until-day"), Month: value("until-month"), Year: value("until-year"),
	}
}

// watchPatient answers POST /privacy/watch: a patient is put on the list, for
// the officer's own organisation or, by the programme's officer, for all.
func (s *Server) watchPatient(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	form := watchForm(c)
	w, ok := s.checkWatch(&form)
	if !ok {
		return s.watchPage(c, u, http.StatusUnprocessableEntity, form)
	}
	if reach := s.reach(u); !reach.Programme {
		w.Organisation = reach.Organisation
	}
	act, err := s.act(ctx, u, audit.WatchChanged, w.Reason, func(e *audit.Event) {
		e.Patient, e.Words = w.Patient, "put on the watch list: "+w.Kind.Words()+": "+w.Reason
	})
	if err != nil {
		return err
	}
	w.Since = act.At
	if err := s.Desk.Watch(ctx, s.reach(u), w, act.By, act.Reference); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/watch")
}

// longestWatch is how long an entry may count: who is watched for longer is
// thought about again.
const longestWatch = 366 * 24 * time.Hour

func (s *Server) checkWatch(f *views.WatchForm) (casework.Watch, bool) {
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	w := casework.Watch{Kind: casework.WatchKind(f.Kind), Reason: f.Reason}
	var err error
	if w.Patient, err = nhs.ParseNumber(f.Number); err != nil {
		fault("nhs_number", err.Error())
	}
	if w.Kind.Words() == "" {
		fault("kind", "Select why the patient is watched")
	}
	if w.Reason == "" || len([]rune(w.Reason)) > longestWords {
		fault("reason", "Give a reason of at most "+strconv.Itoa(longestWords)+" characters")
	}
	until, message := day(f.Day, f.Month, f.Year, s.Now())
	w.Until = until.AddDate(0, 0, 1) // the whole day
	switch {
	case message != "":
		fault("until", message)
	case until.IsZero():
		fault("until", "Enter the last day")
	case !w.Until.After(s.Now()) || w.Until.After(s.Now().Add(longestWatch)):
		fault("until", "The last day must be within a year from today")
	}
	return w, len(f.Errors) == 0
}

// unwatchPatient answers POST /privacy/watch/:id: an entry ends.
func (s *Server) unwatchPatient(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return errNotFound
	}
	list, err := s.Desk.Watches(ctx, s.reach(u))
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.ID != id || !s.Now().Before(w.Until) {
			continue
		}
		act, err := s.act(ctx, u, audit.WatchChanged, "", func(e *audit.Event) { e.Patient, e.Words = w.Patient, "taken off the watch list" })
		if err != nil {
			return err
		}
		if err := s.Desk.Unwatch(ctx, s.reach(u), id, act.At, act.By, act.Reference); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/privacy/watch")
	}
	return errNotFound
}
