package signin_test

import (
	"bytes"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/nhs"
)

func council(mapping string, change ...func(*signin.Issuer)) func(*signin.Config) {
	return func(c *signin.Config) {
		i := &c.Issuers[0]
		i.ID, i.Name, i.Mapping, i.Scopes = "cis2", "Council staff", mapping, []string{"openid", "profile"}
		i.Organisation = "E08000026"
		i.Roles = map[string]auth.Role{
			"SocialWorker": auth.SocialCare, "CareAdmin": auth.CareAdmin, "icr-social-worker": auth.SocialCare, "realm:icr-officer": auth.PrivacyOfficer,
		}
		for _, f := range change {
			f(i)
		}
	}
}

func byClaim(only ...nhs.ODSCode) func(*signin.Issuer) {
	return func(i *signin.Issuer) { i.Organisation, i.OrganisationClaim, i.Organisations = "", "ods_code", only }
}

func many(n int, of string) (all []string) {
	for range n {
		all = append(all, of)
	}
	return all
}

// Roles as Entra ID and Keycloak tell them, in every shape that anybody sends.
// What is not understood is no role, and takes nothing else with it.
func TestCouncilClaims(t *testing.T) {
	type list = []any
	keycloak := func(realm, client any) object {
		return object{"realm_access": realm, "resource_access": object{"icr": client, "account": object{"roles": list{"SocialWorker"}}}}
	}
	roles := func(all ...any) object { return object{"roles": all} }
	for _, test := range []struct {
		name     string
		config   func(*signin.Config)
		id, info object
		want     string
	}{
		{"Entra: one role", council("entra"), object{"roles": list{"SocialWorker"}}, nil, "SocialWorker@E08000026"},
		{"Entra: two roles", council("entra"), object{"roles": list{"SocialWorker", "CareAdmin"}}, nil, "SocialWorker@E08000026 CareAdmin@E08000026"},
		{"Entra: one role, not in an array", council("entra"), object{"roles": "SocialWorker"}, nil, "SocialWorker@E08000026"},
		{"Entra: twice the same", council("entra"), object{"roles": list{"SocialWorker", "SocialWorker"}}, nil, "SocialWorker@E08000026"},
		{"Entra: 300 roles, one known", council("entra"), object{"roles": append(many(299, "x"), "SocialWorker")}, nil, "SocialWorker@E08000026"},
		{"Entra: null", council("entra"), object{"roles": nil}, nil, ""},
		{"Entra: none", council("entra"), object{}, nil, ""},
		{"Entra: empty", council("entra"), object{"roles": list{}}, nil, ""},
		{"Entra: number", council("entra"), object{"roles": 7}, nil, ""},
		{"Entra: object", council("entra"), object{"roles": object{"SocialWorker": true}}, nil, ""},
		{"Entra: nested", council("entra"), object{"roles": list{list{"SocialWorker"}}}, nil, ""},
		{"Entra: nulls and numbers around it", council("entra"), object{"roles": list{nil, 7, "SocialWorker", object{}}}, nil, "SocialWorker@E08000026"},
		{"Entra: separated by commas", council("entra"), object{"roles": "SocialWorker,CareAdmin"}, nil, ""},
		{"Entra: other letters", council("entra"), object{"roles": list{"socialworker", "SOCIALWORKER", " SocialWorker"}}, nil, ""},
		{"Entra: in userinfo, which nobody signed", council("entra"), object{}, object{"roles": list{"SocialWorker"}}, ""},
		{"Entra: a group is no role", council("entra"), object{"groups": list{"SocialWorker"}}, nil, ""},

		{"Keycloak: client role", council("keycloak"), keycloak(roles(), roles("SocialWorker")), nil, "SocialWorker@E08000026"},
		{"Keycloak: realm role", council("keycloak"), keycloak(roles("icr-officer"), nil), nil, "realm:icr-officer@E08000026"},
		{"Keycloak: both", council("keycloak"), keycloak(roles("icr-officer"), roles("CareAdmin")), nil, "CareAdmin@E08000026 realm:icr-officer@E08000026"},
		{"Keycloak: a client role's name as a realm role", council("keycloak"), keycloak(roles("SocialWorker"), nil), nil, ""},
		{"Keycloak: a realm role's name as a client role", council("keycloak"), keycloak(nil, roles("icr-officer")), nil, ""},
		{"Keycloak: a client role that pretends", council("keycloak"), keycloak(nil, roles("realm:icr-officer")), nil, ""},
		{"Keycloak: another client's role", council("keycloak"), object{"resource_access": object{"other": roles("SocialWorker")}}, nil, ""},
		{"Keycloak: in userinfo", council("keycloak"), object{}, keycloak(nil, roles("SocialWorker")), "SocialWorker@E08000026"},
		{"Keycloak: in both, the signed one counts", council("keycloak"), keycloak(roles(), roles()), keycloak(nil, roles("SocialWorker")), ""},
		{"Keycloak: one role, not in an array", council("keycloak"), keycloak(nil, object{"roles": "SocialWorker"}), nil, "SocialWorker@E08000026"},
		{"Keycloak: text", council("keycloak"), object{"resource_access": "SocialWorker", "realm_access": list{"icr-officer"}}, nil, ""},
		{"Keycloak: array in place of the object", council("keycloak"), keycloak(list{"icr-officer"}, list{"SocialWorker"}), nil, ""},

		{"organisation by claim", council("entra", byClaim()), object{"roles": list{"SocialWorker"}, "ods_code": "e10000031"}, nil, "SocialWorker@E10000031"},
		{"organisation by claim, in an array", council("entra", byClaim()), object{"roles": list{"SocialWorker"}, "ods_code": list{"E10000031"}}, nil, "SocialWorker@E10000031"},
		{"organisation by claim in userinfo", council("keycloak", byClaim()), keycloak(nil, roles("SocialWorker")), object{"ods_code": "E10000031"}, "SocialWorker@E10000031"},
		{"two organisations: which role is where?", council("entra", byClaim()), object{"roles": list{"SocialWorker"}, "ods_code": list{"E10000031", "E08000026"}}, nil, ""},
		{"no organisation", council("entra", byClaim()), object{"roles": list{"SocialWorker"}}, nil, ""},
		{"organisation no code", council("entra", byClaim()), object{"roles": list{"SocialWorker"}, "ods_code": "Coventry City Council"}, nil, ""},
		{"organisation that it may speak for", council("entra", byClaim("E10000031")), object{"roles": list{"SocialWorker"}, "ods_code": "E10000031"}, nil, "SocialWorker@E10000031"},
		{"organisation that it may not speak for", council("entra", byClaim("E10000031")), object{"roles": list{"SocialWorker"}, "ods_code": "RKB"}, nil, ""},
		{"CIS2 may be held to organisations too", func(c *signin.Config) { c.Issuers[0].Organisations = []nhs.ODSCode{"RYG"} }, nil, object{"nhsid_nrbac_roles": []object{nurse("RKB"), nurse("RYG")}}, "R8001@RYG"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, b := newWorld(t, test.config), newBrowser()
			add := func(more object) func(object) {
				return func(o object) {
					for name, value := range more {
						o[name] = value
					}
				}
			}
			w.provider.claims, w.provider.userinfo = add(test.id), add(test.info)
			out, err := w.signIn(b, signin.BeginOptions{})
			if got := posts(out.Posts); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.want == "" && (!errors.Is(err, auth.ErrNoRole) || len(w.rows.sessions()) != 0) || test.want != "" && err != nil {
				t.Errorf("%v, with %d sessions", err, len(w.rows.sessions()))
			}
		})
	}
}

