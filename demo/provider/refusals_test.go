package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A request that cannot be trusted to name its own client is answered here and
// goes nowhere.
func TestAuthorizeGoesNowhere(t *testing.T) {
	b := open(t, "")
	for _, test := range []struct{ name, key, value string }{
		{"wrong redirect URI", "redirect_uri", callback + "/more"},
		{"another client's redirect URI", "redirect_uri", "http://localhost:9/"},
		{"no redirect URI", "redirect_uri", ""},
		{"unknown client", "client_id", "somebody"},
		{"no client", "client_id", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, body := b.do("GET", "/authorize?"+request("login_hint", "gp", test.key, test.value).Encode(), nil, nil)
			if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" || !strings.Contains(body, "Sign-in does not work") {
				t.Errorf("%d, sent to %q: %s", res.StatusCode, res.Header.Get("Location"), body)
			}
		})
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	b := open(t, "")
	for _, test := range []struct {
		name, want string
		changes    []string
	}{
		{"no PKCE", "invalid_request", []string{"code_challenge", "", "code_challenge_method", ""}},
		{"PKCE without a method", "invalid_request", []string{"code_challenge_method", ""}},
		{"plain PKCE", "invalid_request", []string{"code_challenge_method", "plain"}},
		{"implicit flow", "unsupported_response_type", []string{"response_type", "id_token"}},
		{"not OpenID", "invalid_scope", []string{"scope", "profile"}},
		{"silent without a session", "login_required", []string{"prompt", "none"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			back := b.authorize(append(test.changes, "login_hint", "gp")...)
			if back.Get("error") != test.want || back.Get("code") != "" || back.Get("state") != "st&te" {
				t.Errorf("sent back with %v", back)
			}
		})
	}
}

func TestTokenRefusals(t *testing.T) {
	b := open(t, "")
	for _, test := range []struct {
		name    string
		status  int
		want    string
		changes []string
	}{
		{"wrong secret", http.StatusUnauthorized, "invalid_client", []string{"client_secret", "wrong"}},
		{"no secret", http.StatusUnauthorized, "invalid_client", []string{"client_secret", ""}},
		{"unknown client", http.StatusUnauthorized, "invalid_client", []string{"client_id", "somebody"}},
		{"another client", http.StatusBadRequest, "invalid_grant", []string{"client_id", "other", "client_secret", "other"}},
		{"wrong verifier", http.StatusBadRequest, "invalid_grant", []string{"code_verifier", strings.ToUpper(verifier)}},
		{"no verifier", http.StatusBadRequest, "invalid_grant", []string{"code_verifier", ""}},
		{"wrong redirect URI", http.StatusBadRequest, "invalid_grant", []string{"redirect_uri", callback + "/more"}},
		{"no code", http.StatusBadRequest, "invalid_grant", []string{"code", ""}},
		{"invented code", http.StatusBadRequest, "invalid_grant", []string{"code", "invented"}},
		{"another grant type", http.StatusBadRequest, "unsupported_grant_type", []string{"grant_type", "password"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := b.authorize("login_hint", "gp").Get("code")
			status, answer := b.redeem(code, test.changes...)
			if status != test.status || answer["error"] != test.want || answer["id_token"] != nil {
				t.Errorf("%d: %v", status, answer)
			}
		})
	}
}

func TestReplayedCodeWithdrawsTheToken(t *testing.T) {
	b := open(t, "")
	code := b.authorize("login_hint", "gp").Get("code")
	_, answer := b.redeem(code)
	if status, _ := b.userinfo(answer["access_token"]); status != http.StatusOK {
		t.Fatalf("userinfo: %d", status)
	}
	if status, again := b.redeem(code); status != http.StatusBadRequest || again["error"] != "invalid_grant" {
		t.Errorf("replayed: %d, %v", status, again)
	}
	if status, _ := b.userinfo(answer["access_token"]); status != http.StatusUnauthorized {
		t.Errorf("the token of a replayed code still works: %d", status)
	}
}

func TestCodeAndTokenLapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "")
		code := b.authorize("login_hint", "gp").Get("code")
		time.Sleep(61 * time.Second)
		if status, answer := b.redeem(code); status != http.StatusBadRequest {
			t.Errorf("%d: %v", status, answer)
		}
		answer, _ := b.signIn("login_hint", "gp")
		time.Sleep(11 * time.Minute)
		if status, _ := b.userinfo(answer["access_token"]); status != http.StatusUnauthorized {
			t.Errorf("a lapsed token works: %d", status)
		}
	})
}

func TestClientInTheHeader(t *testing.T) {
	b := open(t, "")
	form := func(code string) url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	}
	for _, test := range []struct {
		name, secret string
		want         int
	}{
		{"escaped, as the standard says", url.QueryEscape(secret), http.StatusOK},
		{"wrong", "wrong", http.StatusUnauthorized},
		{"cannot be unescaped", "%zz", http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := http.Request{Header: http.Header{}}
			header.SetBasicAuth("icr", test.secret)
			res, body := b.do("POST", "/access_token", form(b.authorize("login_hint", "gp").Get("code")), header.Header)
			if res.StatusCode != test.want {
				t.Errorf("%d: %s", res.StatusCode, body)
			}
		})
	}
}

func TestUserinfoNeedsAToken(t *testing.T) {
	b := open(t, "")
	if status, _ := b.userinfo("invented"); status != http.StatusUnauthorized {
		t.Errorf("invented token: %d", status)
	}
	if res, _ := b.do("GET", "/userinfo", nil, nil); res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("no token: %d", res.StatusCode)
	}
}
