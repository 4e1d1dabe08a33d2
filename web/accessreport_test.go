package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/demo/spine"
	"example.org/icr/demo/town"
	"example.org/icr/store"
	"github.com/jackc/pgx/v5"
)

// sequence gives all events that there are their places in the log, and signs.
func (w *world) sequence() *merkle.Key {
	w.t.Helper()
	key := merkle.NewKey("icr.example/trail", []byte(strings.Repeat("k", 32)))
	q, err := store.OpenSequencer(w.t.Context(), w.db.Sequencer, key)
	if err != nil {
		w.t.Fatal(err)
	}
	defer q.Close()
	if elected, err := q.Elect(w.t.Context()); err != nil || !elected {
		w.t.Fatal(elected, err)
	}
	if _, err := q.Turn(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return key
}

// newest is the last event of a kind.
func (w *world) newest(kind audit.Kind) (newest audit.Event) {
	for _, e := range w.trail() {
		if e.Kind == kind {
			newest = e
		}
	}
	return newest
}

func order(names string) url.Values {
	return url.Values{"nhs_number": {patient.Number.Spaced()}, "why": {"she asked on Monday"}, "names": {names}, "names_why": {"she is threatened by one of them"}}
}

// The report tells a patient who looked, in which role, why and at what, and
// names staff only by a decision. It, and its proof, are on the trail.
func TestWhoHasSeenMyRecord(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	nurse.get(ref)
	nurse.get(ref + "/allergies")
	w.relate("RLT")
	w.as("pharmacist").record()
	lead := w.as("privacy.lead")

	if p := lead.post("/privacy/report", url.Values{"nhs_number": {"999"}, "names": {"yes"}}); p.status != http.StatusUnprocessableEntity || p.Find(".nhsuk-error-message").Length() != 3 {
		t.Errorf("a form that says nothing: %d, %d faults", p.status, p.Find(".nhsuk-error-message").Length())
	}
	p := lead.post("/privacy/report", order("no"))
	text := p.text()
	for _, want := range []string{
		"CANARYBIRD, Ottoline", "999 000 0018", "3 times, the latest first", "RKB", "RLT", "Clinician (Nurse Access Role)",
		"For your care: their organisation is treating you", "On a screen: alerts", "the whole programme", "not yet", "Members of staff are not named",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q: %s", want, text)
		}
	}
	if strings.Contains(p.Find("[data-access]").Text(), "WHITLOCK") || p.Find("[data-access]").Length() != 3 {
		t.Errorf("unasked it names staff, or shows %d looks", p.Find("[data-access]").Length())
	}
	if p := lead.post(p.url.Path+"/proof", url.Values{}); p.status != http.StatusConflict {
		t.Errorf("a proof before there is one: %d", p.status)
	}

	key := w.sequence()
	p = lead.post("/privacy/report", order("yes"))
	if got := p.Find("[data-access]").Text(); !strings.Contains(got, "WHITLOCK Tom") || strings.Contains(got, "not yet") {
		t.Errorf("the named report: %s", got)
	}
	for whole, bodies := range map[string]bool{"": false, "yes": true} {
		proof := lead.post(p.url.Path+"/proof", url.Values{"whole": {whole}})
		all, err := merkle.ParseProofs([]byte(proof.body))
		if err != nil || len(all) != 3 {
			t.Fatalf("%d proofs, %v", len(all), err)
		}
		for _, one := range all {
			if _, _, err := one.Check(merkle.Policy{Key: key.Verifier()}); err != nil || (one.Body != nil) != bodies {
				t.Errorf("entry %d: %v, with what it says: %v", one.Index, err, one.Body != nil)
			}
		}
		if strings.Contains(proof.body, "WHITLOCK") || strings.Contains(proof.header.Get("Content-Disposition"), "999") {
			t.Error("the file names somebody in clear")
		}
	}
	made := w.newest(audit.ReportMade)
	if made.Patient != patient.Number || made.Matches != 3 || !strings.Contains(p.text(), made.Reference) || !strings.Contains(made.Words, "staff are named, because: she is threatened") || made.Digest == "" {
		t.Errorf("the event of the report: %+v", made)
	}
	if n := w.count(audit.ProofTaken); n != 2 {
		t.Errorf("%d proofs on the trail", n)
	}

	officer := w.as("privacy.officer").post("/privacy/report", order("no"))
	if n := officer.Find("[data-access]").Length(); n != 2 || strings.Contains(officer.Find("[data-access]").Text(), "RLT") {
		t.Errorf("an officer of one organisation reports %d looks", n)
	}
	if w.as("privacy.officer").get(p.url.Path).status != http.StatusNotFound {
		t.Error("another officer opens the report")
	}
	if strings.Contains(w.urls.String(), patient.Number.Digits()) {
		t.Error("P9: a URL names the patient")
	}
}

// Of a patient whose whereabouts are restricted, or of whom that is not known,
// the report tells organisations by their kind, and names nobody.
func TestP9_TheReportLocatesNobodyWhoIsRestricted(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	w.as("ed.nurse").record()
	w.web.Site.Kinds = map[nhs.ODSCode]record.Kind{"RKB": record.Acute}
	lead := w.as("privacy.lead")
	check := func(how, mark string) {
		t.Helper()
		p := lead.post("/privacy/report", order("yes"))
		row := p.Find("[data-access]").Text()
		if p.Find(mark).Length() != 1 || !strings.Contains(row, "A hospital") || strings.Contains(row, "RKB") || strings.Contains(row, "WHITLOCK") || strings.Contains(row, "test feed") {
			t.Errorf("%s: %d %s", how, p.status, p.text())
		}
	}
	restricted := patient
	restricted.Restricted, restricted.FetchedAt = true, time.Now()
	if err := w.SavePerson(t.Context(), restricted); err != nil {
		t.Fatal(err)
	}
	check("restricted", "[data-restricted]")
	w.people(spine.New(&town.Town{})) // knows nobody
	c, err := pgx.Connect(t.Context(), w.db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), `DELETE FROM demographics`); err != nil {
		t.Fatal(err)
	}
	check("unknown", "[data-untold]")
}
