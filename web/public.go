package web

import (
	"net/http"

	"example.org/icr/care/access"
	"example.org/icr/views"
	"github.com/a-h/templ"
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
		Frame: s.publicFrame(c), Table: table, MinimumAge: policy.Programme.MinimumAge,
	}))
}

// told answers with a page for residents, which is the same for everybody.
func (s *Server) told(page func(views.ResidentPage) templ.Component) echo.HandlerFunc {
	return func(c echo.Context) error { return s.render(c, http.StatusOK, page(s.residentPage(c))) }
}

func (s *Server) residentPage(c echo.Context) views.ResidentPage {
	return views.ResidentPage{
		Frame: s.publicFrame(c), Notice: s.Site.Notice, MinimumAge: s.Viewing.Access.Programme.MinimumAge,
		Suppliers: s.Site.Supply, Viewers: s.Site.View,
	}
}

// publicFrame is what stands around a page for residents. Nobody is signed in
// there, whoever looks at it.
func (s *Server) publicFrame(c echo.Context) views.Frame {
	f := s.frame(c)
	f.Public = true
	return f
}
