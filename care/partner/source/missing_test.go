package source_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// That nothing is there says "does not supply this" of a section's own type
// alone. Of the patient it says that the address or the server is wrong.
func TestP4_NothingThereIsNoWordOnThePatient(t *testing.T) {
	for _, test := range []struct {
		missing    string
		status     int
		everything bool
		says       bool // it is a word on one section, and no failure
	}{
		{"/Patient/_search", http.StatusNotFound, false, false},
		{"/Patient/_search", http.StatusNotImplemented, false, false},
		{"/$everything", http.StatusNotFound, true, false},
		{"/Condition/_search", http.StatusNotFound, false, true},
		{"/Condition/_search", http.StatusNotImplemented, false, true},
	} {
		t.Run(fmt.Sprint(test.missing, " ", test.status), func(t *testing.T) {
			well := holder(t)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, test.missing) {
					w.WriteHeader(test.status)
					return
				}
				well.ServeHTTP(w, r)
			}))
			t.Cleanup(s.Close)
			from, err := source.New(source.Config{Base: s.URL, HTTP: source.NewHTTPClient(), Everything: test.everything})
			if err != nil {
				t.Fatal(err)
			}
			a, err := from.Fetch(t.Context(), partner.Query{
				Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{record.Problems: record.Everything, record.Allergies: record.Everything},
			})
			said, failed := errors.AsType[*partner.StatusError](err)
			if test.says != (err == nil && a.States[record.Problems] == record.NotSupported && a.States[record.Allergies] == "") || test.says == (failed && said.Status == test.status) {
				t.Errorf("%+v, %v", a.States, err)
			}
		})
	}
}
