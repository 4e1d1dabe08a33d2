package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// showSessions answers GET /account/sessions: where the user is signed in.
func (s *Server) showSessions(c echo.Context, u auth.User) error {
	return s.sessionsPage(c, http.StatusOK, "")
}

func (s *Server) sessionsPage(c echo.Context, status int, problem string) error {
	all, err := s.SignIn.Sessions(c.Request())
	if err != nil {
		return err
	}
	page := views.SessionsPage{Frame: s.frame(c), Chosen: c.FormValue("end"), Problem: problem}
	for _, one := range all {
		page.Sessions = append(page.Sessions, views.SignedInAt{
			Handle: s.handle(one), Here: one.Here, Browser: one.Browser, Began: one.Began, Used: one.Used,
			Post: one.Post, OrganisationName: s.Site.Names[one.Post.Organisation],
		})
	}
	return s.render(c, status, views.Sessions(page))
}

// handle names a session on its owner's page. It opens nothing.
func (s *Server) handle(one signin.Session) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("session\x00" + one.Name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// What the form may ask to end besides one session.
const (
	endOthers = "others"
	endAll    = "all"
)

// endSessions answers POST /account/sessions. Whoever ends what is signed in
// elsewhere has to have signed in just now.
func (s *Server) endSessions(c echo.Context, u auth.User) error {
	all, err := s.SignIn.Sessions(c.Request())
	if err != nil {
		return err
	}
	var ending []signin.Session
	end := c.FormValue("end")
	for _, one := range all {
		if end == endAll || end == endOthers && !one.Here || end == s.handle(one) {
			ending = append(ending, one)
		}
	}
	if len(ending) == 0 && end != endOthers {
		return s.sessionsPage(c, http.StatusUnprocessableEntity, "Select what to end")
	}
	if away, err := s.stepUp(c, u, s.formPage(c)); away || err != nil {
		return err
	}
	ended, err := s.endElsewhere(c, ending, end == endAll || end == endOthers)
	if err != nil {
		return err
	}
	for range ended {
		if err := s.recordAt(c, audit.SignedOut, u, "from another browser"); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(ending, func(one signin.Session) bool { return one.Here }) {
		return s.signOut(c)
	}
	return c.Redirect(http.StatusSeeOther, "/account/sessions")
}

// endElsewhere ends what is signed in at other browsers: all of it, whatever
// has begun since it was listed, or what was chosen. It says how many sessions
// that were.
func (s *Server) endElsewhere(c echo.Context, chosen []signin.Session, all bool) (int, error) {
	if all {
		return s.SignIn.EndOthers(c.Request())
	}
	ended := 0
	for _, one := range chosen {
		if one.Here {
			continue
		}
		n, err := s.SignIn.End(c.Request().Context(), one)
		if err != nil {
			return ended, err
		}
		ended += n
	}
	return ended, nil
}
