package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/icr/demo/provider"
)

// Each person's roles reach the client as CIS2 sends them.
func TestStaff(t *testing.T) {
	b := open(t, "")
	for _, test := range []struct {
		user  string
		roles []string
	}{
		{"gp", []string{"Y99001 S8000:G8000:R8000"}},
		{"ed.nurse", []string{"RKB S8000:G8000:R8001"}},
		{"pharmacist", []string{"RLT S8000:G8000:R8003"}},
		{"paramedic", []string{"RYA S8000:G8000:R8003"}},
		{"ed.birmingham", []string{"RRK S8000:G8000:R8000"}},
		{"social.worker", []string{"E08000026 S8000:G8000:R8014"}},
		{"care.admin", []string{"E08000026 S8000:G8001:R8010"}},
		{"privacy.officer", []string{"RKB S8002:G8003:R0001"}},
		{"privacy.lead", []string{"QWU S8002:G8003:R0001"}},
		{"objections.officer", []string{"QWU S8000:G8001:R8013"}},
		{"safety.officer", []string{"QWU S8000:G8001:R8012"}},
		{"objections.second", []string{"QWU S8000:G8001:R8013"}},
		{"service.admin", []string{"QWU S8000:G8001:R8015"}},
		{"two.jobs", []string{"RJC S8000:G8000:R8001", "RYG S8000:G8000:R8001"}},
		{"no.role", nil},
	} {
		t.Run(test.user, func(t *testing.T) {
			answer, claims := b.signIn("login_hint", test.user)
			_, info := b.userinfo(answer["access_token"])
			var got []string
			list, there := info["nhsid_nrbac_roles"].([]any)
			for _, item := range list {
				role, _ := item.(map[string]any)
				got = append(got, fmt.Sprint(role["org_code"], " ", role["role_code"]))
			}
			if !slices.Equal(got, test.roles) || there != (test.roles != nil) {
				t.Errorf("roles %v, want %v", got, test.roles)
			}
			if _, selected := claims["selected_roleid"]; selected != (len(test.roles) == 1) {
				t.Errorf("selected_roleid is there: %v, with %d roles", selected, len(test.roles))
			}
			if orgs, _ := info["nhsid_user_orgs"].([]any); len(orgs) != len(test.roles) {
				t.Errorf("organisations %v", orgs)
			}
		})
	}
	if len(provider.Staff) != 16 {
		t.Errorf("%d members of staff", len(provider.Staff))
	}
}

func TestStaffAreApart(t *testing.T) {
	seen := map[string]bool{}
	for _, u := range provider.Staff {
		ids := []string{u.Name, u.UID}
		for _, post := range u.Posts {
			ids = append(ids, post.RoleID)
		}
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s is used twice", id)
			}
			seen[id] = true
		}
	}
}

func TestClaimsFollowTheScopes(t *testing.T) {
	b := open(t, "")
	for scope, want := range map[string][]string{
		"openid":                    {"sub"},
		"openid profile":            {"family_name", "given_name", "name", "sub", "title", "uid"},
		"openid nationalrbacaccess": {"idassurancelevel", "nhsid_nrbac_roles", "nhsid_useruid", "sub"},
		"openid associatedorgs":     {"idassurancelevel", "nhsid_user_orgs", "nhsid_useruid", "sub"},
	} {
		answer, _ := b.signIn("login_hint", "gp", "scope", scope)
		_, info := b.userinfo(answer["access_token"])
		var got []string
		for name := range info {
			got = append(got, name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", scope, got, want)
		}
	}
}

// A hint goes on with the session that is there; only a fresh sign-in gives a
// fresh time, so that a client's step-up means something.
func TestAuthTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "")
		_, first := b.signIn("login_hint", "gp")
		for _, test := range []struct {
			name    string
			fresh   bool
			changes []string
		}{
			{"hint", false, []string{"login_hint", "gp"}},
			{"silent", false, []string{"prompt", "none"}},
			{"young enough", false, []string{"login_hint", "gp", "max_age", "3600"}},
			{"prompt=login", true, []string{"login_hint", "gp", "prompt", "login"}},
			{"too old", true, []string{"login_hint", "gp", "max_age", "10"}},
			{"chosen on the page", true, []string{"choose", "gp"}},
			{"somebody else", true, []string{"login_hint", "pharmacist"}},
			{"back again", true, []string{"login_hint", "gp"}},
		} {
			time.Sleep(time.Minute)
			now := float64(time.Now().Unix())
			_, claims := b.signIn(test.changes...)
			if fresh := claims["auth_time"] == now; fresh != test.fresh {
				t.Errorf("%s: auth_time %v at %v", test.name, claims["auth_time"], now)
			}
			if same := claims["sid"] == first["sid"]; same == test.fresh {
				t.Errorf("%s: the session is the same: %v", test.name, same)
			}
			first = claims
		}
		time.Sleep(13 * time.Hour)
		if back := b.authorize("prompt", "none"); back.Get("error") != "login_required" {
			t.Errorf("a lapsed session signs in: %v", back)
		}
	})
}

func TestPageOfPeople(t *testing.T) {
	b := open(t, "")
	res, body := b.do("GET", "/authorize?"+request("login_hint", `<x"y>`).Encode(), nil, nil)
	for _, want := range []string{
		`<html lang="en-GB">`, "<h1>Choose who to be</h1>", "Everybody here is invented", `name="viewport"`, "Clinical safety officer",
		"Nurse with two jobs, South Warwickshire and Coventry and Warwickshire Partnership", "There is nobody called “&lt;x&#34;y&gt;” here",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(body, "data-user="); n != len(provider.Staff) {
		t.Errorf("%d people on the page", n)
	}
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, styleHash(body)) {
		t.Errorf("the policy %q does not allow the page its style", policy)
	}
	for _, c := range res.Cookies() {
		t.Errorf("a cookie before anybody was chosen: %v", c)
	}
	res, _ = b.do("GET", "/authorize?"+request("login_hint", "gp").Encode(), nil, nil)
	if c := res.Cookies(); len(c) != 1 || strings.HasPrefix(c[0].Name, "__Host-icr") || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("cookies %v", c)
	}
}
