package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// showRecord answers GET /record/:ref, the summary.
func (s *Server) showRecord(c echo.Context, u auth.User) error {
	return s.view(c, u, viewing.Ask{Page: "summary", Brief: true, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := s.recordPage(c, u, shown)
		p.Mistakes = s.entryKeys(p.Ref)
		p = p.Prepared()
		return rendered(c, views.Summary(p), p.Entries())
	}})
}

// showSection answers GET /record/:ref/:section, one section in full. The
// partners are asked for that section alone.
func (s *Server) showSection(c echo.Context, u auth.User) error {
	section := record.Section(c.Param("section"))
	if !section.Known() {
		return errNotFound
	}
	if !slices.Contains(s.Viewing.Access.ScopeOf(u.Role).Sections(), section) {
		return s.refuseRole(c, u)
	}
	number, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || number < 1 {
		number = 1
	}
	filter, err := s.sectionFilter(c, u, section)
	if err != nil {
		return err
	}
	return s.view(c, u, viewing.Ask{Page: string(section), Only: []record.Section{section}, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := views.SectionPage{RecordPage: s.recordPage(c, u, shown), Section: section, From: (number - 1) * views.LinesPerPage}
		p.Mistakes = s.entryKeys(p.Ref)
		p.Scope = s.Viewing.Access.ScopeOf(u.Role) // the way to the other sections
		p.Form, p.Filter, p.FilterRef, p.Lapsed = filter.form, filter.applied, filter.ref, filter.lapsed
		p = p.Prepared()
		return rendered(c, views.Section(p), p.Entries())
	}})
}

func (s *Server) view(c echo.Context, u auth.User, ask viewing.Ask) error {
	return s.viewAs(c, u, http.StatusOK, ask)
}

func (s *Server) viewAs(c echo.Context, u auth.User, status int, ask viewing.Ask) error {
	ctx := c.Request().Context()
	patient, person, err := s.Kept.ReferredPerson(ctx, u.Issuer, u.Subject, c.Param("ref"))
	if err != nil {
		return err
	}
	if err := s.spend(c, u, patient); err != nil {
		return err
	}
	ask.User, ask.Patient, ask.Person = u, patient, person
	page, err := s.Viewing.View(ctx, ask)
	if refusal, ok := errors.AsType[*viewing.Refusal](err); ok {
		return s.explain(c, u, refusal.Explanation)
	}
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

func (s *Server) recordPage(c echo.Context, u auth.User, shown viewing.Shown) views.RecordPage {
	c.Set(referenceKey, shown.Reference)
	if shown.Person.Restricted {
		unlocate(shown.Record.Contributions)
	}
	refs := s.documentRefs(c.Param("ref"))
	if shown.Person.Restricted {
		refs = nil // a letter may tell where they are
	}
	frame := s.frame(c)
	frame.Still = "/record/" + c.Param("ref") + "/still?as=" + s.as(u) + "&of=" + s.of(c.Param("ref"), shown.Person)
	return views.RecordPage{
		Frame: frame, Ref: c.Param("ref"), Person: shown.Person, Record: shown.Record, Scope: shown.Scope,
		Ground: shown.Ground, Reference: shown.Reference, OpenedAt: shown.OpenedAt,
		DocumentRef: refs,
		Practice:    s.Site.Names[shown.Person.Practice], SocialCareNotice: u.Role == auth.SocialCare, Restricted: shown.Person.Restricted, News: shown.News,
		MayOpenSensitive: shown.MayOpenSensitive, SensitiveOpened: shown.SensitiveOpened,
	}
}

func rendered(c echo.Context, p templ.Component, entries []*record.Entry) (viewing.Rendered, error) {
	page, err := made(c, p)
	return viewing.Rendered{Bytes: page, Entries: entries}, err
}

// explain answers a refusal, as far as the user may be told why.
func (s *Server) explain(c echo.Context, u auth.User, e access.Explanation) error {
	switch e {
	case access.GiveReason:
		s.evenly(c)
		return s.reasonPage(c, u, http.StatusForbidden, "", false)
	case access.SignInAgain:
		return auth.ErrNoSession
	case access.NotEnough:
		return s.reasonPage(c, u, http.StatusForbidden, "", true)
	case access.NotAvailable:
		return s.render(c, http.StatusForbidden, views.Unavailable(s.unavailable(c, "objection", "")))
	case access.NotInRecord:
		return s.render(c, http.StatusForbidden, views.Unavailable(s.unavailable(c, "not-in-programme", "")))
	case access.NotHandOver:
		return s.render(c, http.StatusForbidden, views.Problem(s.notHandedOver(c)))
	case access.NotYourRecord:
		return s.render(c, http.StatusForbidden, views.Unavailable(s.unavailable(c, "own-record", "")))
	}
	s.evenly(c)
	return s.render(c, http.StatusForbidden, views.Refused(views.RefusedPage{Frame: s.frame(c)}))
}

func (s *Server) unavailable(c echo.Context, kind, reference string) views.UnavailablePage {
	return views.UnavailablePage{Frame: s.frame(c), Kind: kind, Organisations: s.Site.Telephones, Reference: reference}
}

// refuseRole answers somebody whose role has no business with a route, once
// that is on the trail.
func (s *Server) refuseRole(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	patient, err := s.Kept.Referred(ctx, u.Issuer, u.Subject, c.Param("ref"))
	if err != nil && !errors.Is(err, auth.ErrNoRef) {
		return err
	}
	err = s.Trail.Record(ctx, audit.Denied, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Rule = patient, c.Path(), access.SeesNothing
	})
	if err != nil {
		return err
	}
	return s.render(c, http.StatusForbidden, views.Refused(views.RefusedPage{Frame: s.frame(c), ByRole: true}))
}

// unlocate takes from sources what would tell which they are where only their
// kind may be told: their order and how far their feeds lag.
func unlocate(contributions []record.Contribution) {
	for i := range contributions {
		contributions[i].Source.Lag = ""
	}
	slices.SortStableFunc(contributions, func(a, b record.Contribution) int {
		return cmp.Or(cmp.Compare(a.Source.Kind, b.Source.Kind), cmp.Compare(a.State, b.State), cmp.Compare(len(b.Entries), len(a.Entries)))
	})
}
