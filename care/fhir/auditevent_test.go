package fhir_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func anEvent(t *testing.T, kind audit.Kind) audit.Event {
	t.Helper()
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	u := auth.User{
		Identity: auth.Identity{Issuer: "https://id", Subject: "1"}, Name: "Nurse", OrganisationName: "Trust", StaffID: "787807429511", Address: "10.1.2.3",
		Post: auth.Post{Role: auth.Clinician, RoleCode: "R8001", RoleName: "Nurse", Organisation: "RKB"},
	}
	e := audit.NewEvent(kind, u, time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	e.Patient, e.Page, e.Rule = n, "summary", access.HasGround
	e.Partners = []audit.Partner{{Code: "RLT", State: record.Answered, Shown: map[string][]string{"Condition": {"1/2", "3"}}}}
	return e
}

// What BALP's profiles demand of PatientRead and PatientQuery, element by
// element.
func TestAuditEventsAreBALPs(t *testing.T) {
	for _, test := range []struct {
		kind                          audit.Kind
		profile, subtype, action      string
		server, browser, role, extras string
	}{
		{audit.Disclosed, "PatientRead", "read", "R", "110153", "110152", "4", `"RLT Condition"`},
		{audit.Opened, "PatientRead", "read", "R", "110153", "110152", "4", "XrequestId"},
		{audit.Printed, "PatientRead", "read", "R", "110153", "110152", "4", "1/2"},
		{audit.Listed, "PatientQuery", "search", "E", "110152", "110153", "24", "query"},
	} {
		text, err := fhir.AuditEvent(anEvent(t, test.kind), fhir.AuditSite{Name: "ICR", URL: "https://icr.example"})
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			ResourceType, Action, Outcome, Recorded string
			Meta                                    struct{ Profile []string }
			Type                                    struct{ Code string }
			Subtype                                 []struct{ Code string }
			PurposeOfEvent                          []struct{ Coding []struct{ Code string } }
			Agent                                   []struct {
				Type      struct{ Coding []struct{ Code string } }
				Who       *json.RawMessage
				Requestor *bool
				Network   *struct{ Address string }
			}
			Source *json.RawMessage
			Entity []struct {
				Type, Role struct{ Code string }
				What       *struct{ Identifier struct{ Value string } }
				Query      string
			}
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got.ResourceType != "AuditEvent" || got.Action != test.action || got.Outcome != "0" || got.Type.Code != "rest" || got.Subtype[0].Code != test.subtype ||
			len(got.Meta.Profile) != 1 || !strings.HasSuffix(got.Meta.Profile[0], "."+test.profile) || got.Source == nil || got.PurposeOfEvent[0].Coding[0].Code != "TREAT" {
			t.Errorf("%s: %s", test.kind, text)
		}
		agents := map[string]string{}
		for _, a := range got.Agent {
			if a.Who == nil || a.Requestor == nil {
				t.Errorf("%s: an agent without who or requestor: %s", test.kind, text)
			}
			agents[a.Type.Coding[0].Code] = ""
			if a.Network != nil {
				agents[a.Type.Coding[0].Code] = a.Network.Address
			}
		}
		if agents[test.server] != "https://icr.example" || agents[test.browser] != "10.1.2.3" {
			t.Errorf("%s: agents %v", test.kind, agents)
		}
		if _, ok := agents["IRCP"]; !ok {
			t.Errorf("%s: no user", test.kind)
		}
		objects := map[string]int{}
		for _, e := range got.Entity {
			objects[e.Type.Code]++
			if e.Type.Code == "1" && e.What.Identifier.Value != "9990000018" || e.Type.Code == "2" && e.Role.Code != test.role {
				t.Errorf("%s: %+v", test.kind, e)
			}
			if e.Role.Code == "24" && (e.What != nil || e.Query == "") || e.Role.Code == "4" && e.What == nil {
				t.Errorf("%s: %+v", test.kind, e)
			}
		}
		if objects["1"] != 1 || objects["2"] != 1 {
			t.Errorf("%s: %v: exactly one patient, and one object or query", test.kind, objects)
		}
		if !strings.Contains(string(text), test.extras) {
			t.Errorf("%s: no %s in %s", test.kind, test.extras, text)
		}
	}
}

// Every kind of event comes out, refusals and failures as such, and none of
// those that did not succeed claims a profile of success.
func TestEveryKindIsAnAuditEvent(t *testing.T) {
	for kind := range audit.Kinds {
		e := anEvent(t, kind)
		e.Words = "\x00<script>\u202e"
		text, err := fhir.AuditEvent(e, fhir.AuditSite{})
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema()(t, "AuditEvent").Validate(parsed); err != nil {
			t.Errorf("%s is not FHIR R4: %v\n%s", kind, err, text)
		}
		failed := kind == audit.Denied || kind == audit.OverBudget || kind == audit.SignInFailed || kind == audit.LaunchFailed || kind == audit.IdentityFailed || kind == audit.Failed || kind == audit.CallerRefused
		if strings.Contains(string(text), `"outcome":"4"`) != failed || failed && strings.Contains(string(text), "profile") {
			t.Errorf("%s: %s", kind, text)
		}
	}
	e := anEvent(t, audit.Disclosed)
	e.Rule = access.GlassBroken
	if text, err := fhir.AuditEvent(e, fhir.AuditSite{}); err != nil || !strings.Contains(string(text), `"BTG"`) {
		t.Errorf("broken glass is not told: %s, %v", text, err)
	}
}
