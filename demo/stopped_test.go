package demo

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// A partner that is stopped breaks connections off until it is started again,
// and nobody else is stopped with it.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	s := stateOf(dir, 8080)
	if err := Stop(dir, 8080, "RLT"); err == nil {
		t.Error("there is no demonstration")
	}
	if err := os.MkdirAll(s.logs(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write(s.people(), nil); err != nil {
		t.Fatal(err)
	}
	answers := func(of http.Handler) bool {
		server := httptest.NewServer(of)
		defer server.Close()
		res, err := http.Get(server.URL)
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	}
	rlt, rkb := s.stoppable("RLT", http.NotFoundHandler()), s.stoppable("RKB", http.NotFoundHandler())
	for _, test := range []struct {
		act     func(dir string, port int, code string) error
		answers bool
	}{
		{Stop, false},
		{Start, true},
		{Start, true},
	} {
		if err := test.act(dir, 8080, "RLT"); err != nil {
			t.Fatal(err)
		}
		if answers(rlt) != test.answers || !answers(rkb) {
			t.Errorf("RLT answers: %t", !test.answers)
		}
	}
	if Stop(dir, 8080, "RXX") == nil || Stop(dir, 8080, "../x") == nil {
		t.Error("a partner was stopped that there is not")
	}
}
