package web

import "example.org/icr/auth"

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
