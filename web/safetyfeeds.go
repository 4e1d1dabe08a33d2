package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// SafetyDesk is where safety officers read and act, each as far as they reach.
// *store.Desk is one.
type SafetyDesk interface {
	Items(ctx context.Context, reach audit.Reach, q safety.Query) ([]safety.Head, error)
	Item(ctx context.Context, reach audit.Reach, id uuid.UUID) (safety.Item, error)
	Handle(ctx context.Context, reach audit.Reach, item uuid.UUID, s safety.Step) error
	FeedHistory(ctx context.Context, reach audit.Reach) (safety.History, error)
	Switch(ctx context.Context, reach audit.Reach, s safety.Switch) error
	OpenTo(ctx context.Context, reach audit.Reach, o safety.Opening) error
}

// showFeeds answers GET /safety/feeds. No patient is on the page.
func (s *Server) showFeeds(c echo.Context, u auth.User) error {
	return s.feedsPage(c, u, http.StatusOK, views.FeedForm{})
}

func (s *Server) feedsPage(c echo.Context, u auth.User, status int, form views.FeedForm) error {
	history, err := s.Safety.FeedHistory(c.Request().Context(), s.reach(u))
	if err != nil {
		return err
	}
	return s.render(c, status, views.SafetyFeeds(views.FeedsPage{
		Frame: s.frame(c), Suppliers: s.reached(u), History: history, Reach: s.deskReach(u), Form: form,
	}))
}

// reached are the suppliers whose feeds u may switch.
func (s *Server) reached(u auth.User) safety.Suppliers {
	return s.Suppliers.Reached(u.Organisation, s.reach(u).Programme)
}

func (s *Server) deskReach(u auth.User) string {
	if s.reach(u).Programme {
		return "the whole programme"
	}
	return u.OrganisationName
}

// switchFeed answers POST /safety/feeds: the feed is off, or on again, on every
// replica once the answer is there. It stands on the trail before.
func (s *Server) switchFeed(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	form := views.FeedForm{Partner: formValue(c, "partner"), Provider: formValue(c, "provider"), Section: formValue(c, "section"), Reason: formValue(c, "reason")}
	off := formValue(c, "off") != "no"
	supplier, ok := s.checkFeed(u, &form, "off-")
	if ok {
		supplier, ok = s.checkProvider(u, &form, supplier)
	}
	if form.Section != "" && !record.Section(form.Section).Known() {
		form.Errors = append(form.Errors, views.FieldError{Field: "off-section", Message: "Select a section from the list"})
	}
	if !ok || len(form.Errors) > 0 {
		if !off { // its form has one field, which is not that of switching off
			form = views.FeedForm{Errors: []views.FieldError{{Message: "Enter a reason of at most " + strconv.Itoa(longestWords) + " characters to switch a feed on again"}}}
		}
		return s.feedsPage(c, u, http.StatusUnprocessableEntity, form)
	}
	sw := safety.Switch{Feed: access.Feed{Partner: supplier.Code, Section: record.Section(form.Section)}, Off: off}
	words, state := "on: ", record.State("on")
	if off {
		words, state = "off: ", record.SwitchedOff
	}
	var err error
	sw.Act, err = s.act(ctx, u, audit.FeedSwitched, form.Reason, func(e *audit.Event) {
		e.Words, e.Partners = words+form.Reason, []audit.Partner{{Code: supplier.Code, Name: supplier.Name, State: state}}
		if sw.Feed.Section != "" {
			e.Sections = []record.Section{sw.Feed.Section}
		}
	})
	if err != nil {
		return err
	}
	if err := s.Safety.Switch(ctx, s.reach(u), sw); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/safety/feeds")
}

// checkFeed finds what a form of the feeds page is about. What is wrong with
// the form, it notes in the form.
func (s *Server) checkFeed(u auth.User, f *views.FeedForm, prefix string) (safety.Supplier, bool) {
	supplier, ok := s.reached(u).Find(nhs.ODSCode(f.Partner))
	if exchange, provider, behind := s.reached(u).Behind(nhs.ODSCode(f.Partner)); behind { // to be switched on again
		supplier, ok = exchange, true
		f.Provider = provider
	}
	if !ok {
		f.Errors = append(f.Errors, views.FieldError{Field: prefix + "partner", Message: "Select an organisation"})
	}
	switch {
	case f.Reason == "":
		f.Errors = append(f.Errors, views.FieldError{Field: prefix + "reason", Message: "Enter a reason"})
	case len([]rune(f.Reason)) > longestWords:
		f.Errors = append(f.Errors, views.FieldError{Field: prefix + "reason", Message: "Write at most " + strconv.Itoa(longestWords) + " characters"})
	}
	return supplier, ok
}

