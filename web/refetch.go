package web

import (
	"net/http"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

const mostRefetches = 100

// askRefetch answers POST /privacy/events/:ref/refetch: an officer asks that
// what the event showed be fetched again.
func (s *Server) askRefetch(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	e, place, err := s.Desk.Event(ctx, s.reach(u), cursor(c.Param("ref")))
	if err != nil {
		return err
	}
	if e == nil {
		return errNotFound
	}
	if err := audit.MayAsk(u, *e); err != nil {
		return err
	}
	reason := formValue(c, "reason")
	if problem := reasonProblem(reason); problem != "" {
		return s.eventPage(c, u, http.StatusUnprocessableEntity, views.EventPage{Event: *e, Place: place, Reason: reason, Error: problem})
	}
	r := audit.Refetch{ID: uuid.Must(uuid.NewV7()), Shown: audit.Cursor{At: e.At, ID: e.ID}, Reason: reason}
	err = s.Trail.Record(ctx, audit.RefetchAsked, u, func(asked *audit.Event) {
		asked.Patient, asked.Words = e.Patient, "what was shown under "+e.Reference+": "+reason
		r.At, r.Reference, r.By = asked.At, asked.Reference, audit.PartyOf(u)
	})
	if err != nil {
		return err
	}
	if err := s.Desk.AskRefetch(ctx, s.reach(u), r); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/refetches/"+r.ID.String())
}

func reasonProblem(reason string) string {
	switch {
	case reason == "":
		return "Enter why"
	case len([]rune(reason)) > longestWords:
		return tooLong
	}
	return ""
}

// showRefetches answers GET /privacy/refetches: what was asked to be fetched
// again, as far as u reaches.
func (s *Server) showRefetches(c echo.Context, u auth.User) error {
	all, err := s.Desk.Refetches(c.Request().Context(), s.reach(u), mostRefetches)
	if err != nil {
		return err
	}
	return s.sendRead(c, u, views.Refetches(views.RefetchesPage{Frame: s.frame(c), Requests: all}), func(e *audit.Event) {
		e.Page, e.Matches = "privacy-refetches", len(all)
	})
}

// refetch is the request that the path names, and the event it is about, as
// far as u reaches.
func (s *Server) refetch(c echo.Context, u auth.User) (audit.Refetch, audit.Event, error) {
	ctx := c.Request().Context()
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return audit.Refetch{}, audit.Event{}, errNotFound
	}
	r, err := s.Desk.Refetch(ctx, s.reach(u), id)
	if err != nil || r == nil {
		return audit.Refetch{}, audit.Event{}, orNotFound(err)
	}
	e, _, err := s.Desk.Event(ctx, s.reach(u), r.Shown)
	if err != nil || e == nil {
		return audit.Refetch{}, audit.Event{}, orNotFound(err)
	}
	return *r, *e, nil
}

func orNotFound(err error) error {
	if err == nil {
		return errNotFound
	}
	return err
}

// showRefetch answers GET /privacy/refetches/:id.
func (s *Server) showRefetch(c echo.Context, u auth.User) error {
	r, e, err := s.refetch(c, u)
	if err != nil {
		return err
	}
	return s.refetchPage(c, u, http.StatusOK, views.RefetchPage{Request: r, Event: e})
}

func (s *Server) refetchPage(c echo.Context, u auth.User, status int, p views.RefetchPage) error {
	p.Frame = s.frame(c)
	p.MayDecide = p.Request.MayDecide(u, p.Event) == nil
	p.MayFetch = p.Request.MayFetch(u, p.Event, s.Now()) == nil
	page, err := made(c, views.Refetch(p))
	if err != nil {
		return err
	}
	err = s.Trail.Record(c.Request().Context(), audit.TrailRead, u, func(read *audit.Event) {
		read.Patient, read.Page, read.Matches, read.Words = p.Event.Patient, "privacy-refetch", 1, "the request with the reference "+p.Request.Reference
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// decideRefetch answers POST /privacy/refetches/:id: a Caldicott Guardian
// approves or refuses.
func (s *Server) decideRefetch(c echo.Context, u auth.User) error {
	r, e, err := s.refetch(c, u)
	if err != nil {
		return err
	}
	if err := r.MayDecide(u, e); err != nil {
		return err
	}
	step := audit.RefetchStep{Kind: audit.StepKind(formValue(c, "decision")), Words: formValue(c, "reason"), By: audit.PartyOf(u)}
	kind := map[audit.StepKind]audit.Kind{audit.Approved: audit.RefetchApproved, audit.Declined: audit.RefetchRefused}[step.Kind]
	problem := reasonProblem(step.Words)
	if kind == "" {
		problem = "Select whether you approve"
	}
	if problem != "" {
		return s.refetchPage(c, u, http.StatusUnprocessableEntity, views.RefetchPage{Request: r, Event: e, Decision: string(step.Kind), Reason: step.Words, Error: problem})
	}
	if err := s.step(c, u, kind, r, e, step); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/refetches/"+r.ID.String())
}

// step puts a step on the trail, and then with its request.
func (s *Server) step(c echo.Context, u auth.User, kind audit.Kind, r audit.Refetch, about audit.Event, step audit.RefetchStep) error {
	ctx := c.Request().Context()
	err := s.Trail.Record(ctx, kind, u, func(e *audit.Event) {
		e.Patient, e.Words = about.Patient, "asked for under "+r.Reference+": "+step.Words
		step.At, step.Reference = e.At, e.Reference
	})
	if err != nil {
		return err
	}
	return s.Desk.StepRefetch(ctx, s.reach(u), r, step)
}

// fetchAgain answers POST /privacy/refetches/:id/fetch: one of the two who
// agreed has it done, and sees how what was shown compares with now.
func (s *Server) fetchAgain(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	r, e, err := s.refetch(c, u)
	if err != nil {
		return err
	}
	if err := r.MayFetch(u, e, s.Now()); err != nil {
		return err
	}
	step := audit.RefetchStep{Kind: audit.Fetched, By: audit.PartyOf(u), At: s.Now()}
	page, err := s.Viewing.Refetch(ctx, u, r, e, func(reference string, compared []audit.Compared) ([]byte, error) {
		step.Reference = reference
		return made(c, views.Refetched(views.RefetchedPage{Frame: s.frame(c), Request: r, Event: e, Reference: reference, Compared: compared}))
	})
	if err != nil {
		return err
	}
	if err := s.Desk.StepRefetch(ctx, s.reach(u), r, step); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, page)
}
