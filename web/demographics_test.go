package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

// says is a demographics service that has one answer.
func says(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

// keptSince makes what the demographics service said of the patient older.
func (w *world) keptSince(t *testing.T, ago time.Duration) time.Time {
	t.Helper()
	p, err := w.Person(t.Context(), patient.Number)
	if err != nil {
		t.Fatal(err)
	}
	p.FetchedAt = time.Now().Add(-ago)
	w.super(`DELETE FROM demographics`)
	if err := w.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p.FetchedAt
}

// What the demographics service said less than a day ago serves while it is
// down, with its time; what is older does not, and nothing is said of anybody.
func TestDemographicsOfBefore(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	w.keptSince(t, 2*time.Hour)
	if p := b.get(ref); p.Find("[data-demographics-as-of]").Length() != 0 {
		t.Error("the service answered, and the page says that it did not")
	}
	at := w.keptSince(t, 2*time.Hour)
	w.pds.Close()
	p := b.get(ref)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	if note := p.Find("[data-demographics-as-of]").Text(); p.name() != "summary" || !strings.Contains(note, at.In(london).Format("15:04")) {
		t.Errorf("%d %q", p.status, note)
	}
	if p := b.post("/search", url.Values{"nhs_number": {patient.Number.Digits()}}); !strings.Contains(p.text(), "the demographics service does not answer now") {
		t.Errorf("the search says %s", p.text())
	}
	w.keptSince(t, 25*time.Hour)
	p = b.get(ref)
	if p.status != http.StatusServiceUnavailable || !strings.Contains(p.text(), "Demographics unavailable") || !strings.Contains(p.text(), "This says nothing about the patient") {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
}

// A former number leads to the patient under the current one, and the pages
// say so; whatever was kept under the former one leads there too.
func TestFormerNumbers(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	who := w.trail()[0].Actor
	old, err := w.Refer(t.Context(), who.Issuer, who.Subject, former)
	if err != nil {
		t.Fatal(err)
	}
	found := b.post("/search", url.Values{"nhs_number": {former.Digits()}})
	if note := found.Find("[data-superseded]").Text(); !strings.Contains(note, former.Spaced()) || !strings.Contains(found.text(), patient.Number.Spaced()) {
		t.Errorf("the search says %s", found.text())
	}
	href, _ := found.Find(`a[href^="/record/"]`).Attr("href")
	for _, address := range []string{href, "/record/" + old} {
		p := b.get(address)
		if note := p.Find("[data-superseded]").Text(); p.status != http.StatusOK || !strings.Contains(note, former.Spaced()) {
			t.Errorf("%d, the record says %q", p.status, note)
		}
		if !strings.Contains(p.Find("[data-patient-banner]").Text(), patient.Number.Spaced()) || !strings.Contains(p.Find("[data-section=allergies]").Text(), partnertest.Allergy) {
			t.Error("it is not the patient’s record under the current number")
		}
	}
	for _, e := range w.trail() {
		if e.Kind == audit.Disclosed && e.Patient != patient.Number {
			t.Error("the trail has the disclosure under the former number")
		}
	}
	if p := b.post("/search", url.Values{"nhs_number": {patient.Number.Digits()}}); p.Find("[data-superseded]").Length() != 0 {
		t.Error("the current number is called a former one")
	}
}

// An objection under the former number holds under the current one, once the
// demographics service has said that they are one person's.
func TestP3_ObjectionUnderAFormerNumber(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	w.objectAs(former)
	b := w.as("ed.nurse")
	b.post("/search", url.Values{"nhs_number": {former.Digits()}})
	p := b.record()
	if p.status != http.StatusForbidden || p.name() != "unavailable" {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
}

// A number that the service withdraws leads to nobody, whatever was kept.
func TestInvalidatedNumbers(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	w.keptSince(t, 2*time.Hour)
	w.people(says(http.StatusNotFound, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":"INVALIDATED_RESOURCE"}]}}]}`))
	p := b.get(ref)
	if p.status != http.StatusNotFound || !strings.Contains(p.text(), "no longer valid") {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
	if p := b.post("/search", url.Values{"nhs_number": {patient.Number.Digits()}}); !strings.Contains(p.text(), "no longer valid") || p.Find(`a[href^="/record/"]`).Length() != 0 {
		t.Errorf("%d %s", p.status, p.text())
	}
}

// Of a restricted patient nothing is shown that tells where they are, were the
// demographics service to send it.
func TestRestrictedDemographics(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.people(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		io.WriteString(rw, strings.Replace(string(demographics(patient)), `"name"`, `"meta":{"security":[{"code":"R"}]},"telecom":[{"system":"phone","value":"024 7600 9999"}],"name"`, 1))
	}))
	w.relate("RKB")
	b := w.as("ed.nurse")
	found := b.post("/search", url.Values{"nhs_number": {patient.Number.Digits()}})
	p := b.record()
	for _, page := range []page{found, p} {
		for _, told := range []string{"Aviary", "CV99", "024 7600 9999", "Y99001", "Hospital RKB"} {
			if strings.Contains(page.body, told) {
				t.Errorf("the page %s says %q", page.name(), told)
			}
		}
	}
	if p.status != http.StatusOK || !strings.Contains(p.text(), "Restricted record") {
		t.Errorf("%d %s", p.status, p.text())
	}
}

// A search that has too many answers says so, though the service answers 200;
// an informal notice of death is called one.
func TestSearchAnswers(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	form := url.Values{"family_name": {"Smith"}, "birth_date-day": {"3"}, "birth_date-month": {"2"}, "birth_date-year": {"1980"}}
	w.people(says(http.StatusOK, `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"multiple-matches","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":"TOO_MANY_MATCHES"}]}}]}`))
	if p := b.post("/search", form); !strings.Contains(p.text(), "Too many people match") {
		t.Errorf("%d %s", p.status, p.text())
	}
	died := strings.Replace(string(demographics(patient)), `"name"`, `"deceasedDateTime":"2026-11-01","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus","extension":[{"url":"deathNotificationStatus","valueCodeableConcept":{"coding":[{"code":"1"}]}}]}],"name"`, 1)
	w.people(says(http.StatusOK, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":`+died+`}]}`))
	if p := b.post("/search", form); !strings.Contains(p.text(), "01-Nov-2026 (informal notice)") {
		t.Errorf("%d %s", p.status, p.text())
	}
}
