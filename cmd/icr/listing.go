package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/store"
)

// listing writes events one after the other.
type listing interface {
	add(audit.Event) error
	close() error
}

// list writes the events of a time to a new file that only its owner can read.
func list(ctx context.Context, db *store.Auditor, path, format string, from, until time.Time, site fhir.AuditSite) (n int, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var to listing
	if format == "csv" {
		to = newTable(file)
	} else {
		to = &resources{bufio.NewWriter(file), site}
	}
	err = db.Events(ctx, from, until, func(e audit.Event) error { n++; return to.add(e) })
	if err != nil {
		return 0, err
	}
	if err := to.close(); err != nil {
		return 0, err
	}
	return n, file.Close()
}

// resources writes FHIR R4 AuditEvents as NDJSON.
type resources struct {
	to   *bufio.Writer
	site fhir.AuditSite
}

func (r *resources) add(e audit.Event) error {
	text, err := fhir.AuditEvent(e, r.site)
	if err != nil {
		return err
	}
	r.to.Write(text)
	return r.to.WriteByte('\n')
}

func (r *resources) close() error { return r.to.Flush() }

// table writes a table for spreadsheets, which execute nothing of it.
type table struct{ to *csv.Writer }

var columns = []string{
	"time (UTC)", "event", "reference", "look", "member of staff", "staff id", "role", "organisation",
	"NHS number", "rule", "ground", "claim", "words", "page", "sections", "partners", "address",
}

func newTable(to io.Writer) *table {
	io.WriteString(to, "\ufeff") // without it, spreadsheets take UTF-8 for something else
	t := &table{csv.NewWriter(to)}
	t.to.UseCRLF = true
	t.to.Write(columns)
	return t
}

func (t *table) add(e audit.Event) error {
	var sections, partners []string
	for _, s := range e.Sections {
		sections = append(sections, string(s))
	}
	for _, p := range e.Partners {
		partners = append(partners, string(p.Code)+" "+string(p.State)+" "+strconv.Itoa(p.Entries))
	}
	number := ""
	if e.Patient != (nhs.Number{}) {
		number = e.Patient.Spaced() // as text: ten digits without spaces would be a number, or 9.99E+09
	}
	cells := []string{
		e.At.UTC().Format("2006-01-02 15:04:05.000"), string(e.Kind), e.Reference, e.Look, e.Actor.Name, e.Actor.StaffID, string(e.Actor.Role), string(e.Actor.Organisation),
		number, string(e.Rule), e.Ground.Kind, string(e.Claim), e.Words, e.Page, strings.Join(sections, "; "), strings.Join(partners, "; "), e.Actor.Address,
	}
	for i := range cells {
		cells[i] = inert(cells[i])
	}
	return t.to.Write(cells)
}

func (t *table) close() error {
	t.to.Flush()
	return t.to.Error()
}

// inert is s as a cell that no spreadsheet takes for a formula, without
// characters that are not seen or that turn the reading order round.
func inert(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, s))
	if s != "" && strings.ContainsAny(s[:1], "=+-@|%") || strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠") {
		return "'" + s
	}
	return s
}
