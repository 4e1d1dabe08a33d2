package web

import (
	"net/http"

	"example.org/icr/care/access"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// aboutAccess answers GET /about-access: who can see what, in words for a
// patient, made from the table that decides.
func (s *Server) aboutAccess(c echo.Context) error {
	policy, table := s.Viewing.Access, access.Shipped()
	for role, privilege := range table {
		table[role] = access.Privilege{Identity: privilege.Identity, Scope: policy.ScopeOf(role)}
	}
	return s.render(c, http.StatusOK, views.AboutAccess(views.AboutAccessPage{
		Frame: s.frame(c), Table: table, MinimumAge: policy.Programme.MinimumAge,
	}))
}
