package web

import (
	"errors"
	"net/http"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// askSensitive answers GET /record/:ref/sensitive: the page that asks why what
// is sensitive should be shown. It is the same for every patient.
func (s *Server) askSensitive(c echo.Context, u auth.User) error {
	if _, err := s.Kept.Referred(c.Request().Context(), u.Issuer, u.Subject, c.Param("ref")); err != nil {
		return err
	}
	if u.Role != auth.Clinician {
		return s.refuseRole(c, u)
	}
	return s.sensitivePage(c, http.StatusOK, "")
}

func (s *Server) sensitivePage(c echo.Context, status int, problem string) error {
	return s.render(c, status, views.Sensitive(views.SensitivePage{
		Frame: s.frame(c), Ref: c.Param("ref"), Error: problem,
		Why: access.ClaimReason(formValue(c, "why")), Words: formValue(c, "words"),
	}))
}

// openSensitive answers POST /record/:ref/sensitive: the reason goes on the
// trail, and the next decision finds it there.
func (s *Server) openSensitive(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	patient, err := s.Kept.Referred(ctx, u.Issuer, u.Subject, c.Param("ref"))
	if err != nil {
		return err
	}
	why, words := access.ClaimReason(formValue(c, "why")), formValue(c, "words")
	switch {
	case u.Role != auth.Clinician:
		return s.refuseRole(c, u)
	case access.OpeningReasons[why] == "":
		return s.sensitivePage(c, http.StatusUnprocessableEntity, "Select why you need to see what is sensitive")
	case len([]rune(words)) > longestWords:
		return s.sensitivePage(c, http.StatusUnprocessableEntity, tooLong)
	}
	person, err := s.Viewing.Identify(ctx, u, patient)
	if err != nil {
		return err
	}
	err = s.Trail.OpenSensitive(ctx, access.Request{User: u, Person: person}, why, words)
	if denied, ok := errors.AsType[*audit.DeniedError](err); ok {
		if e := access.Explain(denied.Decision); e != access.ShowRecord {
			return s.explain(c, u, e)
		}
		return s.render(c, http.StatusForbidden, views.SensitiveRefused(views.RefusedPage{Frame: s.frame(c)}))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/record/"+c.Param("ref"))
}