// A national id is CIS2's to give, and nobody else's.
func TestOnlyCIS2GivesStaffIDs(t *testing.T) {
	w := newWorld(t, council("entra"))
	w.provider.claims = func(o object) { o["roles"] = "SocialWorker" }
	if u := w.mustSignIn(newBrowser(), signin.BeginOptions{}).Chosen; u == nil || u.StaffID != "" {
		t.Errorf("%+v", u)
	}
}

func TestTeamsByClaim(t *testing.T) {
	for _, test := range []struct {
		said any
		want []string
	}{
		{[]string{"/Adult Social Care/North", "/Adult Social Care/South"}, []string{"/Adult Social Care/North", "/Adult Social Care/South"}},
		{"/North", []string{"/North"}},
		{nil, nil},
		{object{"a": "b"}, nil},
	} {
		w := newWorld(t, council("keycloak", func(i *signin.Issuer) { i.TeamsClaim = "groups" }))
		w.provider.userinfo = func(o object) {
			o["resource_access"], o["groups"] = object{"icr": object{"roles": "icr-social-worker"}}, test.said
		}
		if out := w.mustSignIn(newBrowser(), signin.BeginOptions{}); !reflect.DeepEqual(out.Posts[0].Teams, test.want) {
			t.Errorf("%v: %q", test.said, out.Posts[0].Teams)
		}
	}
}

