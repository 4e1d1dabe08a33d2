package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// surgery is a practice that gives its structured record through GP Connect,
// and keeps the names of the parameters by which it was asked.
type surgery struct {
	partner.Partner
	mu     sync.Mutex
	asked  []string
	status int
	body   string
}

func newSurgery(t *testing.T, code nhs.ODSCode, name string) *surgery {
	t.Helper()
	g := &surgery{status: http.StatusOK}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct{ Parameter []struct{ Name string } }
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, p := range sent.Parameter {
			g.asked = append(g.asked, p.Name)
		}
		w.WriteHeader(g.status)
		io.WriteString(w, g.body)
	}))
	t.Cleanup(s.Close)
	from, err := source.NewStructured(source.Config{Base: s.URL, HTTP: source.NewHTTPClient()}, source.GPConnect{From: "1", To: "2", Issuer: "https://icr.example"})
	if err != nil {
		t.Fatal(err)
	}
	g.Partner = partner.Partner{
		Source:   record.Source{Code: code, Name: name, Kind: record.Practice, Lag: "live"},
		Supplies: source.StructuredSections(), Deadline: time.Second, From: from,
	}
	return g
}

const inTransit = "Patient record transfer from previous GP practice not yet complete; records before 1 May 2026 are missing."

// held is what a surgery says of the patient: its problems are in transit.
func held() string {
	list := func(code, more string) string {
		return `{"resource":{"resourceType":"List","code":{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `"}]},"subject":{"reference":"Patient/p1"}` + more + `}}`
	}
	lists := []string{list("717711000000103", `,"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1","valueCode":"data-in-transit"}],"note":[{"text":"`+inTransit+`"}]`)}
	for _, code := range []string{"886921000000105", "933361000000108", "1102181000000102", "887191000000108", "826501000000100", "1149501000000101", "792931000000107", "714311000000108"} {
		lists = append(lists, list(code, ""))
	}
	return `{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + strings.Replace(string(demographics(patient)), `"id":"`+patient.Number.Digits()+`"`, `"id":"p1"`, 1) + `},
		{"resource":{"resourceType":"AllergyIntolerance","id":"a1","clinicalStatus":"active","code":{"text":"Penicillin, says the surgery"},"patient":{"reference":"Patient/p1"}}},` + strings.Join(lists, ",") + `]}`
}

// Of many practices the patient's own is asked, and one that a feed names; the
// page names them, and says in a practice's words what it lacks.
func TestP4_PracticesThroughGPConnect(t *testing.T) {
	own, named, stranger := newSurgery(t, "Y99001", "Spon End Surgery"), newSurgery(t, "Y99002", "Foleshill Road Practice"), newSurgery(t, "Y99003", "Leam Terrace Practice")
	own.body, named.body, named.status = held(), `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","details":{"coding":[{"system":"https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1","code":"PATIENT_NOT_FOUND"}]}}]}`, http.StatusNotFound
	w := newWorldWith(t, []partner.Partner{own.Partner, named.Partner, stranger.Partner}, partnertest.Holds)
	w.relate("RKB")
	w.super(`INSERT INTO relationships (source, source_id, patient, organisation, team, kind, starts) VALUES ('feed', 'r1', '` + patient.Number.Digits() + `', 'Y99002', '', 'registered', now() - interval '1 day')`)
	p := w.as("ed.nurse").record()
	for code, want := range map[string]record.State{"Y99001": record.Incomplete, "Y99002": record.Refused} {
		if got := p.Find("[data-partner="+code+"]").AttrOr("data-state", "none"); got != string(want) {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
	strip := strings.Join(strings.Fields(p.Find(".icr-strip").Text()), " ")
	for _, said := range []string{"Spon End Surgery", "live", inTransit, "Foleshill Road Practice refused to answer: the record is not available from this practice"} {
		if !strings.Contains(strip, said) {
			t.Errorf("the strip does not say %q: %s", said, strip)
		}
	}
	if len(stranger.asked) != 0 || strings.Contains(p.text(), "Leam Terrace") {
		t.Error("a practice that is not the patient’s was asked or named")
	}
	if !strings.Contains(p.Find("[data-section=allergies]").Text(), "Penicillin, says the surgery") {
		t.Error("the practice’s allergy is not shown")
	}
	if problems := p.Find("[data-section=problems]").Text(); !strings.Contains(problems, "incomplete") || !strings.Contains(problems, inTransit) {
		t.Errorf("the problems do not say what is missing: %s", problems)
	}
	if e := w.trail()[len(w.trail())-1]; e.Kind != audit.Disclosed || !slices.ContainsFunc(e.Partners, func(p audit.Partner) bool {
		return p.Code == "Y99001" && p.State == record.Incomplete && p.Why == inTransit
	}) {
		t.Errorf("the trail says %+v", e.Partners)
	}
}

// Social care asks a practice for the parameters of what it sees.
func TestP2_SocialCareAsksAPracticeForNoMore(t *testing.T) {
	own := newSurgery(t, "Y99001", "Spon End Surgery")
	own.body = held()
	w := newWorldWith(t, []partner.Partner{own.Partner})
	w.relate("E08000026")
	p := w.as("social.worker").record()
	slices.Sort(own.asked)
	if want := []string{"includeAllergies", "includeMedication", "includeReferrals", "patientNHSNumber"}; !slices.Equal(own.asked, want) {
		t.Errorf("asked %v", own.asked)
	}
	if p.Find("[data-section=problems]").Length() != 0 || !strings.Contains(p.text(), "Penicillin, says the surgery") {
		t.Errorf("%d %s", p.status, p.text())
	}
}
