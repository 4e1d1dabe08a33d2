package fhirserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/demo/town"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestBinary(t *testing.T) {
	base, _ := partner(t)
	for accept, want := range map[string]string{"*/*": "Hello", "application/fhir+json": `{"resourceType":"Binary","id":"ab"`} {
		req, _ := http.NewRequest(http.MethodGet, base+"/Binary/ab", nil)
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.HasPrefix(string(body), want) || resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", accept, resp.StatusCode, body)
		}
	}
}

func TestCompression(t *testing.T) {
	base, _ := partner(t)
	fetch := func(accepted string) ([]byte, string) {
		req, _ := http.NewRequest(http.MethodGet, base+"/Patient/a/$everything", nil)
		req.Header.Set("Accept-Encoding", accepted)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return body, resp.Header.Get("Content-Encoding")
	}
	plain, _ := fetch("identity")
	if !bytes.Contains(plain, []byte(`"value":4.10`)) || !bytes.Contains(plain, []byte("<&>")) {
		t.Error("the bytes are not those that are stored")
	}
	for accepted, want := range map[string]string{"zstd, gzip": "zstd", "gzip": "gzip", "zstd;q=0, gzip;q=0.5": "gzip", "": "", "br": ""} {
		body, coding := fetch(accepted)
		if coding != want {
			t.Errorf("%q: %q", accepted, coding)
			continue
		}
		var r io.Reader = bytes.NewReader(body)
		switch coding {
		case "zstd":
			d, _ := zstd.NewReader(r)
			defer d.Close()
			r = d
		case "gzip":
			r, _ = gzip.NewReader(r)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%q: %d bytes, %v", accepted, len(got), err)
		}
	}
}

func TestSlowStopsWaitingWithTheClient(t *testing.T) {
	var log journal
	s := New(Config{Behaviour: map[string]town.Behaviour{ann: {Slow: time.Hour}}, Log: &log})
	ctx, leave := context.WithCancel(t.Context())
	leave()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/Patient?identifier="+ann, nil))
	if entries := lines(t, &log); len(entries) != 1 || entries[0].Status != statusClientGone {
		t.Errorf("%+v", entries)
	}
}

func TestSlowAnswersInTheEnd(t *testing.T) {
	s := New(Config{Records: map[string][]json.RawMessage{ann: record("a")}, Behaviour: map[string]town.Behaviour{ann: {Slow: 30 * time.Millisecond}}})
	began, w := time.Now(), httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/Patient?identifier="+ann, nil))
	if w.Code != http.StatusOK || time.Since(began) < 30*time.Millisecond {
		t.Errorf("%d after %v", w.Code, time.Since(began))
	}
}

// The log says which types were asked for, and never an NHS number.
func TestLog(t *testing.T) {
	base, log := partner(t)
	get(t, base+"/Patient?identifier="+url.QueryEscape(system+ann))
	post(t, base+"/MedicationRequest/_search", url.Values{"patient": {"a"}, "_include": {"MedicationRequest:medication"}})
	get(t, base+"/Patient/a/$everything?_type=Flag,Observation&_count=200")
	get(t, base+"/Coverage?patient=a")
	post(t, base+"/Condition/_search", url.Values{"patient": {"b"}})
	var got []string
	for _, l := range lines(t, log) {
		got = append(got, fmt.Sprintf("%s %s %v %d %d", l.Method, l.Path, l.Types, l.Count, l.Status))
	}
	want := []string{
		"GET /Patient [Patient] 1 200", "POST /MedicationRequest/_search [MedicationRequest Medication] 3 200",
		"GET /Patient/a/$everything [Flag Observation] 200 200", "GET /Coverage [Coverage] 0 404", "POST /Condition/_search [Condition] 0 403",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if bytes.Contains(log.Bytes(), []byte("999000")) {
		t.Error("an NHS number is in the log")
	}
}

func TestMetadata(t *testing.T) {
	base, _ := partner(t)
	resp, err := http.Get(base + "/metadata")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var statement struct {
		ResourceType, FHIRVersion string
		Rest                      []struct{ Resource []struct{ Type string } }
	}
	if err := json.NewDecoder(resp.Body).Decode(&statement); err != nil || statement.ResourceType != "CapabilityStatement" || len(statement.Rest[0].Resource) != len(Types) {
		t.Errorf("%+v %v", statement, err)
	}
}

func TestUnreadableResourcesAreNotServed(t *testing.T) {
	var log bytes.Buffer
	s := New(Config{Records: map[string][]json.RawMessage{ann: {json.RawMessage(`{`), json.RawMessage(`{"resourceType":"Patient","id":"a"}`)}}, Log: &log})
	if len(s.people[ann].items) != 1 || !strings.Contains(log.String(), "unreadable") {
		t.Errorf("%d items, log %s", len(s.people[ann].items), log.String())
	}
}

// Three thousand resources leave within a moment: nothing is encoded anew.
func BenchmarkEverything(b *testing.B) {
	file := record("a")
	for i := range 3000 {
		file = append(file, json.RawMessage(fmt.Sprintf(`{"resourceType":"Observation","id":"n%d","note":[{"text":"%0800d"}]}`, i, i)))
	}
	s := New(Config{Records: map[string][]json.RawMessage{ann: file}})
	for b.Loop() {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/Patient/a/$everything", nil))
	}
}
