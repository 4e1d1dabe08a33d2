package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/care/pds"
	casework "example.org/icr/care/privacy"
	"example.org/icr/care/rights"
	"example.org/icr/care/safety"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// errNotFound means that there is no such page, or none for this user.
var errNotFound = errors.New("not found")

// problems is what a user is told of an error. Anything else is a fixed
// sentence and a reference; the error itself goes to the log.
var problems = []struct {
	err             error
	status          int
	heading, advice string
}{
	{errNotFound, http.StatusNotFound, "Page not found", "Check the address, or start again by finding the patient."},
	{auth.ErrNoRef, http.StatusNotFound, "Page not found", "The link may have expired. Start again by finding the patient."},
	{pds.ErrInvalidated, http.StatusNotFound, "This NHS number is no longer valid", "The demographics service has withdrawn it. Ask the patient for their NHS number, or search by name and date of birth."},
	{pds.ErrNotFound, http.StatusNotFound, "No patient found", "The demographics service knows nobody of this NHS number. Search by name and date of birth."},
	{viewing.ErrNoDocument, http.StatusNotFound, "Document not found", "The organisation that holds it did not name it this time. Go back to the record, see who answered, and try again."},
	{viewing.ErrLargeDocument, http.StatusBadGateway, "The document is too large to show", "It is larger than 20 MB. Ask the organisation that holds it."},
	{viewing.ErrLocatingDocument, http.StatusForbidden, "The document cannot be opened here", "This person’s record is restricted, and a letter may tell where they are. Ask the organisation that wrote it, through its own channels."},
	{viewing.ErrDocument, http.StatusBadGateway, "The document could not be opened", "This does not mean that there is no document. Try again, or ask the organisation that holds it."},
	{audit.ErrNarrowed, http.StatusServiceUnavailable, "The record could not be shown", "What may be shown of it changed while it was put together. Open it again."},
	{audit.ErrNotShown, http.StatusConflict, "Nothing was shown", "This event showed nothing of a record, so there is nothing to fetch again."},
	{audit.ErrDecided, http.StatusConflict, "Somebody has decided already", "Go back to the request, and read what was decided."},
	{audit.ErrSamePerson, http.StatusForbidden, "Two people must agree", "Who asks cannot approve. Ask another Caldicott Guardian."},
	{audit.ErrOwnAccess, http.StatusForbidden, "It is about you", "You have no part in a review of your own access, or of your own record. Ask a colleague."},
	{audit.ErrNotApproved, http.StatusForbidden, "It is not approved", "A Caldicott Guardian must approve it first, and an approval lasts 24 hours. Ask again if it is over."},
	{audit.ErrNotTheirPart, http.StatusForbidden, "This is not your part", "A privacy officer asks, a Caldicott Guardian approves, and one of the two has it fetched."},
	{audit.ErrObjected, http.StatusForbidden, "It cannot be fetched again", "The patient objects to the shared record, or it cannot be found out whether they do. No organisation was asked."},
	{errNothingProved, http.StatusConflict, "There is no proof yet", "The log has not signed for these events so far, which takes about a second. Try again in a minute. If it goes on, tell your service desk."},
	{rights.ErrChanged, http.StatusConflict, "Somebody else has changed it", "Somebody else did something about this request since you opened it. Go back to it, read what was done, and then do what is still needed."},
	{safety.ErrChanged, http.StatusConflict, "Somebody else has changed it", "Somebody else did something with this item since you opened it. Go back to it, read what was done, and then do what is still needed."},
	{objection.ErrChanged, http.StatusConflict, "Somebody else has changed it", "Somebody else did something with this form since you opened it, or it cannot be done any longer. Go back to it, read what was done, and then do what is still needed."},
	{casework.ErrChanged, http.StatusConflict, "Somebody else has changed it", "Somebody else did something with this alert or question since you opened it. Go back to it, read what was done, and then do what is still needed."},
	{casework.ErrOwnCase, http.StatusForbidden, "This alert is about you", "Nobody handles an alert about themselves. Ask another privacy officer."},
	{objection.ErrHandled, http.StatusConflict, "Somebody else has handled it", "Somebody else wrote down what it is since you opened it. Go back to it and read what they found."},
	{signin.ErrIssuer, http.StatusNotFound, "Page not found", "Start again from the sign-in page."},
	{signin.ErrState, http.StatusBadRequest, "Sign in again", "This sign-in was not started in this browser, was used already, or took too long. Start again from the sign-in page."},
	{signin.ErrCancelled, http.StatusForbidden, "You did not sign in", "Signing in was cancelled, or not allowed, where you sign in. Nothing has been changed here."},
	{signin.ErrProvider, http.StatusBadGateway, "You could not be signed in", "The identity provider did not answer, or refused. Try again in a few minutes. If it goes on, tell your service desk."},
	{signin.ErrTooWeak, http.StatusForbidden, "You need a stronger way to sign in", "You signed in, but not by a method that is strong enough for this service. Sign in with your smartcard, or another strong method that your organisation gives you. If you have none, ask your service desk."},
	{signin.ErrToken, http.StatusBadGateway, "You could not be signed in", "The identity provider’s answer could not be trusted. Try again. If it goes on, tell your service desk."},
	{auth.ErrNoRole, http.StatusForbidden, "You do not have a role in this service", "You signed in, but none of your roles may use this service. Ask your organisation’s registration authority or service desk."},
}

