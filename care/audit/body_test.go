package audit_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

func full(t *testing.T) audit.Event {
	t.Helper()
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	u := auth.User{
		Identity: auth.Identity{Issuer: "https://id", Subject: "1"}, Name: "Nurse", OrganisationName: "Trust", StaffID: "2", Session: "aa", Address: "10.0.0.1",
		Post: auth.Post{Role: auth.Clinician, RoleCode: "R8001", RoleName: "Nurse", Organisation: "RKB"},
	}
	e := audit.NewEvent(audit.Disclosed, u, time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC))
	e.Look, e.Patient, e.Person = "look", n, &audit.Identity{Name: "SHAH, Ada", Born: "03-Feb-1980"}
	e.Rule, e.Claim, e.Words, e.Page = access.HasGround, access.Consent, `"><script>`, "summary"
	e.Ground = access.Ground{Kind: "episode", Code: "relationship", Words: "words", Evidence: "feed", Until: e.At.Add(time.Hour)}
	e.Sections, e.Matches, e.Digest, e.Bytes = []record.Section{record.Allergies}, 1, "ab", 2
	e.Marks, e.Restricted = audit.Marks{Family: "f", Postcode: "p", Address: "a"}, true
	e.Writers, e.Month = map[string]uint64{"w": 1}, "2026-01"
	e.Partners = []audit.Partner{{Code: "RKB", Name: "Trust", State: record.Answered, Why: "w", Millis: 3, Entries: 4, Hidden: 1, Shown: map[string][]string{"X": {"1/2"}}}}
	return e
}

// What is written can be read back, whole: no field of an event is left out of
// its body.
func TestBodyKeepsEverything(t *testing.T) {
	e := full(t)
	for v, i := reflect.ValueOf(e), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("the test leaves %s empty", v.Type().Field(i).Name)
		}
	}
	body, err := e.Body()
	if err != nil {
		t.Fatal(err)
	}
	got, err := audit.ParseBody(body)
	if err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("%v\n%+v\n%+v", err, got, e)
	}
}

// The body is canonical: the same event is the same bytes.
func TestP6_BodyIsCanonical(t *testing.T) {
	e := full(t)
	e.Partners[0].Shown = map[string][]string{"A": {"1"}, "B": {"2"}, "C": {"3"}}
	first, err := e.Body()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := e.Body()
		if err != nil || string(again) != string(first) {
			t.Fatal("another body of the same event")
		}
	}
	if !strings.HasPrefix(string(first), `{"schema":1,"id":"`) || !strings.Contains(string(first), `"patient":"9990000018"`) {
		t.Errorf("%s", first)
	}
}

func TestParseBodyRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, bad := range []string{``, `{}`, `{"schema":2}`, `{"schema":1,"id":"x"}`, `{"schema":1,"id":"01900000-0000-7000-8000-000000000000","patient":"1"}`} {
		if _, err := audit.ParseBody([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestP1_ZeroLeaveIsNoLeave(t *testing.T) {
	var v *audit.Viewing
	var tr *audit.Tracing
	for name, err := range map[string]error{
		"nil viewing": v.Gathering(), "zero viewing": new(audit.Viewing).Gathering(), "zero disclosure": new(audit.Viewing).Disclose(t.Context(), audit.Disclosure{}),
		"nil tracing": tr.Use(), "zero tracing": new(audit.Tracing).Use(),
	} {
		if err != audit.ErrNoViewing {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReferencesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		r := audit.NewEvent(audit.Opened, auth.User{}, time.Now()).Reference
		if len(r) != 14 || seen[r] || strings.ContainsAny(r, "ILOU") {
			t.Fatalf("reference %q", r)
		}
		seen[r] = true
	}
}
