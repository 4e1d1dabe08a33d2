package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"

	"example.org/icr/auth"
	"github.com/labstack/echo/v4"
)

// A form that could not be taken because its sender has to sign in first is
// kept, sealed, for a quarter of an hour, and fills the page that it stands on
// once they have. Nothing is done with it until it is sent again.

const (
	keptForm  = "form" // kind of what is kept
	keptQuery = "kept" // query parameter that names it
	mostKept  = 16 << 10
	mostForms = 4 // kept of one person: they may have sent from several tabs
)

// keep leaves the form of the request under a ref that is of use to one person.
// A form that is empty or too long has none.
func (s *Server) keep(c echo.Context, issuer, subject string) (string, error) {
	if c.Request().ParseForm() != nil || len(c.Request().PostForm) == 0 || len(c.Request().PostForm.Encode()) > mostKept {
		return "", nil
	}
	return s.Kept.KeepLatest(c.Request().Context(), issuer, subject, keptForm, c.Request().PostForm, mostForms)
}

// keepHere is keep for a sender whose session has ended: for who signed in last
// at the browser, and nobody else who signs in there now. What strangers send
// is not kept.
func (s *Server) keepHere(c echo.Context) (string, error) {
	former, known := s.SignIn.Former(c.Request())
	if !known {
		return "", nil
	}
	return s.keep(c, former.Issuer, former.Subject)
}

// restore puts a form that was kept where the page's handler looks for one. A
// ref that leads nowhere leaves the page as it is.
func (s *Server) restore(c echo.Context, u auth.User) error {
	ref := c.QueryParam(keptQuery)
	if ref == "" || c.Request().Method != http.MethodGet {
		return nil
	}
	var form url.Values
	err := s.Kept.Search(c.Request().Context(), u.Issuer, u.Subject, keptForm, ref, &form)
	if errors.Is(err, auth.ErrNoRef) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Request().Form = url.Values{}
	maps.Copy(c.Request().Form, form)
	c.Set(keptQuery, true)
	return nil
}

// formPage is the path of the page that the request's form stands on.
func (s *Server) formPage(c echo.Context) string {
	for _, r := range s.routes() {
		if r.method == http.MethodGet && r.path == c.Path() {
			return c.Request().URL.Path
		}
	}
	return "/"
}

// withKept is a path of ours at which a kept form is restored.
func withKept(path, ref string) string {
	if ref == "" {
		return path
	}
	return path + "?" + url.Values{keptQuery: {ref}}.Encode()
}
