package web

import (
	"net/http"
	"strconv"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// showAlerts answers GET /privacy/alerts, as far as the officer reaches. That
// they were read is on the trail before the page is sent.
func (s *Server) showAlerts(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	before := time.Time{}
	if micros, err := strconv.ParseInt(c.QueryParam("before"), 10, 64); err == nil {
		before = time.UnixMicro(micros)
	}
	alerts, err := s.Desk.Alerts(ctx, s.reach(u), before, eventsPerPage+1)
	if err != nil {
		return err
	}
	page := views.AlertsPage{Frame: s.frame(c), Alerts: alerts, Reach: s.reachWords(u)}
	if len(alerts) > eventsPerPage {
		page.Alerts = alerts[:eventsPerPage]
		page.Next = "/privacy/alerts?before=" + strconv.FormatInt(page.Alerts[eventsPerPage-1].At.UnixMicro(), 10)
	}
	made, err := made(c, views.Alerts(page))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.TrailRead, u, func(e *audit.Event) { e.Page, e.Matches = "privacy-alerts", len(page.Alerts) })
	if err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, made)
}
