package web

import (
	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// print answers GET /record/:ref/print with all that the role may see, for
// paper. Nothing can be added to a print-out later, so it waits for every
// organisation's own deadline, and is an event of its own.
func (s *Server) print(c echo.Context, u auth.User) error {
	return s.view(c, u, viewing.Ask{Kind: audit.Printed, Page: "print", Whole: true, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := s.recordPage(c, u, shown)
		return rendered(c, views.Print(p), p.EntriesInFull())
	}})
}
