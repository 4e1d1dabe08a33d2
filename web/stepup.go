package web

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"example.org/icr/auth"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// freshFor is how long a sign-in counts as fresh: time enough to read a form
// again and send it.
const freshFor = 5 * time.Minute

// stepUp has u sign in again, unless they did less than freshFor ago, before
// something that nobody else at their screen may do. It reports whether the
// browser has been sent away for that; it comes back to the page at path with
// what was typed, and u sends the form again.
//
//	if away, err := s.stepUp(c, u, s.formPage(c)); away || err != nil {
//		return err
//	}
func (s *Server) stepUp(c echo.Context, u auth.User, path string) (away bool, err error) {
	if s.Now().Sub(u.AuthTime) < freshFor {
		return false, nil
	}
	ref, err := s.keep(c, u.Issuer, u.Subject)
	if err != nil {
		return false, err
	}
	return true, s.leave(c, "/account/again?"+url.Values{"return": {withKept(path, ref)}}.Encode(),
		"Sign in again to continue", "This is only for you, so you are asked to sign in again. What you typed is kept.")
}

// leave answers a form that leads to another site.
func (s *Server) leave(c echo.Context, to, heading, advice string) error {
	frame := s.frame(c)
	frame.Onward = to
	return s.render(c, http.StatusOK, views.Leaving(frame, heading, advice))
}

// again answers GET /account/again: u signs in again, which begins a new
// session in the same role, and comes back to a path of ours.
func (s *Server) again(c echo.Context, _ auth.User) error {
	return s.SignIn.Again(c.Response(), c.Request(), cmp.Or(c.QueryParam("return"), "/account/sessions"))
}
