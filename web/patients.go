package web

import (
	"net/http"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// How many patients the start page lists.
const (
	mostOpened  = 5
	mostCurrent = 10
)

// start sends the page on which a patient is looked for, with those that u is
// likely to look for. Each is on the trail before the page is sent; what
// cannot be recorded is not listed.
func (s *Server) start(c echo.Context, u auth.User) error {
	owed, err := s.Kept.Owed(c.Request().Context(), u)
	if err != nil {
		return err
	}
	asked, err := s.Desk.Questions(c.Request().Context(), u)
	if err != nil {
		return err
	}
	p := views.HomePage{Frame: s.frame(c), Owed: owed, Asked: asked}
	if p.Kept {
		p.Form = searchForm(c)
	}
	listed, err := s.listPatients(c, u, &p)
	if err == nil {
		page, err := made(c, views.Home(p))
		if err != nil {
			return err
		}
		if err = s.Trail.List(c.Request().Context(), u, "home", listed); err == nil {
			return c.HTMLBlob(http.StatusOK, page)
		}
	}
	s.Log.Warn("patients could not be listed", "err", err)
	return s.render(c, http.StatusOK, views.Home(views.HomePage{Frame: p.Frame, Form: p.Form, Owed: owed, Asked: asked, NotListed: true}))
}

func (s *Server) listPatients(c echo.Context, u auth.User, p *views.HomePage) ([]record.Person, error) {
	ctx := c.Request().Context()
	opened, err := s.Kept.Opened(ctx, u, mostOpened)
	if err != nil {
		return nil, err
	}
	current, err := s.Kept.Current(ctx, u, mostCurrent)
	if err != nil {
		return nil, err
	}
	people, unnamed := s.Viewing.Listed(ctx, u, append(opened, current...))
	p.Unnamed = unnamed
	for _, person := range people {
		ref, err := s.Kept.Refer(ctx, u.Issuer, u.Subject, person.Number)
		if err != nil {
			return nil, err
		}
		found := views.Found{Ref: ref, Person: person}
		if among(opened, person) {
			p.Opened = append(p.Opened, found)
		} else {
			p.Current = append(p.Current, found)
		}
	}
	return people, nil
}

// among reports whether one of a person's numbers is listed.
func among(numbers []nhs.Number, person record.Person) bool {
	for _, listed := range numbers {
		for _, own := range person.Numbers() {
			if listed == own {
				return true
			}
		}
	}
	return false
}
