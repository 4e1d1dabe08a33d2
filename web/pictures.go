package web

import (
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// picturedDays are those of the pictures, today included.
const picturedDays = 28

// showPictures answers GET /privacy/pictures: the last four weeks, counted, as
// far as the officer reaches. That they were read is on the trail.
func (s *Server) showPictures(c echo.Context, u auth.User) error {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return err
	}
	now := s.Now().In(london)
	until := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, london)
	p, err := s.Desk.Pictures(c.Request().Context(), s.reach(u), until.AddDate(0, 0, -picturedDays), until)
	if err != nil {
		return err
	}
	return s.sendRead(c, u, views.Pictures(views.PicturesPage{Frame: s.frame(c), Pictures: p, Names: s.Site.Names, Reach: s.reachWords(u)}), func(e *audit.Event) {
		e.Page = "privacy-pictures"
	})
}
