package web

import (
	"slices"
	"strconv"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// showTimeline answers GET /record/:ref/timeline. The partners are asked only
// for what happens at a time, and of that only for what the role sees.
func (s *Server) showTimeline(c echo.Context, u auth.User) error {
	scope := s.Viewing.Access.ScopeOf(u.Role)
	sections := slices.DeleteFunc(slices.Clone(views.TimelineSections), func(section record.Section) bool { return scope[section] == record.Nothing })
	if len(sections) == 0 {
		return s.refuseRole(c, u)
	}
	return s.view(c, u, viewing.Ask{Page: "timeline", Only: sections, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := views.TimelinePage{RecordPage: s.recordPage(c, u, shown), Year: year(c.QueryParam("year"))}
		p.All, p.Undated = c.QueryParam("year") == "all", c.QueryParam("year") == "undated"
		if month, err := strconv.Atoi(c.QueryParam("month")); err == nil && p.Year != 0 && month >= 1 && month <= 12 {
			p.Month = time.Month(month)
		}
		p.Scope = scope // the way to the other sections
		if number, err := strconv.Atoi(c.QueryParam("page")); err == nil && number > 1 {
			p.From = (number - 1) * views.EventsPerList
		}
		return rendered(c, views.Timeline(p), p.Entries())
	}})
}

// year reads a year of four digits. What is none is 0.
func year(s string) int {
	y, err := strconv.Atoi(s)
	if err != nil || y < 1000 || y > 9999 {
		return 0
	}
	return y
}
