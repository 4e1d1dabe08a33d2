package web

import (
	"bytes"
	"sync"
	"time"

	"example.org/icr/auth"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// frame is what stands around the page that answers c.
func (s *Server) frame(c echo.Context) views.Frame {
	f := views.Frame{Programme: s.Site.Programme, Banner: s.Site.Banner, Now: s.Now()}
	if u, ok := c.Get(userKey).(auth.User); ok {
		f.User = &u
		posts, _, err := s.SignIn.Posts(c.Request())
		f.CanSwitchRole = err == nil && len(posts) > 1
		f.As = s.as(u)
		f.Still = "/account/still?as=" + f.As
		f.Ends = s.ends(c)
		_, f.Kept = c.Get(keptQuery).(bool)
	}
	return f
}

// ends is when the session of c ends, if nobody uses it.
func (s *Server) ends(c echo.Context) time.Time {
	unused, anyhow, err := s.SignIn.Ends(c.Request())
	if err != nil {
		return time.Time{}
	}
	if anyhow.Before(unused) {
		return anyhow
	}
	return unused
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// made is a page as bytes, whole. A page that fails half way is never sent.
func made(c echo.Context, p templ.Component) ([]byte, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := p.Render(c.Request().Context(), b); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

// render sends a page that shows nobody's data.
func (s *Server) render(c echo.Context, status int, p templ.Component) error {
	page, err := made(c, p)
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}
