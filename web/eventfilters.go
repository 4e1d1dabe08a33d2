package web

import (
	"context"
	"net/http"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// keepFilter keeps a search of the trail under the name that its form gives.
// The trail says that it was kept, and not under which name: that may be a
// patient's.
func (s *Server) keepFilter(c echo.Context, u auth.User, form views.EventForm) error {
	ctx := c.Request().Context()
	err := s.Trail.Record(ctx, audit.FilterKept, u, func(e *audit.Event) { e.Page, e.Words = "privacy-events", "kept: "+form.WithoutPatient() })
	if err != nil {
		return err
	}
	return s.Kept.KeepFilter(ctx, u.Issuer, u.Subject, form.SaveAs, form)
}

func (s *Server) savedSearches(ctx context.Context, u auth.User) ([]views.SavedSearch, error) {
	filters, err := s.Kept.Filters(ctx, u.Issuer, u.Subject)
	saved := make([]views.SavedSearch, len(filters))
	for i, f := range filters {
		saved[i] = views.SavedSearch(f)
	}
	return saved, err
}

// useFilter answers GET /privacy/filters/:ref: it leads to what a kept search
// finds now.
func (s *Server) useFilter(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	var form views.EventForm
	if err := s.Kept.Filter(ctx, u.Issuer, u.Subject, c.Param("ref"), &form); err != nil {
		return err
	}
	ref, err := s.Kept.KeepSearch(ctx, u.Issuer, u.Subject, eventSearch, form)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/events/"+ref)
}

// forgetFilter answers POST /privacy/filters/:ref.
func (s *Server) forgetFilter(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	err := s.Trail.Record(ctx, audit.FilterKept, u, func(e *audit.Event) { e.Page, e.Words = "privacy-events", "forgotten" })
	if err != nil {
		return err
	}
	if err := s.Kept.ForgetFilter(ctx, u.Issuer, u.Subject, c.Param("ref")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/events")
}
