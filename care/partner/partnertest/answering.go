package partnertest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// answering is a server while it answers one request, in the manner that it had
// when it was asked.
type answering struct {
	*Server
	Manner
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	now := s.Manner
	now.Items, now.Pages = maps.Clone(now.Items), maps.Clone(now.Pages)
	s.mu.Unlock()
	answering{s, now}.serve(w, r)
}

// wait holds an answer up for as long as is wished, and no longer than its
// client waits.
func (s answering) wait(r *http.Request) {
	if held := s.held.Load(); held != nil {
		select {
		case <-*held:
		case <-r.Context().Done():
		}
	}
	if s.Delay > 0 {
		select {
		case <-time.After(s.Delay):
		case <-r.Context().Done():
		}
	}
}

func (s answering) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/fhir+json")
	r.ParseForm()           // a server notices that its client has gone once the body is read
	if s.Mode == NotThere { // whatever is asked: no FHIR server is deployed
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.URL.Path == "/Patient/_search" || r.URL.Path == "/Patient" {
		s.find(w, r)
		return
	}
	if r.URL.Path == "/Binary/b1" {
		fmt.Fprintf(w, `{"resourceType":"Binary","contentType":%q,"data":%q}`, s.Letter.Type, base64.StdEncoding.EncodeToString([]byte(s.Letter.Content)))
		return
	}
	if r.URL.Path == "/metadata" {
		s.metadata(w)
		return
	}
	if r.URL.Path == "/" && r.Method == http.MethodPost {
		s.batch(w, r)
		return
	}
	asked := typesOf(r)
	s.mu.Lock()
	s.asked = append(s.asked, strings.Split(asked, ",")...)
	s.mu.Unlock()
	s.wait(r)
	if s.misbehave != nil {
		s.misbehave(s, w, r)
		return
	}
	if page, ok := s.Pages[asked]; ok {
		io.WriteString(w, page)
		return
	}
	if _, number, named := strings.Cut(r.FormValue("patient.identifier"), "|"); named && !s.knows(number) {
		io.WriteString(w, bundle())
		return
	}
	io.WriteString(w, s.bundle(r, asked))
}

// typesOf are the types of resource that r asks for.
func typesOf(r *http.Request) string {
	if types := r.URL.Query().Get("_type"); types != "" {
		return types
	}
	return strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/_search")
}

func jsonText(s string) (string, error) {
	text, err := json.Marshal(s)
	return string(text), err
}

func (s answering) knows(number string) bool {
	return s.Mode != NotHeld && number == s.Person.Number.Digits()
}

