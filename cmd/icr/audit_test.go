package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5"
)

// An export fails where the database does not say what was signed.
func TestP6_ExportFailsWhereColumnsDiffer(t *testing.T) {
	s, db := storetest.Open(t)
	if err := s.Append(t.Context(), audit.NewEvent(audit.SignedIn, auth.User{Name: "Nurse"}, time.Now())); err != nil {
		t.Fatal(err)
	}
	auditor, err := store.OpenAuditor(t.Context(), db.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	defer auditor.Close()
	var out bytes.Buffer
	if err := compare(t.Context(), auditor, &out); err != nil || out.Len() > 0 {
		t.Fatalf("an honest trail: %v, %s", err, &out)
	}
	c, err := pgx.Connect(t.Context(), db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), `ALTER TABLE audit.event DISABLE TRIGGER USER; UPDATE audit.event SET subject = 'another'`); err != nil {
		t.Fatal(err)
	}
	if err := compare(t.Context(), auditor, &out); err == nil || !strings.HasSuffix(out.String(), ": columns differ from the signed body: subject\n") {
		t.Errorf("%v, %s", err, &out)
	}
}
