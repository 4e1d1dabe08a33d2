package main

import (
	"context"
	"crypto/elliptic"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
)

// nowhere is a log that takes everything.
type nowhere struct{}

func (nowhere) Append(context.Context, ...audit.Event) error                   { return nil }
func (nowhere) AppendClaim(context.Context, audit.Event, time.Time, int) error { return nil }

func (nowhere) AppendIf(context.Context, access.Request, func(access.Facts) (audit.Ready, error), *audit.Sight) error {
	return nil
}

// signedIn gives everybody an ID token of their own.
type signedIn struct{}

func (signedIn) IDToken(_ context.Context, u auth.User) (string, error) {
	return u.Subject + ".b.c", nil
}

// The demographics service is asked by the user's own leave where they signed
// in with the issuer that it knows, and by this service's otherwise.
func TestWhoseLeaveDemographicsAreAskedBy(t *testing.T) {
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := "own-" + strings.TrimSuffix(r.PostFormValue("subject_token"), ".b.c")
		if r.PostFormValue("grant_type") == "client_credentials" {
			token = "service"
		}
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":599}`, token)
	}))
	defer tokens.Close()
	var asked []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Authorization")+" "+r.URL.Query().Get("_max-results"))
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset"}`)
	}))
	defer service.Close()
	key := curveKey(t, elliptic.P256())
	for _, test := range []struct{ name, keys, want string }{
		{"by nobody's", "", "[   ]"},
		{"by this service's", `, access: application-restricted, oauth: {token_url: "` + tokens.URL + `", client_id: icr, key_file: ` + key + `}`, "[Bearer service 1 Bearer service 1]"},
		{"by users'", `, access: user-restricted, issuer: cis2, oauth: {token_url: "` + tokens.URL + `", client_id: icr, key_file: ` + key + `}`, "[Bearer own-ada  Bearer service 1]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked = nil
			text := strings.Split(good, "\n")
			text[1] = `demographics: {url: "` + service.URL + `"` + test.keys + `}`
			p, err := parseProgramme(strings.Join(text, "\n"))
			if err != nil {
				t.Fatal(err)
			}
			s := settings{programme: p}
			if s.demographics, err = p.demographicsFiles(); err != nil {
				t.Fatal(err)
			}
			people, trail := s.people(signedIn{}), &audit.Trail{Log: nowhere{}, Now: time.Now}
			for _, who := range []auth.Identity{{Issuer: "https://id.example", Subject: "ada"}, {Issuer: "https://council.example", Subject: "bob"}} {
				leave, err := trail.Search(t.Context(), auth.User{Identity: who, Session: who.Subject})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := people.Search(t.Context(), leave, pds.Criteria{Family: "Shah", Born: record.ParseDate("1980-02-03")}); err != nil {
					t.Fatal(err)
				}
			}
			if got := fmt.Sprint(asked); got != test.want {
				t.Errorf("asked %s", got)
			}
		})
	}
}