func (s answering) find(w http.ResponseWriter, r *http.Request) {
	number := strings.TrimPrefix(r.FormValue("identifier"), nhs.NumberSystem+"|")
	if !s.knows(number) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","total":0}`)
		return
	}
	p := s.Person
	switch s.Mode {
	case SamePatientID:
		p.Family, p.Born = "Somebody", record.ParseDate("1901-01-01")
	case TwoNumbers:
		other := fmt.Sprintf(`"identifier":[{"system":%q,"value":"9990000433"},`, nhs.NumberSystem)
		io.WriteString(w, bundle(strings.Replace(patient("p1", p), `"identifier":[`, other, 1)))
		return
	case SearchFails:
		io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`)
		return
	case HalfAPatient:
		io.WriteString(w, bundle(strings.Replace(patient("p1", p), `{`, `{"modifierExtension":[{"url":"https://example.org/x","valueBoolean":true}],`, 1)))
		return
	}
	io.WriteString(w, bundle(patient("p1", p)))
}

func patient(id string, p record.Person) string {
	given, _ := json.Marshal(p.Given) // strings always marshal
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"family":%q,"given":%s}],"birthDate":%q,"gender":%q}`,
		id, nhs.NumberSystem, p.Number.Digits(), p.Family, given, p.Born.ISO(), p.Gender)
}

// Allergy and Problem are the words of the two items that the server holds.
const (
	Allergy = "Penicillin allergy at the partner"
	Problem = "Asthma at the partner"
)

func allergy(id, subject, more string) string {
	return fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":%q,"code":{"text":%q},"patient":{"reference":%q}%s}`, id, Allergy, subject, more)
}

// bundle is what the server holds of the types asked for, and what its mode
// slips in.
func (s answering) bundle(r *http.Request, asked string) string {
	var items []string
	if strings.Contains(asked, "AllergyIntolerance") && s.Mode == NoKnownAllergy {
		items = append(items, noKnownAllergy)
	} else if strings.Contains(asked, "AllergyIntolerance") && s.Mode != NothingOf {
		items = append(items, allergy("a1", "Patient/p1", ""))
		items = append(items, s.slipIn(r)...)
	}
	if strings.Contains(asked, "Condition") && s.Mode != NothingOf {
		items = append(items, fmt.Sprintf(`{"resourceType":"Condition","id":"c1","code":{"text":%q},"subject":{"reference":"Patient/p1"}}`, Problem))
	}
	if strings.Contains(asked, "DocumentReference") && s.Mode == InternalDoc {
		items = append(items, internalDocument)
	}
	if strings.Contains(asked, "DocumentReference") && s.Letter.Type != "" {
		items = append(items, fmt.Sprintf(`{"resourceType":"DocumentReference","id":"d1","status":"current","type":{"text":"Letter"},"subject":{"reference":"Patient/p1"},"content":[{"attachment":{"contentType":%q,"url":%q}}]}`,
			s.Letter.Type, cmp.Or(s.Letter.URL, "Binary/b1")))
	}
	for kind, more := range s.Items {
		if slices.Contains(strings.Split(asked, ","), kind) {
			items = append(items, more...)
		}
	}
	return s.sorted(r, items)
}

// sorted is a bundle of items in the order and of the number that r asks for.
func (s answering) sorted(r *http.Request, items []string) string {
	if wanted := r.FormValue("status"); wanted != "" {
		items = slices.DeleteFunc(items, func(item string) bool {
			return !slices.ContainsFunc(strings.Split(wanted, ","), func(status string) bool { return strings.Contains(item, `"status":"`+status+`"`) })
		})
	}
	if wanted := r.FormValue("code"); wanted != "" {
		items = slices.DeleteFunc(items, func(item string) bool {
			return !slices.ContainsFunc(strings.Split(wanted, ","), func(code string) bool {
				_, code, _ = strings.Cut(code, "|")
				return strings.Contains(item, `"code":"`+code+`"`)
			})
		})
	}
	total := len(items)
	if r.FormValue("_sort") == "-date" && !s.Unsorted {
		slices.SortStableFunc(items, func(a, b string) int { return strings.Compare(dateIn(b), dateIn(a)) })
	}
	if most, err := strconv.Atoi(r.FormValue("_count")); err == nil && r.FormValue("_sort") != "" {
		items = items[:min(most, total)]
	}
	if r.FormValue("_sort") == "" {
		return bundle(items...)
	}
	return strings.Replace(bundle(items...), `"searchset"`, fmt.Sprintf(`"searchset","total":%d`, total), 1)
}

var dates = regexp.MustCompile(`"(?:effectiveDateTime|start|performedDateTime|occurrenceDateTime)":"([^"]+)"`)

// dateIn is the date of an item that a search sorts by, or nothing.
func dateIn(item string) string {
	if found := dates.FindStringSubmatch(item); found != nil {
		return found[1]
	}
	return ""
}

func (s answering) slipIn(*http.Request) []string {
	other := s.Person
	other.Number, _ = nhs.ParseNumber("9990000433")
	other.Family, other.Born = "Other", record.ParseDate("1931-01-01")
	switch s.Mode {
	case OtherPatient:
		return []string{patient("p2", other), allergy("a1", "Patient/p2", "")}
	case SharedID:
		return []string{patient("p1", other), allergy("a2", "Patient/p1", "")}
	case ContainedOther:
		return []string{allergy("a2", "#c1", `,"contained":[`+patient("c1", other)+`]`)}
	case ElsewhereID:
		return []string{allergy("a2", "https://elsewhere.example/fhir/Patient/p1", "")}
	case OnlyDisplay:
		return []string{strings.Replace(allergy("a2", "X", ""), `{"reference":"X"}`, `{"display":"OTHER, Bob"}`, 1)}
	case OtherSystem:
		return []string{strings.Replace(allergy("a2", "X", ""), `{"reference":"X"}`, `{"identifier":{"system":"http://fhir.nhs.net/Id/nhs-number","value":"9990000433"}}`, 1)}
	case MixedPatients:
		return []string{allergy("a2", "Patient/p999", "")}
	case Outcome:
		return []string{`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","details":{"text":"The ward system did not answer"}}]}`}
	case InError:
		return []string{allergy("a3", "Patient/p1", `,"verificationStatus":{"coding":[{"code":"entered-in-error"}]}`)}
	case Refuted:
		return []string{refuted}
	case CodeOnly:
		return []string{codeOnly}
	case Scripts:
		return []string{scripts()}
	case Unreadable:
		return []string{allergy("a4", "Patient/p1", `,"modifierExtension":[{"url":"https://example.org/not-really","valueBoolean":true}]`)}
	}
	return nil
}

func bundle(resources ...string) string {
	entries := make([]string, len(resources))
	for i, r := range resources {
		entries[i] = `{"resource":` + r + `}`
	}
	return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(entries, ",") + `]}`
}
