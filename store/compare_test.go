package store_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/store"
)

// Officers search by columns, which nobody signed. Whoever owns the database
// and makes them say something else than the body is found out.
func TestP6_ColumnsAreHeldAgainstTheSignedBody(t *testing.T) {
	w := newWorld(t)
	req := access.Request{User: w.nurse, Person: adult(number(t, 1))}
	if err := w.trail.Claim(t.Context(), req, access.Consent, "their words"); err != nil {
		t.Fatal(err)
	}
	w.write(t, 3)
	s := sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	w.write(t, 1) // these wait for their places
	if found := compare(t, w); len(found) != 0 {
		t.Fatalf("an honest trail: %q", found)
	}
	claim := ` WHERE kind = 'self-claimed'`
	for _, test := range []struct{ tamper, want string }{
		{`UPDATE audit.event SET patient = '9990000018'` + claim, "columns differ from the signed body: patient"},
		{`UPDATE audit.event SET organisation = 'RYG', subject = 'x'` + claim, "columns differ from the signed body: subject, organisation"},
		{`UPDATE audit.event SET until = until + interval '1 day'` + claim, "columns differ from the signed body: until"},
		{`UPDATE audit.event SET kind = 'heartbeat'` + claim, "columns differ from the signed body: kind"},
		{`DELETE FROM audit.alert`, "no officer is alerted of it"},
		{`UPDATE audit.alert SET event_at = event_at + interval '1 second'`, "no officer is alerted of it"},
		{`UPDATE audit.event SET body = '{}'` + claim, "its body cannot be read"},
		{`DELETE FROM audit.pending`, "it has no place in the log and waits for none"},
	} {
		before := `CREATE TABLE kept AS SELECT * FROM audit.event; CREATE TABLE alerts AS SELECT * FROM audit.alert; `
		const free = `ALTER TABLE audit.event DISABLE TRIGGER USER; ALTER TABLE audit.alert DISABLE TRIGGER USER; `
		if err := exec(t, w.db.Super, free+before+test.tamper); err != nil {
			t.Fatal(err)
		}
		found := compare(t, w)
		if !slices.ContainsFunc(found, func(s string) bool { return strings.HasSuffix(s, ": "+test.want) }) || strings.Contains(strings.Join(found, ""), "999") {
			t.Errorf("%s: %q", test.tamper, found)
		}
		if err := exec(t, w.db.Super, `DELETE FROM audit.event; DELETE FROM audit.alert; INSERT INTO audit.event SELECT * FROM kept; INSERT INTO audit.alert SELECT * FROM alerts; DROP TABLE kept, alerts`); err != nil {
			t.Fatal(err)
		}
	}
}

func compare(t testing.TB, w world) (found []string) {
	t.Helper()
	a, err := store.OpenAuditor(t.Context(), w.db.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Compare(t.Context(), func(fault string) { found = append(found, fault) }); err != nil {
		t.Fatal(err)
	}
	return found
}