// unavailable are the errors after which nothing may be shown of anybody.
var unavailable = []struct {
	err  error
	kind string
}{
	{audit.ErrUnrecorded, views.Temporarily},
	{access.ErrFacts, views.Temporarily},
	{viewing.ErrDemographics, views.NoDemographics},
	{pds.ErrUnavailable, views.NoDemographics},
}

// handleError answers with a page about err.
func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, signin.ErrNoPost) {
		c.Redirect(http.StatusSeeOther, "/signin/role")
		return
	}
	if errors.Is(err, auth.ErrNoSession) {
		s.mustRender(c, http.StatusUnauthorized, s.signInPage(c))
		return
	}
	if _, ok := errors.AsType[overBudget](err); ok {
		s.askToSignIn(c)
		return
	}
	if errors.Is(err, auth.ErrNoRef) {
		s.evenly(c)
	}
	for _, u := range unavailable {
		if errors.Is(err, u.err) {
			s.mustRender(c, http.StatusServiceUnavailable, views.Unavailable(s.unavailable(c, u.kind, s.newReference(c))))
			return
		}
	}
	status, p := s.problem(err, c)
	s.mustRender(c, status, views.Problem(p))
}

func (s *Server) problem(err error, c echo.Context) (int, views.ProblemPage) {
	frame := s.frame(c)
	for _, p := range problems {
		if errors.Is(err, p.err) {
			return p.status, views.ProblemPage{Frame: frame, Heading: p.heading, Advice: p.advice}
		}
	}
	if httpErr, ok := errors.AsType[*echo.HTTPError](err); ok && httpErr.Code < 500 {
		return httpErr.Code, views.ProblemPage{Frame: frame, Heading: words(httpErr.Code), Advice: "Check the address, or start again from the first page."}
	}
	if errors.Is(err, context.Canceled) {
		return 499, views.ProblemPage{Frame: frame} // the browser has gone
	}
	return http.StatusInternalServerError, views.ProblemPage{
		Frame: frame, Heading: "Sorry, there is a problem with the service", Reference: s.newReference(c),
		Advice: "Try again later. If it goes on, tell your service desk and give the reference. Nothing was shown, and nothing was lost.",
	}
}

func words(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Page not found"
	case http.StatusMethodNotAllowed:
		return "This page cannot be used that way"
	case http.StatusRequestEntityTooLarge:
		return "What you sent is too large"
	}
	return "That did not work"
}

// newReference makes the reference that an error page shows and the log line
// holds.
func (s *Server) newReference(c echo.Context) string {
	reference := rand.Text()[:10]
	c.Set(referenceKey, reference)
	return reference
}

func (s *Server) mustRender(c echo.Context, status int, p templ.Component) {
	if err := s.render(c, status, p); err != nil {
		s.Log.Error("an error page could not be made", "err", err)
		c.NoContent(http.StatusInternalServerError)
	}
}