// longestProvider is how long an exchange's code of a provider may be.
const longestProvider = 60

// checkProvider is who behind an exchange a form is about, where it names one:
// to the programme's officers alone, since an exchange is nobody's in
// particular.
func (s *Server) checkProvider(u auth.User, f *views.FeedForm, of safety.Supplier) (safety.Supplier, bool) {
	switch {
	case f.Provider == "":
		return of, true
	case !of.Exchange:
		f.Errors = append(f.Errors, views.FieldError{Field: "off-provider", Message: "Leave this empty: " + of.Name + " answers for itself alone"})
	case !s.reach(u).Programme:
		f.Errors = append(f.Errors, views.FieldError{Field: "off-provider", Message: "Leave this empty: only the programme’s safety officers switch one organisation behind an exchange"})
	case len([]rune(f.Provider)) > longestProvider:
		f.Errors = append(f.Errors, views.FieldError{Field: "off-provider", Message: "Enter the code that the exchange gives the organisation, of at most " + strconv.Itoa(longestProvider) + " characters"})
	default:
		of.Code, of.Name = access.Behind(of.Code, nhs.ODSCode(f.Provider)), views.BehindExchange(of.Name, f.Provider)
		return of, true
	}
	return of, false
}

// act puts on the trail what u is about to do at the safety desk.
func (s *Server) act(ctx context.Context, u auth.User, kind audit.Kind, reason string, fill func(*audit.Event)) (safety.Act, error) {
	var act safety.Act
	err := s.Trail.Record(ctx, kind, u, func(e *audit.Event) {
		fill(e)
		act = safety.Act{By: e.Actor, At: e.At, Reason: reason, Reference: e.Reference}
	})
	return act, err
}

// mostTesters is how many testers a feed may be open to by name.
const mostTesters = 100

// openFeed answers POST /safety/feeds/opening.
func (s *Server) openFeed(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	form := views.FeedForm{
		Opening: true, Partner: formValue(c, "partner"), OpenTo: formValue(c, "open_to"),
		Testers: formValue(c, "testers"), Reason: formValue(c, "reason"),
	}
	supplier, ok := s.checkFeed(u, &form, "open-")
	opening := safety.Opening{Partner: supplier.Code, Opening: access.Opening{Everyone: form.OpenTo == "everyone", Testers: testers(form.Testers)}}
	switch {
	case ok && supplier.Code == access.AllPractices:
		form.Errors = append(form.Errors, views.FieldError{Field: "open-partner", Message: "Select one organisation"})
	case opening.Everyone:
		opening.Testers = []string{}
	case len(opening.Testers) == 0:
		form.Errors = append(form.Errors, views.FieldError{Field: "open-testers", Message: "Name at least one tester"})
	case len(opening.Testers) > mostTesters || slices.ContainsFunc(opening.Testers, func(t string) bool { return len(t) > longestWords }):
		form.Errors = append(form.Errors, views.FieldError{Field: "open-testers", Message: "Name at most " + strconv.Itoa(mostTesters) + " testers, one on a line"})
	}
	if !ok || len(form.Errors) > 0 {
		return s.feedsPage(c, u, http.StatusUnprocessableEntity, form)
	}
	words := "to everyone: "
	if !opening.Everyone {
		words = "to testers only (" + strings.Join(opening.Testers, "; ") + "): "
	}
	var err error
	opening.Act, err = s.act(ctx, u, audit.FeedOpened, form.Reason, func(e *audit.Event) {
		e.Words, e.Partners = words+form.Reason, []audit.Partner{{Code: supplier.Code, Name: supplier.Name, State: "open"}}
	})
	if err != nil {
		return err
	}
	if err := s.Safety.OpenTo(ctx, s.reach(u), opening); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/safety/feeds")
}

// testers are the lines of a form, each with single spaces.
func testers(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if t := strings.Join(strings.Fields(line), " "); t != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}
