package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
)

// No cell of an export does anything in a spreadsheet, whatever people wrote,
// and an NHS number stays text.
func TestTablesAreInert(t *testing.T) {
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		"=HYPERLINK(\"http://evil\")": "'=HYPERLINK(\"http://evil\")",
		"+1":                          "'+1",
		"-1":                          "'-1",
		"@SUM(1)":                     "'@SUM(1)",
		"\t=1":                        "'=1",
		"\r\n=1":                      "'=1",
		"\x00=1":                      "'=1",
		"\u202e=1":                    "'=1",
		"\ufeff=1":                    "'=1",
		"\u00a0=1":                    "'=1",
		"＝1":                          "'＝1",
		"|calc":                       "'|calc",
		"a\nb":                        "a b",
		"plain, \"quoted\"":           "plain, \"quoted\"",
		"":                            "",
	} {
		var out bytes.Buffer
		table := newTable(&out)
		e := audit.NewEvent(audit.Claimed, auth.User{Name: typed}, time.Now())
		e.Words, e.Patient = typed, n
		if err := table.add(e); err != nil || table.close() != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][4] != want || rows[1][12] != want || rows[1][8] != "999 000 0018" {
			t.Errorf("%q: %q, %v", typed, rows[1], err)
		}
	}
}

// Each export is on the trail before it begins, and holds what the trail does.
func TestExportsAreOnTheTrail(t *testing.T) {
	s, db := storetest.Open(t)
	for range 3 {
		if err := s.Append(t.Context(), audit.NewEvent(audit.SignedIn, auth.User{Name: "=1"}, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	auditor, err := store.OpenAuditor(t.Context(), db.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	defer auditor.Close()
	for i, format := range []string{"csv", "fhir"} {
		path := filepath.Join(t.TempDir(), "out")
		if err := recordExport(t.Context(), s, "Officer", "review"); err != nil {
			t.Fatal(err)
		}
		if n, err := list(t.Context(), auditor, path, format, time.Time{}, time.Time{}, fhir.AuditSite{}); err != nil || n != 4+i {
			t.Fatal(n, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if want := 3 + (i + 1) + (1 - i); len(lines) != want { // with the exports themselves, and the csv's heading
			t.Errorf("%s: %d lines, want %d: %s", format, len(lines), want, text)
		}
		if format == "fhir" && !json.Valid([]byte(lines[0])) {
			t.Errorf("not JSON: %s", lines[0])
		}
	}
	events, err := storetest.Desk(t, db).Events(t.Context(), audit.Reach{Programme: true}, audit.Query{Kind: audit.Exported, Limit: 9})
	if err != nil || len(events) != 2 || events[0].Actor.Name != "Officer" || events[0].Words != "review" {
		t.Errorf("%+v, %v", events, err)
	}
	if err := auditCommand(t.Context(), []string{"export", "-format", "csv", "x"}, func(string) string { return "" }, &bytes.Buffer{}); err == nil {
		t.Error("exported for nobody and for no reason")
	}
}

// An export holds one event at a time: its memory does not grow.
func TestExportStreams(t *testing.T) {
	s, at := storetest.Open(t)
	var es []audit.Event
	for range 2000 {
		es = append(es, audit.NewEvent(audit.SignedIn, auth.User{Name: strings.Repeat("x", 2000)}, time.Now()))
	}
	if err := s.Append(t.Context(), es...); err != nil {
		t.Fatal(err)
	}
	db, err := store.OpenAuditor(t.Context(), at.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n, most := 0, uint64(0)
	err = db.Events(t.Context(), time.Time{}, time.Time{}, func(audit.Event) error {
		if n++; n%500 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if most == 0 {
				most = m.HeapAlloc + 1<<20
			}
			if m.HeapAlloc > most {
				t.Errorf("%d bytes after %d events", m.HeapAlloc, n)
			}
		}
		return nil
	})
	if err != nil || n != 2000 {
		t.Errorf("%d, %v", n, err)
	}
}
