package web

import (
	"errors"
	"net/http"
	"strconv"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	casework "example.org/icr/care/privacy"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// oneCase is the alert that the address names, as far as u reaches.
func (s *Server) oneCase(c echo.Context, u auth.User) (casework.Case, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return casework.Case{}, errNotFound
	}
	return s.Desk.Case(c.Request().Context(), s.reach(u), id)
}

// showCase answers GET /privacy/cases/:id. That it was read is on the trail
// before it is sent.
func (s *Server) showCase(c echo.Context, u auth.User) error {
	one, err := s.oneCase(c, u)
	if err != nil {
		return err
	}
	return s.casePage(c, u, http.StatusOK, views.CasePage{Case: one, Words: formValue(c, "words")})
}

func (s *Server) casePage(c echo.Context, u auth.User, status int, p views.CasePage) error {
	ctx := c.Request().Context()
	manager, err := s.Desk.Manager(ctx, p.Case.Event.Actor)
	if err != nil {
		return err
	}
	p.Frame, p.PublicURL, p.Own, p.Manager = s.frame(c), s.Site.PublicURL, p.Case.About(u), manager != ""
	page, err := made(c, views.Case(p))
	if err != nil {
		return err
	}
	err = s.Trail.Record(ctx, audit.CaseRead, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Words = p.Case.Event.Patient, "privacy-case", "alert of "+p.Case.Event.Reference
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// handleCase answers POST /privacy/cases/:id: a step is on the trail, and then
// with the alert.
func (s *Server) handleCase(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	one, err := s.oneCase(c, u)
	if err != nil {
		return err
	}
	kind, words := casework.StepKind(formValue(c, "step")), formValue(c, "words")
	after, err := strconv.Atoi(c.FormValue("after"))
	if err != nil || after != len(one.Steps) || kind.Follows(one.State) != nil {
		return casework.ErrChanged
	}
	if problem := caseProblem(kind, words); problem != "" {
		return s.casePage(c, u, http.StatusUnprocessableEntity, views.CasePage{Case: one, Words: words, Error: problem})
	}
	if one.About(u) {
		err := s.Trail.Record(ctx, audit.Denied, u, func(e *audit.Event) { e.Page, e.Words = "privacy-case", casework.ErrOwnCase.Error() })
		return errors.Join(casework.ErrOwnCase, err)
	}
	question, err := s.question(c, one, kind)
	if err != nil {
		return err
	}
	act, err := s.act(ctx, u, audit.CaseHandled, words, func(e *audit.Event) {
		e.Patient, e.Page, e.Words = one.Event.Patient, "privacy-case", casework.StepWords[kind]+": alert of "+one.Event.Reference
	})
	if err != nil {
		return err
	}
	step := casework.Step{N: after + 1, Kind: kind, At: act.At, Words: words, Reference: act.Reference, By: audit.ActorOf(u)}
	if err := s.Desk.HandleCase(ctx, s.reach(u), one.ID, step, question); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, casesPath+"/"+one.ID.String())
}

// question is what a step asks, and whom; nil where it asks nobody.
func (s *Server) question(c echo.Context, one casework.Case, kind casework.StepKind) (*casework.Question, error) {
	actor := one.Event.Actor
	switch kind {
	case casework.AskStaff:
		return &casework.Question{
			To:    casework.Answerer{Issuer: actor.Issuer, Subject: actor.Subject, StaffID: actor.StaffID, Organisation: actor.Organisation},
			Event: casework.Told(one.Event, false),
		}, nil
	case casework.AskManager:
		manager, err := s.Desk.Manager(c.Request().Context(), actor)
		if err == nil && manager == "" {
			err = casework.ErrChanged
		}
		return &casework.Question{Manager: true, To: casework.Answerer{StaffID: manager, Organisation: actor.Organisation}, Event: casework.Told(one.Event, true)}, err
	}
	return nil, nil
}

func caseProblem(kind casework.StepKind, words string) string {
	switch {
	case words == "" && (kind == casework.AskStaff || kind == casework.AskManager):
		return "Write the question"
	case words == "" && kind == casework.Note:
		return "Write the note"
	case words == "" && kind.WordsWanted():
		return "Say why"
	case len([]rune(words)) > longestNote:
		return "Write at most " + strconv.Itoa(longestNote) + " characters"
	}
	return ""
}

// askAbout answers GET /questions/:ref: a question to whoever is signed in, and
// to nobody else. That it was read is on the trail.
func (s *Server) askAbout(c echo.Context, u auth.User) error {
	q, err := s.Desk.Question(c.Request().Context(), u, c.Param("ref"))
	if err != nil {
		return err
	}
	return s.questionPage(c, u, http.StatusOK, views.QuestionPage{Question: q, Words: formValue(c, "words")})
}

func (s *Server) questionPage(c echo.Context, u auth.User, status int, p views.QuestionPage) error {
	p.Frame = s.frame(c)
	page, err := made(c, views.AskedAbout(p))
	if err != nil {
		return err
	}
	err = s.Trail.Record(c.Request().Context(), audit.CaseRead, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Words = p.Question.Event.Patient, "question", "question about "+p.Question.Event.Reference
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// answerAbout answers POST /questions/:ref.
func (s *Server) answerAbout(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	q, err := s.Desk.Question(ctx, u, c.Param("ref"))
	if err != nil {
		return err
	}
	words, problem := formValue(c, "words"), ""
	switch {
	case words == "":
		problem = "Write your answer"
	case len([]rune(words)) > longestNote:
		problem = "Write at most " + strconv.Itoa(longestNote) + " characters"
	case !q.Answered.IsZero():
		return casework.ErrChanged
	}
	if problem != "" {
		return s.questionPage(c, u, http.StatusUnprocessableEntity, views.QuestionPage{Question: q, Words: words, Error: problem})
	}
	act, err := s.act(ctx, u, audit.CaseAnswered, words, func(e *audit.Event) {
		e.Patient, e.Page, e.Words = q.Event.Patient, "question", "question about "+q.Event.Reference
	})
	if err != nil {
		return err
	}
	if err := s.Desk.Answer(ctx, u, q.Ref, words, act.Reference, act.At); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/questions/"+q.Ref)
}
