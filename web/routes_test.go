package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/web"
)

// classes are those that a route may be of.
var classes = []string{"public", "staff", "care", "clinical", "privacy", "objections", "safety", "service"}

func TestEveryRouteIsDeclared(t *testing.T) {
	w := newWorld(t)
	var declared []string
	for _, r := range w.web.Routes() {
		declared = append(declared, r.Method+" "+r.Path)
		if !slices.Contains(classes, r.Class) || (r.Class == "public") != (len(r.Roles) == 0) {
			t.Errorf("%s %s is of the class %q, with %v", r.Method, r.Path, r.Class, r.Roles)
		}
	}
	for _, r := range w.web.Registered() {
		if !slices.Contains(declared, r) {
			t.Errorf("%s is answered and not declared", r)
		}
	}
}

// users are one for each role, and nobody.
var users = map[auth.Role]string{
	"": "", auth.Clinician: "ed.nurse", auth.SocialCare: "social.worker", auth.CareAdmin: "care.admin", auth.PrivacyOfficer: "privacy.lead",
	auth.ObjectionsOfficer: "objections.officer", auth.SafetyOfficer: "safety.officer", auth.ServiceAdmin: "service.admin", auth.CaldicottGuardian: "caldicott.guardian",
}

var parameter = regexp.MustCompile(`:[a-z]+|\*`)

// somewhere is an address of the route, about nobody.
func somewhere(r web.Route) string {
	return parameter.ReplaceAllStringFunc(r.Path, func(name string) string {
		switch name {
		case ":issuer":
			return "cis2"
		case ":section":
			return "allergies"
		}
		return "AAAAAAAAAAAAAAAAAAAAAAAAAA"
	})
}

// Every route is walked by every role and by nobody. Who is not of its class is
// refused, which is on the trail, and told nothing else.
func TestEveryRoleWalksEveryRoute(t *testing.T) {
	w := newWorld(t)
	for role := range auth.Roles {
		if users[role] == "" {
			t.Errorf("nobody is a %s", role)
		}
	}
	refusals := 0
	for role, user := range users {
		b := w.arrive()
		if user != "" {
			b = w.as(user)
		}
		for _, r := range w.web.Routes() {
			if r.Path == "/signout" { // everybody may
				continue
			}
			p := b.do(r.Method, somewhere(r), url.Values{})
			switch belongs := slices.Contains(r.Roles, role); {
			case p.status >= 500 && p.status != http.StatusBadGateway:
				t.Errorf("%s %s as %q: %d %s", r.Method, r.Path, user, p.status, p.text())
			case r.Class == "public":
				if p.name() == "refused" {
					t.Errorf("%s %s as %q: refused", r.Method, r.Path, user)
				}
			case r.Pulse && (!belongs || r.Path == "/record/:ref/still"):
				if p.status != http.StatusGone {
					t.Errorf("%s %s as %q: %d", r.Method, r.Path, user, p.status)
				}
			case user == "":
				if p.status != http.StatusUnauthorized || p.name() != "signin" {
					t.Errorf("%s %s as nobody: %d %s", r.Method, r.Path, p.status, p.name())
				}
			case !belongs:
				refusals++
				if p.status != http.StatusForbidden || p.name() != "refused" || p.Find("main form").Length() != 0 {
					t.Errorf("%s %s as %q: %d %s", r.Method, r.Path, user, p.status, p.name())
				}
			case p.status == http.StatusUnauthorized || p.name() == "refused" && r.Class != "care":
				t.Errorf("%s %s as %q: %d %s", r.Method, r.Path, user, p.status, p.name())
			}
		}
	}
	if n := w.count(audit.Denied); n < refusals || refusals < 50 {
		t.Errorf("%d refusals, %d on the trail", refusals, n)
	}
}

// count is how many events of a kind are on the trail.
func (w *world) count(kind audit.Kind) int { return w.kinds()[kind] }

func TestNoRouteAnswersHEAD(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	for _, r := range w.web.Routes() {
		if r.Class == "public" {
			continue
		}
		if p := b.do(http.MethodHead, somewhere(r), nil); p.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", r.Path, p.status)
		}
	}
}
