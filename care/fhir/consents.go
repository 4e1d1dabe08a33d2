package fhir

import (
	"encoding/csv"
	"io"
	"strings"
	"time"

	"example.org/icr/care/objection"
)

// ObjectionList writes objections one after the other.
type ObjectionList interface {
	Add(objection.Told) error
	Close() error
}

// NewConsents writes objections as Consents, one a line (NDJSON).
func NewConsents(to io.Writer, site ConsentSite) ObjectionList { return &consents{to, site} }

type consents struct {
	to   io.Writer
	site ConsentSite
}

func (c *consents) Add(o objection.Told) error {
	text, err := Consent(o, c.site)
	if err != nil {
		return err
	}
	_, err = c.to.Write(append(text, '\n'))
	return err
}

func (*consents) Close() error { return nil }

// NewObjectionTable writes objections as a table (CSV) that icr import takes.
func NewObjectionTable(to io.Writer) ObjectionList {
	t := &objectionTable{csv.NewWriter(to)}
	t.to.Write([]string{"nhs_number", "family_name", "given_name", "birth_date", "state", "at"})
	return t
}

type objectionTable struct{ to *csv.Writer }

func (t *objectionTable) Add(o objection.Told) error {
	return t.to.Write([]string{o.Patient.Digits(), harmless(o.Family), harmless(o.Given), o.Born, string(o.State), o.At.UTC().Format(time.RFC3339)})
}

func (t *objectionTable) Close() error {
	t.to.Flush()
	return t.to.Error()
}

// harmless is a name that no spreadsheet takes for a formula.
func harmless(name string) string {
	name = clean(strings.Join(strings.Fields(name), " "))
	if name != "" && strings.ContainsAny(name[:1], "=+-@|%") {
		return "'" + name
	}
	return name
}