// Somebody's own NHS number is known for as long as their session lasts, and is
// neither in the session's row in clear nor, where it is not valid, in the log.
func TestOwnNHSNumberByClaim(t *testing.T) {
	for _, test := range []struct {
		name     string
		claim    string
		id, info any
		want     string
		logged   bool
	}{
		{"of the ID token", "nhs_number", "9990000018", nil, "9990000018", false},
		{"of userinfo, as people write it", "nhs_number", nil, "999 000 0018", "9990000018", false},
		{"of both", "nhs_number", "9990000018", "9990000255", "9990000018", false},
		{"not configured", "", "9990000018", nil, "", false},
		{"not there", "nhs_number", nil, nil, "", false},
		{"wrong check digit", "nhs_number", "9990000019", nil, "", true},
		{"not text", "nhs_number", 9990000018, nil, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			w := newWorld(t, func(c *signin.Config) {
				c.Issuers[0].NHSNumberClaim, c.Log = test.claim, slog.New(slog.NewTextHandler(&log, nil))
			})
			w.provider.claims = func(o object) { o["nhs_number"] = test.id }
			w.provider.userinfo = func(o object) {
				o["nhsid_nrbac_roles"], o["nhs_number"] = []object{nurse("RKB")}, test.info
			}
			b := newBrowser()
			w.mustSignIn(b, signin.BeginOptions{})
			u, err := w.User(b.request("/"))
			if err != nil || u.NHSNumber.Digits() != test.want {
				t.Errorf("%q, %v", u.NHSNumber.Digits(), err)
			}
			if test.logged != (log.Len() > 0) || strings.Contains(log.String(), "99900") { // a time may have 999
				t.Errorf("logged %q", &log)
			}
			for _, row := range w.rows.sessions() {
				if strings.Contains(string(row.Data), "99900") {
					t.Errorf("kept in clear: %s", row.Data)
				}
			}
		})
	}
}

// A hint leads to the provider that lists it, or its domain, and else to the
// first.
func TestHints(t *testing.T) {
	w := newWorld(t, func(c *signin.Config) {
		other := c.Issuers[0]
		other.ID, other.URL, other.Hints = "council", "https://council.example", []string{"social.worker", "@coventry.gov.uk"}
		c.Issuers = append(c.Issuers, other)
	})
	for hint, want := range map[string]string{
		"gp": "cis2", "": "cis2", "social.worker": "council", "h.doyle@coventry.gov.uk": "council", "h.doyle@Coventry.GOV.UK": "council",
		"h.doyle@evil.coventry.gov.uk": "cis2", "@": "cis2", "coventry.gov.uk": "cis2", "x@y@coventry.gov.uk": "cis2",
	} {
		if got := w.Hinted(hint); got != want {
			t.Errorf("%q leads to %s, want %s", hint, got, want)
		}
	}
}

func TestCouncilConfigFaults(t *testing.T) {
	key, err := signin.ParseKey(privatePEM(key1), "")
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*signin.Issuer){
		"nothing says at which organisation": func(i *signin.Issuer) { i.Organisation = "" },
		"not from both":                      func(i *signin.Issuer) { i.OrganisationClaim = "ods_code" },
		"teams of its own":                   func(i *signin.Issuer) { i.Mapping, i.TeamsClaim = "cis2", "groups" },
		"either a secret or a key":           func(i *signin.Issuer) { i.ClientKey = key },
	} {
		c := config(newWorld(t))
		council("entra", change)(&c)
		if _, err := signin.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
