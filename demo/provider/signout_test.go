package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func styleHash(body string) string {
	_, rest, _ := strings.Cut(body, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func TestSignOut(t *testing.T) {
	b := open(t, "")
	answer, _ := b.signIn("login_hint", "gp")
	token, _ := answer["id_token"].(string)
	tampered := token[:len(token)-10] + "AAAAAAAAAA"
	for _, test := range []struct {
		name   string
		query  url.Values
		status int
		to     string
	}{
		{"to a registered address", url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {goodbye}, "state": {"s&t"}}, http.StatusSeeOther, goodbye + "?state=s%26t"},
		{"without a hint", url.Values{"client_id": {"icr"}, "post_logout_redirect_uri": {goodbye}}, http.StatusSeeOther, goodbye},
		{"nowhere further", url.Values{"id_token_hint": {token}}, http.StatusOK, ""},
		{"to an address of somebody's own", url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {"http://evil.example/"}}, http.StatusBadRequest, ""},
		{"nobody's address", url.Values{"post_logout_redirect_uri": {goodbye}}, http.StatusBadRequest, ""},
		{"with a tampered token", url.Values{"id_token_hint": {tampered}, "post_logout_redirect_uri": {goodbye}}, http.StatusBadRequest, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, body := b.do("GET", "/connect/endSession?"+test.query.Encode(), nil, nil)
			if res.StatusCode != test.status || res.Header.Get("Location") != test.to {
				t.Errorf("%d, sent to %q: %s", res.StatusCode, res.Header.Get("Location"), body)
			}
		})
	}
	if back := b.authorize("prompt", "none"); back.Get("error") != "login_required" {
		t.Errorf("still signed in: %v", back)
	}
}

// One may sign out long after the ID token has lapsed.
func TestLateSignOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "")
		answer, _ := b.signIn("login_hint", "gp")
		token, _ := answer["id_token"].(string)
		time.Sleep(5 * time.Hour)
		res, body := b.do("POST", "/connect/endSession", url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {goodbye}}, nil)
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%d: %s", res.StatusCode, body)
		}
	})
}

func TestBackChannelSignOut(t *testing.T) {
	told := make(chan string, 9)
	viewer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.FormValue("logout_token") }))
	defer viewer.Close()
	b := open(t, viewer.URL)
	answer, claims := b.signIn("login_hint", "gp")
	token, _ := answer["id_token"].(string)
	for range 2 {
		b.do("GET", "/connect/endSession?"+url.Values{"id_token_hint": {token}}.Encode(), nil, nil)
	}
	if len(told) != 1 {
		t.Fatalf("told %d times", len(told))
	}
	logout := b.verified(<-told)
	events, _ := logout["events"].(map[string]any)
	if logout["sid"] != claims["sid"] || logout["aud"] != "icr" || logout["nonce"] != nil || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
		t.Errorf("told %v", logout)
	}
}
