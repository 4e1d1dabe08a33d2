package web

import (
	"errors"
	"net/http"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
	"example.org/icr/care/pds"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// launchBySMART answers GET /launch, to which a local system sends a browser:
// it sends it on to the system's own sign-in, which is one of ours.
func (s *Server) launchBySMART(c echo.Context) error {
	iss, handle := c.QueryParams()["iss"], c.QueryParams()["launch"]
	if len(iss) != 1 || len(handle) != 1 {
		return s.notLaunched(c, http.StatusBadRequest, "not-as-agreed")
	}
	system, ok := s.Launches.BySMART(iss[0])
	if !ok {
		return s.notLaunched(c, http.StatusBadRequest, "unknown-system")
	}
	err := s.SignIn.Begin(c.Response(), c.Request(), system.IssuerID, signin.BeginOptions{Launch: signin.Launch{FHIR: system.FHIR, Handle: handle[0], Client: system.HTTP}})
	if refusal, ok := errors.AsType[*signin.Refusal](err); ok {
		return s.notLaunched(c, http.StatusBadGateway, refusal.Reason)
	}
	return err
}

// launchByToken answers POST /launch, from a local system's page by way of the
// browser. It comes from another site and brings no cookies: what it says waits
// until the browser asks by itself.
func (s *Server) launchByToken(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, launch.MostToken)
	path, err := s.Launches.Receive(r.Context(), r.PostFormValue("token"))
	if failure, ok := errors.AsType[*launch.Failure](err); ok {
		return s.notLaunched(c, http.StatusBadRequest, failure.Code)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// launchKeys answers GET /launch/keys: what local systems encrypt tokens to.
func (s *Server) launchKeys(c echo.Context) error {
	if s.Launches.Key == nil {
		return errNotFound
	}
	keys, err := s.Launches.Key.Public()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/jwk-set+json", keys)
}

// launched answers GET /launched/:ref: what a local system said is taken up,
// once, by whom it was said for, and then the record is opened as any other.
func (s *Server) launched(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	said, system, err := s.Launches.Take(ctx, u, c.Param("ref"))
	if failure, ok := errors.AsType[*launch.Failure](err); ok {
		return s.launchFailed(c, u, nhs.Number{}, failure.Code)
	}
	if err != nil {
		return err
	}
	number, err := nhs.ParseNumber(said.Number)
	if err != nil {
		return s.launchFailed(c, u, nhs.Number{}, "no-nhs-number")
	}
	person, err := s.Viewing.Identify(ctx, u, number)
	if errors.Is(err, pds.ErrNotFound) || errors.Is(err, pds.ErrInvalidated) {
		return s.launchFailed(c, u, number, "nobody-of-that-number")
	}
	if err != nil {
		return err
	}
	if !said.Is(person) {
		return s.launchFailed(c, u, person.Number, "another-person")
	}
	reference, err := s.Trail.Launch(ctx, u, person, system.Name, said.Reason)
	if err != nil {
		return err
	}
	if system.Grounds(u) {
		now := s.Now()
		err := s.Kept.SaveLaunched(ctx, person.Number, access.Relationship{
			Kind: access.Launched, Organisation: u.Organisation, Session: u.Session, Evidence: system.Name + ", " + reference,
			Starts: now.Add(-time.Second), Ends: now.Add(signin.MaxAbsolute), // or with the session, which is sooner
		})
		if err != nil {
			return err
		}
	}
	ref, err := s.Kept.Refer(ctx, u.Issuer, u.Subject, person.Number)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/record/"+ref)
}

func (s *Server) launchFailed(c echo.Context, u auth.User, patient nhs.Number, code string) error {
	err := s.Trail.Record(c.Request().Context(), audit.LaunchFailed, u, func(e *audit.Event) { e.Patient, e.Words = patient, code })
	if err != nil {
		return err
	}
	return s.launchProblem(c, http.StatusBadRequest)
}

// notLaunched answers what came before anybody was known. It is on the trail
// where somebody is signed in at the browser, and else in the log: the trail is
// not for strangers to fill.
func (s *Server) notLaunched(c echo.Context, status int, code string) error {
	u, err := s.SignIn.Glance(c.Request())
	if err == nil {
		u.Address = c.RealIP()
		return s.launchFailed(c, u, nhs.Number{}, code)
	}
	s.Log.Warn("launch", "reason", code)
	return s.launchProblem(c, status)
}

func (s *Server) launchProblem(c echo.Context, status int) error {
	return s.render(c, status, views.Problem(views.ProblemPage{
		Frame: s.frame(c), Heading: "The patient could not be opened from your system",
		Advice: "Go back to your system and open the patient from there again. If it goes on, tell your service desk. You can also find the patient here.",
	}))
}
