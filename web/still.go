package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// errGone means that what an open page shows may not be seen any more.
var errGone = errors.New("gone")

// pulse answers open pages that ask whether they may still be seen: 204, or
// 410 where the session has ended, is another's, or acts in another role. It
// leaves no row on the trail and does not put off the session's end. Anything
// else means that it is not known, and such a page hides itself in time.
func (s *Server) pulse(cl class, still page) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := s.beats(c, cl, still)
		switch {
		case err == nil:
			return c.NoContent(http.StatusNoContent)
		case errors.Is(err, auth.ErrNoSession):
			c.Response().Header().Set("ICR-Signed-Out", "yes") // what was typed may wait for its author
			return c.NoContent(http.StatusGone)
		case errors.Is(err, errGone), errors.Is(err, auth.ErrNoRef):
			return c.NoContent(http.StatusGone)
		}
		s.Log.Error("an open page could not be answered", "err", err)
		return c.NoContent(http.StatusServiceUnavailable)
	}
}

func (s *Server) beats(c echo.Context, cl class, still page) error {
	u, err := s.SignIn.Glance(c.Request())
	if err != nil {
		return err
	}
	c.Set(userKey, u)
	if !slices.Contains(cl.roles, u.Role) || !hmac.Equal([]byte(c.QueryParam("as")), []byte(s.as(u))) {
		return errGone
	}
	idle, end, err := s.SignIn.Ends(c.Request())
	if err != nil {
		return err
	}
	seconds := func(t time.Time) string { return strconv.Itoa(max(int(t.Sub(s.Now()).Seconds()), 0)) }
	c.Response().Header().Set("ICR-Idle-Seconds", seconds(idle))
	c.Response().Header().Set("ICR-Session-Seconds", seconds(end))
	return still(c, u)
}

// as stands for who a page was made for: a person in one role. It tells
// nothing, and is of no use to anybody else.
func (s *Server) as(u auth.User) string {
	return s.stands("as", u.Issuer, u.Subject, string(u.Role), string(u.Organisation), u.RoleCode, u.RoleID)
}

// of stands for what a page may say of where a patient is. It tells nothing:
// that somebody is restricted is in no URL.
func (s *Server) of(ref string, p record.Person) string {
	return s.stands("of", ref, strconv.FormatBool(p.Restricted))
}

func (s *Server) stands(parts ...string) string {
	mac := hmac.New(sha256.New, s.Secret)
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// stillSignedIn answers GET /account/still, for pages that show no record.
func (s *Server) stillSignedIn(echo.Context, auth.User) error { return nil }

// stillShown answers GET /record/:ref/still: the whole policy is asked again,
// so that an objection hides a page that is open, and so does it that the
// patient is restricted now.
func (s *Server) stillShown(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	patient, err := s.Kept.StillReferred(ctx, u.Issuer, u.Subject, c.Param("ref"))
	if err != nil {
		return err
	}
	person, err := s.Kept.Person(ctx, patient)
	if err != nil {
		return err
	}
	decision, err := s.Viewing.Access.Decide(ctx, access.Request{User: u, Person: person})
	if err != nil {
		return err
	}
	if !decision.Permitted() || !hmac.Equal([]byte(c.QueryParam("of")), []byte(s.of(c.Param("ref"), person))) {
		return errGone
	}
	return nil
}

// stay answers POST /account/stay: somebody is there, and the session goes on.
func (s *Server) stay(c echo.Context, _ auth.User) error {
	return c.NoContent(http.StatusNoContent)
}

// changedRole reports whether a form was sent from a page that was made for its
// sender in another role: they have changed it in another tab since.
func (s *Server) changedRole(c echo.Context, u auth.User) bool {
	if c.Request().Method != http.MethodPost {
		return false
	}
	as := c.FormValue("as")
	return as != "" && !hmac.Equal([]byte(as), []byte(s.as(u)))
}

// askWhichRole answers a form of another role. Nothing has been done; what was
// typed waits on the form's page, in the role of now.
func (s *Server) askWhichRole(c echo.Context, u auth.User) error {
	kept, err := s.keep(c, u.Issuer, u.Subject)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusConflict, views.Problem(views.ProblemPage{
		Frame: s.frame(c), Heading: "You have changed role since",
		Advice: "Nothing was sent. You opened the form in another role, and are now " + u.Role.Name() + " at " + u.OrganisationName + ". Check what you typed and send it in this role, or change role first.",
		Link:   withKept(s.formPage(c), kept), LinkText: "Go back to the form",
	}))
}
