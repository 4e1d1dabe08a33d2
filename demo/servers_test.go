package demo

import (
	"net/http"
	"testing"
)

// A server that is stopped while it begins to listen leaves its port.
func TestServersLeaveTheirPorts(t *testing.T) {
	port := freePorts(t).Provider
	for range 500 {
		s := &servers{}
		if err := s.serve(port, http.NotFoundHandler()); err != nil {
			t.Fatal(err)
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		if err := free(port); err != nil {
			t.Fatalf("port %d %v", port, err)
		}
	}
}
