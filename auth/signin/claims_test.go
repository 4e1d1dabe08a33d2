package signin_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
)

// with is a nurse at RKB with other values in some fields; nil takes one away.
func with(fields object) object {
	o := nurse("RKB")
	for name, value := range fields {
		o[name] = value
		if value == nil {
			delete(o, name)
		}
	}
	return o
}

func TestCIS2Claims(t *testing.T) {
	list := func(all ...any) []any { return all }
	for _, test := range []struct {
		name  string
		roles any // nhsid_nrbac_roles; nil stands for null
		id    object
		want  string // role code @ organisation, …
	}{
		{"one role", list(nurse("RKB")), nil, "R8001@RKB"},
		{"one role, not in an array", nurse("RKB"), nil, "R8001@RKB"},
		{"two organisations", list(nurse("RJC"), nurse("RYG")), nil, "R8001@RJC R8001@RYG"},
		{"the same role twice", list(nurse("RKB"), nurse("RKB")), nil, "R8001@RKB"},
		{"one known, one unknown", list(with(object{"role_code": "S8001:G8002:R8008"}), nurse("RJC")), nil, "R8001@RJC"},
		{"bare role code", list(with(object{"role_code": "R8000"})), nil, "R8000@RKB"},
		{"organisation in small letters", list(with(object{"org_code": "rkb"})), nil, "R8001@RKB"},
		{"no workgroups", list(with(object{"workgroups": nil})), nil, "R8001@RKB"},

		{"selected", list(nurse("RJC"), nurse("RYG")), object{"selected_roleid": "role-at-RYG"}, "R8001@RYG"},
		{"selected null", list(nurse("RJC")), object{"selected_roleid": nil}, "R8001@RJC"},
		{"selected another's", list(nurse("RJC"), nurse("RYG")), object{"selected_roleid": "role-at-RKB"}, ""},
		{"selected nothing", list(with(object{"person_roleid": nil}), nurse("RJC")), object{"selected_roleid": ""}, ""},
		{"selected several", list(nurse("RJC")), object{"selected_roleid": list("role-at-RJC")}, ""},
		{"selected a number", list(with(object{"person_roleid": 5})), object{"selected_roleid": 5}, ""},

		{"null", nil, nil, ""},
		{"none", list(), nil, ""},
		{"text", "R8001", nil, ""},
		{"text that is JSON", `[{"role_code":"R8001","org_code":"RKB"}]`, nil, ""},
		{"number", 8001, nil, ""},
		{"texts", list("R8001"), nil, ""},
		{"deeper", list(list(nurse("RKB"))), nil, ""},
		{"deeper, in an object", object{"roles": list(nurse("RKB"))}, nil, ""},
		{"nulls and numbers around it", list(nil, 7, nurse("RKB"), "x", list()), nil, "R8001@RKB"},
		{"unknown role code", list(with(object{"role_code": "S8000:G8000:R9999"})), nil, ""},
		{"role code in small letters", list(with(object{"role_code": "s8000:g8000:r8001"})), nil, ""},
		{"role code not last", list(with(object{"role_code": "R8001:S8000:G8000"})), nil, ""},
		{"role code and a colon", list(with(object{"role_code": "S8000:G8000:R8001:"})), nil, ""},
		{"role code with a space", list(with(object{"role_code": "R8001 "})), nil, ""},
		{"role codes in an array", list(with(object{"role_code": list("S8000:G8000:R8001")})), nil, ""},
		{"role code empty", list(with(object{"role_code": ""})), nil, ""},
		{"no role code", list(with(object{"role_code": nil})), nil, ""},
		{"no organisation", list(with(object{"org_code": nil})), nil, ""},
		{"organisations in an array", list(with(object{"org_code": list("RKB")})), nil, ""},
		{"organisation no code", list(with(object{"org_code": "../RKB"})), nil, ""},
		{"role in the ID token alone", nil, object{"nhsid_nrbac_roles": list(nurse("RKB"))}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, b := newWorld(t), newBrowser()
			w.provider.userinfo = func(o object) { o["nhsid_nrbac_roles"] = test.roles }
			w.provider.claims = func(o object) {
				for name, value := range test.id {
					o[name] = value
				}
			}
			out, err := w.signIn(b, signin.BeginOptions{})
			if got := posts(out.Posts); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.want == "" && (!errors.Is(err, auth.ErrNoRole) || len(w.rows.sessions()) != 0 || out.Identity.Subject != "555001") {
				t.Errorf("without a role: %v, %d sessions, %+v", err, len(w.rows.sessions()), out)
			}
			if test.want != "" && err != nil {
				t.Error(err)
			}
		})
	}
}

