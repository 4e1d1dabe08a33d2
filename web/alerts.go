package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

// Cases keeps alerts and what is done about them. *store.Desk does.
type Cases interface {
	Alerts(ctx context.Context, reach audit.Reach, q casework.Query) ([]casework.Alert, error)
	Watching(ctx context.Context) (casework.Progress, error)
	Case(ctx context.Context, reach audit.Reach, id uuid.UUID) (casework.Case, error)
	HandleCase(ctx context.Context, reach audit.Reach, id uuid.UUID, s casework.Step, q *casework.Question) error
	Manager(ctx context.Context, a audit.Actor) (string, error)
	Question(ctx context.Context, u auth.User, ref string) (casework.Question, error)
	Questions(ctx context.Context, u auth.User) ([]casework.Question, error)
	Answer(ctx context.Context, u auth.User, ref, words, reference string, at time.Time) error
}

// Monitoring is what pages must know of how the rules are set.
type Monitoring struct {
	OrdinaryClaims []nhs.ODSCode // where claims are reviewed by outlier and sample
	Off            []casework.Name
}

// The lists of alerts.
const (
	alertsPath = "/privacy/alerts"
	casesPath  = "/privacy/cases"
)

// showAlerts answers GET /privacy/alerts: what nobody has looked at yet.
func (s *Server) showAlerts(c echo.Context, u auth.User) error {
	return s.listAlerts(c, u, alertsPath, []casework.State{casework.New})
}

// showCases answers GET /privacy/cases: what somebody has taken and not closed.
func (s *Server) showCases(c echo.Context, u auth.User) error {
	return s.listAlerts(c, u, casesPath, casework.Open)
}

// listAlerts answers with a list, as far as the officer reaches. That it was
// read is on the trail before the page is sent.
func (s *Server) listAlerts(c echo.Context, u auth.User, path string, states []casework.State) error {
	ctx := c.Request().Context()
	q, form := s.alertQuery(c, states)
	alerts, err := s.Desk.Alerts(ctx, s.reach(u), q)
	if err != nil {
		return err
	}
	watching, err := s.Desk.Watching(ctx)
	if err != nil {
		return err
	}
	page := views.AlertsPage{
		Frame: s.frame(c), Alerts: alerts, Reach: s.reachWords(u), Form: form, Path: path, Watching: watching,
		Ordinary: s.named(s.Monitoring.OrdinaryClaims),
	}
	if len(alerts) > eventsPerPage {
		page.Alerts = alerts[:eventsPerPage]
		page.Next = path + "?" + nextAlerts(form, q, page.Alerts[eventsPerPage-1]).Encode()
	}
	made, err := made(c, views.Alerts(page))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.TrailRead, u, func(e *audit.Event) { e.Page, e.Matches = page.Name(), len(page.Alerts) })
	if err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, made)
}

// alertQuery is what the filter asks for. What it does not know, it leaves out.
func (s *Server) alertQuery(c echo.Context, states []casework.State) (casework.Query, views.AlertForm) {
	form := views.AlertForm{Rule: c.QueryParam("rule"), Severity: c.QueryParam("severity"), State: c.QueryParam("state"), Order: c.QueryParam("order"), All: c.QueryParam("all")}
	q := casework.Query{
		Rule: casework.Name(form.Rule), States: states, Aside: s.Monitoring.OrdinaryClaims, Off: s.Monitoring.Off,
		All: form.All != "", Gravest: form.Order != "newest", Before: cursor(c.QueryParam("before")), Limit: eventsPerPage + 1,
	}
	q.Severity, _ = casework.ParseSeverity(form.Severity) // or any
	q.Skip, _ = strconv.Atoi(c.QueryParam("skip"))
	q.Skip = min(max(q.Skip, 0), 10_000)
	if form.State == "any" {
		q.States = nil
	} else if casework.State(form.State).Known() {
		q.States = []casework.State{casework.State(form.State)}
	} else {
		form.State = ""
	}
	return q, form
}

// nextAlerts is the query of the next page.
func nextAlerts(f views.AlertForm, q casework.Query, last casework.Alert) url.Values {
	v := url.Values{"rule": {f.Rule}, "severity": {f.Severity}, "state": {f.State}, "order": {f.Order}, "all": {f.All}}
	if q.Gravest {
		v.Set("skip", strconv.Itoa(q.Skip+eventsPerPage))
	} else {
		v.Set("before", fmt.Sprintf("%d-%s", last.At.UnixMicro(), last.ID))
	}
	return v
}

// named are the names of organisations.
func (s *Server) named(codes []nhs.ODSCode) []string {
	var names []string
	for _, code := range codes {
		name := s.Site.Names[code]
		if name == "" {
			name = string(code)
		}
		names = append(names, name)
	}
	return names
}
