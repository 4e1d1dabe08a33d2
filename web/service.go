package web

import (
	"net/http"

	"example.org/icr/auth"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// showService answers GET /service: how partners answer. It shows no patient,
// and is not on the trail.
func (s *Server) showService(c echo.Context, _ auth.User) error {
	return s.render(c, http.StatusOK, views.Service(views.ServicePage{Frame: s.frame(c), Partners: s.Partners()}))
}
