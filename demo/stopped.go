package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
)

// Stop stops one partner of the demonstration on a port with its state under
// dir: connections to it break off unanswered until Start.
func Stop(dir string, port int, code string) error {
	s := stateOf(dir, port)
	if err := s.knows(code); err != nil {
		return err
	}
	return write(s.stopped(nhs.ODSCode(code)), nil)
}

// Start starts a partner again that Stop has stopped.
func Start(dir string, port int, code string) error {
	s := stateOf(dir, port)
	if err := s.knows(code); err != nil {
		return err
	}
	if err := os.Remove(s.stopped(nhs.ODSCode(code))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// knows returns an error unless a demonstration has run here and has the
// partner.
func (s state) knows(code string) error {
	if _, err := os.Stat(s.people()); err != nil {
		return errors.New("no demonstration runs on this port")
	}
	var codes []string
	for _, entry := range partners {
		for _, o := range append([]organisation{entry.organisation}, entry.Practices...) {
			if o.Code != "" {
				codes = append(codes, string(o.Code))
			}
		}
	}
	if !slices.Contains(codes, code) {
		return fmt.Errorf("no partner has the code %q: they are %s", code, strings.Join(codes, ", "))
	}
	return nil
}

// stoppable is next while the partner is not stopped.
func (s state) stoppable(code nhs.ODSCode, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := os.Stat(s.stopped(code)); err == nil {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}