func posts(all []auth.Post) string {
	var s []string
	for _, p := range all {
		s = append(s, p.RoleCode+"@"+string(p.Organisation))
	}
	return strings.Join(s, " ")
}

func TestCIS2MissingClaim(t *testing.T) {
	w := newWorld(t)
	w.provider.userinfo = func(o object) { delete(o, "nhsid_nrbac_roles") }
	if _, err := w.signIn(newBrowser(), signin.BeginOptions{}); !errors.Is(err, auth.ErrNoRole) {
		t.Error(err)
	}
}

func TestCIS2Teams(t *testing.T) {
	for _, test := range []struct {
		said any
		want []string
	}{
		{[]string{"Ward 7", "Ward 8"}, []string{"Ward 7", "Ward 8"}},
		{"Ward 7", []string{"Ward 7"}},
		{[]any{"Ward 7", nil, 8, "", []string{"Ward 9"}}, []string{"Ward 7"}},
		{[]string{}, nil},
		{nil, nil},
		{7, nil},
		{"", nil},
		{object{"a": "Ward 7"}, nil},
	} {
		w := newWorld(t)
		w.provider.userinfo = func(o object) { o["nhsid_nrbac_roles"] = with(object{"workgroups": test.said}) }
		if out := w.mustSignIn(newBrowser(), signin.BeginOptions{}); !reflect.DeepEqual(out.Posts[0].Teams, test.want) {
			t.Errorf("%v: %q, want %q", test.said, out.Posts[0].Teams, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		info, id, want any
	}{
		{"OKAFOR Ada (Miss)", "other", "OKAFOR Ada (Miss)"},
		{nil, "Ada Okafor", "Ada Okafor"},
		{"\u202eAda\u0000\n\u200f Okafor ", nil, "Ada Okafor"},
		{[]string{"Ada"}, 7, ""},
		{"Łucja Ó Néill", nil, "Łucja Ó Néill"},
		{strings.Repeat("é", 300), nil, strings.Repeat("é", 200)},
	} {
		w := newWorld(t)
		w.provider.userinfo = func(o object) { o["name"] = test.info }
		claim("name", test.id)(w.provider)
		if out := w.mustSignIn(newBrowser(), signin.BeginOptions{}); out.Name != test.want {
			t.Errorf("%q, want %q", out.Name, test.want)
		}
	}
}

// CIS2 may tell the chosen role in the ID token or in userinfo. It counts in
// both, and two that differ are none.
func TestCIS2SelectedInUserinfo(t *testing.T) {
	for _, test := range []struct{ id, info, want string }{
		{"", "role-at-RYG", "R8001@RYG"},
		{"role-at-RYG", "role-at-RYG", "R8001@RYG"},
		{"role-at-RJC", "role-at-RYG", ""},
	} {
		w := newWorld(t)
		w.provider.userinfo = func(o object) {
			o["nhsid_nrbac_roles"], o["selected_roleid"] = []object{nurse("RJC"), nurse("RYG")}, test.info
		}
		if test.id != "" {
			claim("selected_roleid", test.id)(w.provider)
		}
		out, _ := w.signIn(newBrowser(), signin.BeginOptions{})
		if got := posts(out.Posts); got != test.want {
			t.Errorf("%q and %q: %q, want %q", test.id, test.info, got, test.want)
		}
	}
}

// The user information of NHS England's own test data, where it is at hand.
func TestCIS2Published(t *testing.T) {
	const file = "../../../shared/data/nhs/summary-care-record-api/docker/service/src/integration-test/resources/uat/responses/identity-service/userInfo.json"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Log("no published example here; the built-in ones have passed")
		return
	}
	w := newWorld(t)
	w.provider.claims = func(o object) { o["sub"] = "910000000001" }
	w.provider.userinfo = func(o object) {
		clear(o)
		if err := json.Unmarshal(data, &o); err != nil {
			t.Error(err)
		}
	}
	out := w.mustSignIn(newBrowser(), signin.BeginOptions{})
	if got := posts(out.Posts); got != "R8001@RBA R8000@RBA" || out.Chosen != nil {
		t.Errorf("%q", got)
	}
}
