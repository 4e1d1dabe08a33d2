package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// What a partner answers to a question for less than everything is made when it
// is first asked, and held ready from then on.

// batched is what a partner makes of a batch when it is first asked.
type batched struct {
	patient int
	first   bool // it asks who the patient is
	answer  func() encoded
}

// batch answers several questions in one.
func (p *supplier) batch(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // nobody waits for an answer
	}
	heard, known := p.batches.Load(string(body))
	if !known {
		understood, err := p.understand(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		heard, _ = p.batches.LoadOrStore(string(body), understood)
	}
	asked := heard.(batched)
	time.Sleep(time.Duration(p.world.takes[asked.patient][p.number].Load()))
	send(w, asked.answer()[p.world.coding], p.world.coding)
	took := &p.world.took[asked.patient][p.number]
	if asked.first {
		took.Store(0)
	}
	took.Add(int64(time.Since(began)))
}

func (p *supplier) understand(body []byte) (batched, error) {
	var asked struct {
		Entry []struct{ Request struct{ URL string } }
	}
	if json.Unmarshal(body, &asked) != nil || len(asked.Entry) == 0 {
		return batched{}, errors.New("this is no batch")
	}
	questions := make([]*url.URL, len(asked.Entry))
	for i, e := range asked.Entry {
		var err error
		if questions[i], err = url.Parse(e.Request.URL); err != nil {
			return batched{}, errors.New("this is no question")
		}
	}
	i, ok := whose(about(questions[0]))
	if !ok {
		return batched{}, errors.New("nobody has this id")
	}
	return batched{i, questions[0].Path == "Patient", sync.OnceValue(func() encoded {
		replies := make([][]byte, len(questions))
		for i, q := range questions {
			replies[i] = fmt.Appendf(nil, `{"resource":%s,"response":{"status":"200 OK"}}`, p.reply(q))
		}
		return codings(fmt.Appendf(nil, `{"resourceType":"Bundle","type":"batch-response","entry":[%s]}`, bytes.Join(replies, []byte(","))))
	})}, nil
}

func (p *supplier) ready(question string, make func() []byte) encoded {
	if held, ok := p.made.Load(question); ok {
		return held.(encoded)
	}
	held, _ := p.made.LoadOrStore(question, codings(make()))
	return held.(encoded)
}

// about is the partner's own id of the patient whom a question is about.
func about(q *url.URL) string {
	if id := q.Query().Get("patient"); id != "" {
		return id
	}
	for _, name := range []string{"identifier", "patient.identifier"} {
		if _, number, ok := strings.Cut(q.Query().Get(name), "|"); ok {
			return "p" + number
		}
	}
	for i, part := range strings.Split(q.Path, "/") {
		if i > 0 && strings.HasPrefix(part, "p999") {
			return part
		}
	}
	return ""
}

// reply is the searchset that a question finds: of the types that it names, the
// newest where it asks for these, and of a category where it names one.
func (p *supplier) reply(q *url.URL) []byte {
	i, ok := whose(about(q))
	query := q.Query()
	if !ok || query.Has("code") { // nobody refused anything
		return nothing
	}
	if q.Path == "Patient" {
		return p.lookups[i]
	}
	types := strings.Split(query.Get("_type"), ",")
	if query.Get("_type") == "" {
		types = []string{q.Path}
	}
	var all []dated
	for _, s := range shares {
		if slices.Contains(types, s.kind) {
			all = append(all, p.held[i][s.kind]...)
		}
	}
	for name, values := range query {
		if name == "category" || name == "status" {
			all = slices.DeleteFunc(all, func(d dated) bool { return !slices.Contains(strings.Split(values[0], ","), d.has[name]) })
		}
	}
	total := len(all)
	if query.Get("_sort") == "-date" {
		slices.SortStableFunc(all, func(a, b dated) int { return strings.Compare(b.when, a.when) })
		if most, err := strconv.Atoi(query.Get("_count")); err == nil {
			all = all[:min(most, total)]
		}
	}
	entries := make([][]byte, len(all))
	for i, d := range all {
		entries[i] = d.entry
	}
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}`, total, bytes.Join(entries, []byte(",")))
}

var nothing = []byte(`{"resourceType":"Bundle","type":"searchset","total":0}`)

// statement is what a partner says that it can do: what an ordinary FHIR server
// does.
var statement = sync.OnceValue(func() []byte {
	resources := []any{map[string]any{"type": "Patient", "operation": []any{map[string]any{"name": "everything"}}}}
	kinds := map[string]bool{"Consent": true}
	for _, o := range organisations {
		for _, section := range record.Sections {
			for _, kind := range fhir.Types(record.Scope{section: record.Everything}, o.Kind) {
				kinds[kind] = true
			}
		}
	}
	for kind := range kinds {
		resources = append(resources, map[string]any{
			"type": kind, "interaction": []any{map[string]any{"code": "search-type"}},
			"searchParam": []any{map[string]any{"name": "patient"}, map[string]any{"name": "patient.identifier"}, map[string]any{"name": "date"}, map[string]any{"name": "code"}},
		})
	}
	said, err := json.Marshal(map[string]any{
		"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
		"rest": []any{map[string]any{"mode": "server", "interaction": []any{map[string]any{"code": "batch"}}, "resource": resources}},
	})
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	return said
})

// dated is a resource with what searches look at.
type dated struct {
	entry []byte
	when  string
	has   map[string]string // category and status
}

func resources(partner int, n nhs.Number, s share, note int) []dated {
	base := fmt.Sprintf("https://partner%d.example/fhir/", partner)
	all := make([]dated, s.count)
	for i := range all {
		t := tell(s, partner, i, n, note)
		status := t["state"]
		if s.kind == "Encounter" {
			status = "finished"
		}
		all[i] = dated{entry(base, s.kind, t["id"], os.Expand(templates[s.kind], t.say)), t["when"], map[string]string{"category": t["category"], "status": status}}
	}
	return all
}
