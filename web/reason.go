package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// askReason answers GET /record/:ref/reason. The page is the same for every
// patient, and so is the answer to a ref that does not exist.
func (s *Server) askReason(c echo.Context, u auth.User) error {
	if _, err := s.Kept.Referred(c.Request().Context(), u.Issuer, u.Subject, c.Param("ref")); err != nil {
		return err
	}
	s.evenly(c)
	return s.explainReason(c, u, http.StatusOK, "")
}

func (s *Server) explainReason(c echo.Context, u auth.User, status int, problem string) error {
	if !access.MayClaim(u.Role) {
		return s.refuseRole(c, u)
	}
	return s.reasonPage(c, u, status, problem, false)
}

// reasonPage asks for a reason, or, where one was given and does not open the
// record, whether it is an emergency.
func (s *Server) reasonPage(c echo.Context, u auth.User, status int, problem string, notEnough bool) error {
	return s.render(c, status, views.Reason(views.ReasonPage{
		Frame: s.frame(c), Ref: c.Param("ref"), Error: problem, NotEnough: notEnough,
		MayClaim: access.MayClaim(u.Role), MayBreak: access.MayBreakGlass(u.Role),
		Why: access.ClaimReason(formValue(c, "why")), Words: formValue(c, "words"),
	}))
}

// longestWords is the longest reason that is taken in the user's own words.
const longestWords = 500

var tooLong = "Write at most " + strconv.Itoa(longestWords) + " characters"

// claim answers POST /record/:ref/reason: the claim goes on the trail, and the
// next decision finds it there.
func (s *Server) claim(c echo.Context, u auth.User) error {
	patient, err := s.Kept.Referred(c.Request().Context(), u.Issuer, u.Subject, c.Param("ref"))
	if err != nil {
		return err
	}
	why, words := access.ClaimReason(formValue(c, "why")), formValue(c, "words")
	emergency := why == access.Emergency && access.MayBreakGlass(u.Role)
	switch {
	case !access.MayClaim(u.Role):
		return s.refuseRole(c, u)
	case access.ClaimReasons[why] == "" && !emergency:
		return s.explainReason(c, u, http.StatusUnprocessableEntity, "Select why you need to see this record")
	case len([]rune(words)) > longestWords:
		return s.explainReason(c, u, http.StatusUnprocessableEntity, tooLong)
	case emergency:
		return s.breakGlass(c, u, patient, words)
	}
	return s.selfClaim(c, u, patient, why, words)
}

func (s *Server) selfClaim(c echo.Context, u auth.User, patient nhs.Number, why access.ClaimReason, words string) error {
	ctx := c.Request().Context()
	person, err := s.Viewing.Identify(ctx, u, patient)
	if err != nil {
		return err
	}
	err = s.Trail.Claim(ctx, access.Request{User: u, Person: person}, why, words)
	if errors.Is(err, audit.ErrTooManyClaims) {
		return s.explainReason(c, u, http.StatusUnprocessableEntity, "You have given a reason for "+strconv.Itoa(access.MostClaims)+
			" records in the last 24 hours, which is the most. Ask your organisation to record the patient’s care. In an emergency, select emergency access.")
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/record/"+c.Param("ref"))
}

// breakGlass opens the record in an emergency, to somebody who has signed in
// just now.
func (s *Server) breakGlass(c echo.Context, u auth.User, patient nhs.Number, words string) error {
	if away, err := s.stepUp(c, u, s.formPage(c)); away || err != nil {
		return err
	}
	ctx := c.Request().Context()
	person, err := s.Viewing.Identify(ctx, u, patient)
	if err != nil {
		return err
	}
	if err := s.Trail.BreakGlass(ctx, access.Request{User: u, Person: person}, words); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/record/"+c.Param("ref"))
}

// owed is the note that the user owes under the reference in the path.
func (s *Server) owed(c echo.Context, u auth.User) (audit.Owed, error) {
	all, err := s.Kept.Owed(c.Request().Context(), u)
	if err != nil {
		return audit.Owed{}, err
	}
	i := slices.IndexFunc(all, func(o audit.Owed) bool { return o.Reference == c.Param("reference") })
	if i < 0 {
		return audit.Owed{}, errNotFound
	}
	return all[i], nil
}

// askNote answers GET /notes/:reference.
func (s *Server) askNote(c echo.Context, u auth.User) error {
	owed, err := s.owed(c, u)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Note(views.NotePage{Frame: s.frame(c), Owed: owed, Words: formValue(c, "words")}))
}

// note answers POST /notes/:reference: why the user took emergency access.
func (s *Server) note(c echo.Context, u auth.User) error {
	owed, err := s.owed(c, u)
	if err != nil {
		return err
	}
	problem := ""
	words := formValue(c, "words")
	switch {
	case words == "":
		problem = "Enter what the emergency was"
	case len([]rune(words)) > longestWords:
		problem = tooLong
	}
	if problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, views.Note(views.NotePage{Frame: s.frame(c), Owed: owed, Words: words, Error: problem}))
	}
	if err := s.Trail.Note(c.Request().Context(), u, owed.Reference, words); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}
