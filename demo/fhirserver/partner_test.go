package fhirserver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/icr/demo/town"
)

const (
	ann, bob, cat, dan = "9990000018", "9990000026", "9990000034", "9990000042"
	system             = "https://fhir.nhs.uk/Id/nhs-number|"
)

// record is a file of one person: ids begin with the person's own letter.
func record(letter string) []json.RawMessage {
	var file []json.RawMessage
	for _, r := range []string{
		`{"resourceType":"Patient","id":"%[1]s"}`,
		`{"resourceType":"Medication","id":"%[1]sm"}`,
		`{"resourceType":"MedicationRequest","id":"%[1]sr1","medicationReference":{"reference":"Medication/%[1]sm"},"subject":{"reference":"Patient/%[1]s"}}`,
		`{"resourceType":"MedicationRequest","id":"%[1]sr2","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/%[1]s"}}`,
		`{"resourceType":"Binary","id":"%[1]sb","contentType":"text/plain; charset=utf-8","data":"SGVsbG8="}`,
	} {
		file = append(file, json.RawMessage(fmt.Sprintf(r, letter)))
	}
	for i := range 250 {
		category := []string{"laboratory", "vital-signs"}[i%2]
		file = append(file, json.RawMessage(fmt.Sprintf(
			`{"resourceType":"Observation","id":"%s%d","category":[{"coding":[{"system":"http://c","code":"%s"}]}],"valueQuantity":{"value":4.10},"note":[{"text":"<&>"}]}`, letter, i, category)))
	}
	return file
}

// journal is a log that may be read while it is written.
type journal struct {
	mu   sync.Mutex
	text []byte
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = append(j.text, p...)
	return len(p), nil
}

func (j *journal) Bytes() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.text)
}

// partner is a Server behind a prefix, and its log.
func partner(t *testing.T) (base string, log *journal) {
	t.Helper()
	log = &journal{}
	s := New(Config{
		Records: map[string][]json.RawMessage{ann: record("a"), bob: record("b")},
		Behaviour: map[string]town.Behaviour{
			bob: {Refuse: true}, cat: {Down: true}, dan: {AnswersAbout: ann},
		},
		Log: log,
	})
	mux := http.NewServeMux()
	mux.Handle("/a/fhir/", http.StripPrefix("/a/fhir", s))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/a/fhir", log
}

type bundle struct {
	ResourceType string
	Total        int
	Link         []struct{ Relation, URL string }
	Entry        []struct {
		FullURL  string
		Resource struct{ ResourceType, ID string }
		Search   struct{ Mode string }
	}
	Issue []struct{ Code string }
}

func (b bundle) next() string {
	for _, l := range b.Link {
		if l.Relation == "next" {
			return l.URL
		}
	}
	return ""
}

func (b bundle) ids() (ids []string) {
	for _, e := range b.Entry {
		ids = append(ids, e.Resource.ID)
	}
	return ids
}

func get(t *testing.T, address string) (int, bundle) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, resp)
}

func post(t *testing.T, address string, form url.Values) (int, bundle) {
	t.Helper()
	resp, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, resp)
}

func decode(t *testing.T, resp *http.Response) (int, bundle) {
	t.Helper()
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/fhir+json") {
		t.Errorf("content type %s", ct)
	}
	var b bundle
	if err := json.NewDecoder(resp.Body).Decode(&b); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b
}

func lines(t *testing.T, log *journal) (entries []line) {
	t.Helper()
	scan := bufio.NewScanner(bytes.NewReader(log.Bytes()))
	for scan.Scan() {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, l)
	}
	return entries
}
