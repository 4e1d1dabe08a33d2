package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/store/storetest"
)

// What was imported comes out again, as a table that can be imported and as
// Consents; no file is overwritten.
func TestObjectionsAreExported(t *testing.T) {
	db, _ := storetest.Open(t)
	const register = "nhs_number,family_name,given_name,birth_date,state,at\n9990000018,Canarybird,Ottoline,1980-02-03,upheld,2026-01-02T09:00:00Z\n"
	b, err := readObjections(strings.NewReader(register), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.save(t.Context(), db, audit.NewEvent(audit.Imported, auth.User{}, time.Now())); err != nil {
		t.Fatal(err)
	}
	site := fhir.ConsentSite{URL: "https://icr.example", Programme: "QWU", Name: "Test"}
	table, consents := filepath.Join(t.TempDir(), "out.csv"), filepath.Join(t.TempDir(), "out.ndjson")
	for path, format := range map[string]string{table: "csv", consents: "ndjson"} {
		if n, err := writeObjections(t.Context(), db, path, format, site); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if text, err := os.ReadFile(table); err != nil || string(text) != register {
		t.Errorf("%s, %v", text, err)
	}
	if text, err := os.ReadFile(consents); err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), `"status":"active"`) {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := writeObjections(t.Context(), db, table, "csv", site); err == nil {
		t.Error("a file was overwritten")
	}
	for _, args := range [][]string{{"export", "objections", "-format", "pdf", "x"}, {"export", "everything", "x"}, {"export", "objections"}} {
		if err := run(t.Context(), args, func(string) string { return "" }, os.Stdout); err == nil {
			t.Errorf("%v: no fault", args)
		}
	}
}
