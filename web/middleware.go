package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"example.org/icr/auth"
	"github.com/labstack/echo/v4"
)

// logged writes one line a request. It holds the route and never the path,
// and nothing that names a patient.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := s.Now()
		c.Set(beganKey, began)
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		u, _ := c.Get(userKey).(auth.User)
		attributes := []any{
			slog.String("method", method(c.Request().Method)), slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size),
			slog.Int64("ms", s.Now().Sub(began).Milliseconds()),
			slog.String("user", u.Subject), slog.String("org", string(u.Organisation)),
		}
		if reference, ok := c.Get(referenceKey).(string); ok {
			attributes = append(attributes, slog.String("reference", reference))
		}
		if err != nil {
			attributes = append(attributes, slog.String("err", err.Error()))
		}
		s.Log.Info("request", attributes...)
		return nil
	}
}

// referenceKey is where the reference of an access or an error is noted, for
// the log line.
const referenceKey = "reference"

// method is a request's method, if it is one: anything may be sent as one.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return m
	}
	return "other"
}

// recovered turns a panic into an error page. Pages are buffered, so nothing
// of one has been sent.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if e, ok := r.(error); ok && errors.Is(e, http.ErrAbortHandler) {
					panic(r)
				}
				err = fmt.Errorf("panic: %T in\n%s", r, debug.Stack()) // not its value, which may be about a patient
			}
		}()
		return next(c)
	}
}

func (s *Server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.secure(c.Response().Header())
		return next(c)
	}
}

// secure sets the headers of every response. Those of static assets override
// the first.
func (s *Server) secure(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "+
		"connect-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // and not none, with which browsers call our own forms another site's (Origin: null)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	if strings.HasPrefix(s.Site.PublicURL, "https:") {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}
