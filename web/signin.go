package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// signIn answers GET /signin: the ways to sign in, or, once one is chosen, the
// way to the provider. A hint of who it will be chooses one too.
func (s *Server) signIn(c echo.Context) error {
	issuer, hint := c.QueryParam("issuer"), c.QueryParam("login_hint")
	if issuer == "" && hint == "" {
		return s.render(c, http.StatusOK, s.signInPage(c))
	}
	chosen := issuer != ""
	if !chosen {
		issuer = s.SignIn.Hinted(hint)
	}
	if chosen && s.SignIn.Knows(issuer) {
		remember(c, issuer)
	}
	return s.SignIn.Begin(c.Response(), c.Request(), issuer, signin.BeginOptions{LoginHint: hint, ReturnTo: c.QueryParam("return")})
}

// wayCookie remembers which provider was chosen last at a browser, and nothing
// about anybody.
const wayCookie = "__Host-icr-way"

func remember(c echo.Context, issuer string) {
	c.SetCookie(&http.Cookie{
		Name: wayCookie, Value: issuer, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// signInPage offers the ways to sign in, and to come back to the page that was
// asked for.
func (s *Server) signInPage(c echo.Context) templ.Component {
	p := views.SignInPage{Frame: s.frame(c)}
	if r := c.Request(); r.Method == http.MethodGet && c.Path() != "/signin" {
		p.Return = r.URL.Path
	} else if r.Method == http.MethodPost {
		ref, err := s.keepHere(c)
		if err != nil {
			s.Log.Error("a form could not be kept", "err", err)
		}
		p.Return, p.Kept = withKept(s.formPage(c), ref), ref != ""
	}
	before, err := c.Cookie(wayCookie)
	for _, i := range s.SignIn.Issuers() {
		p.Issuers = append(p.Issuers, views.IssuerLink{ID: i.ID, Name: i.Name, For: i.For, Remembered: err == nil && before.Value == i.ID})
	}
	return views.SignIn(p)
}

// clientKeys answers GET /signin/jwks: the keys by which providers know that it
// is this service that asks.
func (s *Server) clientKeys(c echo.Context) error {
	s.SignIn.ServeKeys(c.Response(), c.Request())
	return nil
}

// signInCallback answers GET /signin/callback/:issuer, the provider's answer.
func (s *Server) signInCallback(c echo.Context) error {
	out, err := s.SignIn.Callback(c.Response(), c.Request(), c.Param("issuer"))
	if err != nil {
		return s.signInFailed(c, out, err)
	}
	if out.Chosen == nil {
		return c.Redirect(http.StatusSeeOther, "/signin/role")
	}
	if err := s.recordAt(c, audit.SignedIn, *out.Chosen, ""); err != nil {
		return s.undo(c, err)
	}
	return c.Redirect(http.StatusSeeOther, out.ReturnTo)
}

func (s *Server) signInFailed(c echo.Context, out signin.Outcome, err error) error {
	u := auth.User{Identity: out.Identity, Name: out.Name}
	reason := "no role"
	if refusal, ok := errors.AsType[*signin.Refusal](err); ok {
		reason = refusal.Reason
	}
	nobody := out.Identity.Subject == ""
	if nobody && (errors.Is(err, signin.ErrState) || errors.Is(err, signin.ErrIssuer) || !s.failedSignIns.at(c.RealIP(), failedPerSecond, failedAtOnce, s.Now()).AllowN(s.Now(), 1)) {
		return err // the log has a line, and the trail is not for strangers to fill
	}
	recorded := s.recordAt(c, audit.SignInFailed, u, reason)
	if recorded == nil && errors.Is(err, signin.ErrCancelled) {
		return s.cancelled(c, out.ReturnTo)
	}
	return errors.Join(err, recorded)
}

// cancelled answers who did not go through with signing in. Who is signed in
// still, and was to do so afresh, goes back to where they were.
func (s *Server) cancelled(c echo.Context, back string) error {
	p := views.ProblemPage{
		Frame: s.frame(c), Heading: "You did not sign in", Advice: "Signing in was cancelled, or not allowed, where you sign in. Nothing has been changed here.",
		Link: "/signin", LinkText: "Sign in",
	}
	if _, err := s.SignIn.Glance(c.Request()); err == nil {
		p.Link, p.LinkText = back, "Go back to where you were"
	}
	return s.render(c, http.StatusForbidden, views.Problem(p))
}

// recordFor is how long putting an event on the trail may take.
const recordFor = 10 * time.Second

// recordAt puts on the trail what has happened, whether or not the browser still
// waits for the answer.
func (s *Server) recordAt(c echo.Context, kind audit.Kind, u auth.User, words string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), recordFor)
	defer cancel()
	u.Address = c.RealIP()
	return s.Trail.Record(ctx, kind, u, func(e *audit.Event) { e.Words = words })
}

// undo ends a session that could not be recorded.
func (s *Server) undo(c echo.Context, err error) error {
	_, _, ending := s.SignIn.SignOut(c.Response(), c.Request())
	return errors.Join(err, ending)
}

// showRoles answers GET /signin/role for people who have several.
func (s *Server) showRoles(c echo.Context) error {
	return s.rolePage(c, http.StatusOK, "")
}

func (s *Server) rolePage(c echo.Context, status int, problem string) error {
	posts, chosen, err := s.SignIn.Posts(c.Request())
	if err != nil {
		return err
	}
	p := views.RolePage{Frame: s.frame(c), Problem: problem, Chosen: chosen}
	for _, post := range posts {
		p.Posts = append(p.Posts, views.PostChoice{Post: post, OrganisationName: s.Site.Names[post.Organisation]})
	}
	return s.render(c, status, views.Role(p))
}

// chooseRole answers POST /signin/role. The role is a new session.
func (s *Server) chooseRole(c echo.Context) error {
	posts, before, err := s.SignIn.Posts(c.Request())
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(c.FormValue("post"))
	if err != nil || index < 0 || index >= len(posts) {
		return s.rolePage(c, http.StatusUnprocessableEntity, "Select the role that you will act in")
	}
	u, back, err := s.SignIn.Choose(c.Response(), c.Request(), index)
	if err != nil {
		return err
	}
	kind := audit.SignedIn
	if before >= 0 {
		kind = audit.RoleChosen
	}
	if err := s.recordAt(c, kind, u, ""); err != nil {
		return s.undo(c, err)
	}
	return c.Redirect(http.StatusSeeOther, back)
}

// signOut answers POST /signout. The session here ends first, whatever the
// provider does.
func (s *Server) signOut(c echo.Context) error {
	to, u, err := s.SignIn.SignOut(c.Response(), c.Request())
	if err != nil && !errors.Is(err, auth.ErrNoSession) {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if err == nil {
		if err := s.recordAt(c, audit.SignedOut, u, ""); err != nil {
			return err
		}
	}
	if strings.HasPrefix(to, "/") {
		return c.Redirect(http.StatusSeeOther, to)
	}
	return s.leave(c, to, "You are signed out here", "You are taken to where you signed in, to sign out there too.")
}

func (s *Server) signedOut(c echo.Context) error {
	return s.render(c, http.StatusOK, views.SignedOut(views.SignedOutPage{Frame: s.frame(c), HereAlone: c.QueryParam("only") == "here"}))
}

// backchannelLogout answers POST /backchannel-logout, from a provider. What it
// ended is on the trail; what it could not be believed is in the log, for
// anybody may send anything here.
func (s *Server) backchannelLogout(c echo.Context) error {
	bad := s.badTokens.at(c.RealIP(), badTokensPerSecond, badTokensAtOnce, s.Now())
	if bad.TokensAt(s.Now()) < 1 {
		c.Response().Header().Set("Retry-After", "1")
		return c.NoContent(http.StatusTooManyRequests)
	}
	done, err := s.SignIn.BackchannelLogout(c.Request())
	if err == nil && done.Ended > 0 {
		err = s.recordAt(c, audit.SignedOut, auth.User{Identity: done.Identity}, "by the identity provider")
	}
	switch {
	case errors.Is(err, signin.ErrToken):
		bad.AllowN(s.Now(), 1)
		return c.NoContent(http.StatusBadRequest)
	case err != nil:
		s.Log.Error("logout token", "err", err)
		return c.NoContent(http.StatusServiceUnavailable) // the provider may try again
	}
	return c.NoContent(http.StatusOK)
}
