package web

import (
	"net/http"
	"net/http/httptest"

	"example.org/icr/auth"
	"github.com/labstack/echo/v4"
)

// Route is a line of the list of routes, for tests.
type Route struct {
	Method, Path, Class string
	Roles               []auth.Role
	Pulse               bool // asked by open pages
}

// Routes are all lines of the list.
func (s *Server) Routes() (all []Route) {
	for _, r := range s.routes() {
		all = append(all, Route{r.method, r.path, r.class.name, r.class.roles, r.open != nil && len(r.class.roles) > 0})
	}
	return all
}

// Registered are the methods and paths that are answered.
func (s *Server) Registered() (all []string) {
	for _, r := range s.router().Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// Evenly is the end of an answer to r that tells nothing about a patient, after
// whatever finding that out took.
func (s *Server) Evenly(r *http.Request, find func()) {
	c := echo.New().NewContext(r, httptest.NewRecorder())
	c.Set(beganKey, s.Now())
	find()
	s.evenly(c)
}

// Bucket fills a bucket for an address.
func (s *Server) Bucket(address string) {
	s.signIns.at(address, signInsPerSecond, signInsAtOnce, s.Now()).AllowN(s.Now(), 1)
}

// Buckets is how many are kept.
func (s *Server) Buckets() int { return len(s.signIns.of) }
