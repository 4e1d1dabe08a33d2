package source_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
)

// A user's sign-in is exchanged for an access token, which is then renewed;
// each session has its own.
func TestUsersTokens(t *testing.T) {
	key, service := newKey(t, p256), newTokenService(t)
	given := 0
	service.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("refresh_token") == "r2" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		given++
		fmt.Fprintf(w, `{"access_token":"t%d","refresh_token":"r%d","token_type":"Bearer","expires_in":"599"}`, given, given)
	}
	users := source.NewUserTokens(source.OAuth{URL: service.URL + "/token", ClientID: "icr", Key: key.read(t, "", ""), HTTP: source.NewHTTPClient()})
	for i, step := range []struct{ session, id, refused, want string }{
		{"one", "a.b.c", "", "t1"},
		{"one", "a.b.c", "", "t1"},   // held
		{"two", "d.e.f", "", "t2"},   // another session
		{"one", "a.b.c", "t1", "t3"}, // renewed
		{"two", "d.e.f", "t2", "t4"}, // not renewed: exchanged anew
		{"two", "g.h.i", "", "t5"},   // signed in anew
	} {
		got, err := users.Bearer(t.Context(), step.session, step.id, step.refused)
		if err != nil || got != step.want {
			t.Errorf("step %d: %s, %v", i, got, err)
		}
	}
	var grants []string
	for _, form := range service.asked() {
		grants = append(grants, form["grant_type"]+" "+form["subject_token"]+form["refresh_token"])
		if _, _, err := key.verify(form["client_assertion"], "ES256"); err != nil {
			t.Error(err)
		}
	}
	const exchange, refresh = "urn:ietf:params:oauth:grant-type:token-exchange ", "refresh_token "
	want := fmt.Sprint([]string{exchange + "a.b.c", exchange + "d.e.f", refresh + "r1", refresh + "r2", exchange + "d.e.f", exchange + "g.h.i"})
	if fmt.Sprint(grants) != want || service.asked()[0]["subject_token_type"] != "urn:ietf:params:oauth:token-type:id_token" {
		t.Errorf("asked %v", grants)
	}
	service.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	if _, err := users.Bearer(t.Context(), "three", "x.y.z", ""); !errors.Is(err, partner.ErrTokenRefused) {
		t.Errorf("refused: %v", err)
	}
	if _, err := users.Bearer(t.Context(), "three", "", ""); err == nil {
		t.Error("a user without a sign-in has a token")
	}
}
