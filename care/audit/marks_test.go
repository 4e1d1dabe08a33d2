package audit_test

import (
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
)

func marker(t *testing.T, secret string) *audit.Marker {
	t.Helper()
	m, err := audit.NewMarker([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Marks are equal for equals however they are written, and tell nothing. The
// values are test vectors: an installation's staff list and its trail hold
// them, so they must not change.
func TestMarks(t *testing.T) {
	m := marker(t, strings.Repeat("test", 8))
	want := audit.Marks{Family: "8SwCLrl3OwcsMsYt", Postcode: "9TNqH2sBu-YftZUJ", Address: "bdvm_468fdsfLDvY"}
	for _, same := range [][3]string{{"O'Brien-Smith", "CV1 1AA", "1 High St."}, {" o’brien smith ", "cv11aa", "1 HIGH ST"}} {
		if got := m.Marks(same[0], same[1], same[2]); got != want {
			t.Errorf("%q: %+v", same, got)
		}
	}
	if got := marker(t, strings.Repeat("another!", 4)).Marks("O'Brien-Smith", "CV1 1AA", "1 High St"); got.Family == want.Family {
		t.Error("another key makes the same mark")
	}
	if got := m.Marks("", "", "1 High St"); got != (audit.Marks{}) {
		t.Errorf("nothing known: %+v", got)
	}
	var none *audit.Marker
	if none.Marks("Smith", "CV1 1AA", "") != (audit.Marks{}) || none.Number(nhs.Number{}) != "" || m.Number(nhs.Number{}) != "" {
		t.Error("marks of nothing, or by nobody")
	}
	if _, err := audit.NewMarker([]byte("short")); err == nil {
		t.Error("a short secret is taken")
	}
}

// An event of before there were marks is read as it was written, and its body
// made again is the same bytes.
func TestP6_BodiesOfBeforeMarks(t *testing.T) {
	old := `{"schema":1,"id":"01900000-0000-7000-8000-000000000000","reference":"AAAA-BBBB-CCCC","kind":"disclosed","at":"2026-11-22T10:00:00Z","actor":{"issuer":"https://id","subject":"1"},"patient":"9990000018","page":"summary","bytes":2}`
	e, err := audit.ParseBody([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Body(); err != nil || string(again) != old {
		t.Errorf("%v\n%s", err, again)
	}
	e.Marks = audit.Marks{Family: "f"}
	if now, err := e.Body(); err != nil || string(now) != strings.TrimSuffix(old, "}")+`,"marks":{"family":"f"}}` {
		t.Errorf("%v\n%s", err, now)
	}
}
