package fhirserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
	"example.org/icr/demo/fhirserver"
	"example.org/icr/demo/town"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A summary that asks for the newest shows what one shows that asks for all:
// the newest of every partner hold the newest of all together, as nothing of
// one partner is ever joined, and what is in error or is told by two is allowed
// for. Of what is measured again and again it may show fewer things, and says
// so; each that it shows is the latest.
func TestTheNewestAreWhatASummaryShows(t *testing.T) {
	stories, err := town.StoriesOn(today)
	if err != nil {
		t.Fatal(err)
	}
	cut := 0
	for _, p := range stories.People {
		cut += compare(t, p.Story, person(t, stories, p.NHSNumber), stories.Records, p.NHSNumber.Digits())
	}
	n := stories.People[0].NHSNumber
	for seed := range uint64(6) {
		generated := map[nhs.ODSCode]map[string][]json.RawMessage{}
		for i, code := range []nhs.ODSCode{"RKB", "RLT", "Y99001"}[:1+seed%3] {
			generated[code] = map[string][]json.RawMessage{n.Digits(): busy(stories.Records, n.Digits(), seed, i)}
		}
		cut += compare(t, fmt.Sprint("generated ", seed), person(t, stories, n), generated, n.Digits())
	}
	if cut < 10 {
		t.Errorf("only %d answers were cut: that proves little", cut)
	}
}

// compare asks everybody who holds anything of a patient briefly and in full,
// and returns of how many answers a part was left out.
func compare(t *testing.T, name string, who record.Person, records map[nhs.ODSCode]map[string][]json.RawMessage, digits string) (cut int) {
	t.Helper()
	var brief, whole []record.Contribution
	for code, files := range records {
		if len(files[digits]) == 0 {
			continue
		}
		server := httptest.NewServer(fhirserver.New(fhirserver.Config{Records: map[string][]json.RawMessage{digits: files[digits]}}))
		from, err := source.New(source.Config{Base: server.URL, HTTP: server.Client(), Everything: true, Newest: true, Batch: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, briefly := range []bool{true, false} {
			q := partner.Query{Person: who, Source: record.Source{Code: code, Name: "Hospital " + string(code), Kind: record.Acute}, Scope: record.Scope{}, Brief: briefly}
			for _, s := range record.Sections {
				q.Scope[s] = record.Everything
			}
			answer, err := from.Fetch(t.Context(), q)
			if err != nil {
				continue // a story of a partner that answers otherwise
			}
			c := record.Contribution{Source: q.Source, State: record.Answered, Entries: answer.Entries, Newest: answer.Newest, FetchedAt: today}
			if briefly {
				brief, cut = append(brief, c), cut+min(1, len(answer.Newest))
			} else {
				whole = append(whole, c)
			}
		}
		server.Close()
	}
	few, all := shown(t, who, brief), shown(t, who, whole)
	for _, s := range record.Sections {
		want := all[s]
		if s == record.Results || s == record.Observations {
			want = want[:min(len(want), len(few[s]))]
		}
		if !slices.Equal(few[s], want) {
			t.Errorf("%s, %s: it shows\n %s\nnot\n %s", name, s, strings.Join(few[s], "\n "), strings.Join(want, "\n "))
		}
	}
	return cut
}

// shown are the lines of each section of a summary: what, what value, when.
func shown(t *testing.T, who record.Person, contributions []record.Contribution) map[record.Section][]string {
	t.Helper()
	p := views.RecordPage{Frame: views.Frame{Now: today}, Ref: "ref", Person: who, Record: record.Merge(contributions), Scope: record.Scope{}}
	for _, s := range record.Sections {
		p.Scope[s] = record.Everything
	}
	var b bytes.Buffer
	if err := views.Summary(p).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[record.Section][]string{}
	for _, s := range record.Sections {
		for _, l := range doc.Find("[data-section=" + string(s) + "] [data-entry]").EachIter() {
			lines[s] = append(lines[s], strings.Join(strings.Fields(l.Find(".icr-what").Text()+" "+l.Find(".icr-value").Text()+" "+l.Find(".icr-line__when").Text()), " "))
		}
	}
	return lines
}

// person is somebody of the town, as the demographics service has them.
func person(t *testing.T, of *town.Town, n nhs.Number) record.Person {
	t.Helper()
	var known struct {
		Name []struct {
			Family string
			Given  []string
		}
		Gender, BirthDate string
	}
	if err := json.Unmarshal(of.Demographics[n.Digits()], &known); err != nil || len(known.Name) == 0 {
		return record.Person{Number: n} // nobody is asked about them
	}
	return record.Person{Number: n, Family: known.Name[0].Family, Given: known.Name[0].Given, Gender: known.Gender, Born: record.ParseDate(known.BirthDate)}
}

// busy is a file with much that happened again and again: some of it in error,
// some told by every partner alike.
func busy(records map[nhs.ODSCode]map[string][]json.RawMessage, digits string, seed uint64, partner int) []json.RawMessage {
	var patient json.RawMessage
	for _, code := range slices.Sorted(maps.Keys(records)) {
		if file := records[code][digits]; len(file) > 0 {
			patient = file[0]
			break
		}
	}
	var who struct{ ID string }
	if json.Unmarshal(patient, &who) != nil {
		return nil
	}
	file := []json.RawMessage{patient}
	own, common := rand.New(rand.NewPCG(seed, uint64(partner+1))), rand.New(rand.NewPCG(seed, 0))
	for i := range 150 {
		r := own
		if i%10 == 0 {
			r = common
		}
		when := today.Add(-time.Duration(r.IntN(3*365*24)) * time.Hour).Format(time.RFC3339)
		status := func(usual string) string {
			if r.IntN(20) == 0 {
				return "entered-in-error"
			}
			return usual
		}
		about := fmt.Sprintf(`"id":"x%d","subject":{"reference":"Patient/%s"}`, i, who.ID)
		lab, vital := r.IntN(8), r.IntN(5)
		for _, resource := range []string{
			fmt.Sprintf(`{"resourceType":"Observation",%s,"status":%q,"category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"Test %d"},"effectiveDateTime":%q,"valueQuantity":{"value":%d,"unit":"mmol/L"}}`, about, status("final"), lab, when, r.IntN(90)),
			fmt.Sprintf(`{"resourceType":"Encounter",%s,"status":%q,"type":[{"text":"Clinic %d"}],"period":{"start":%q}}`, about, status("finished"), lab, when),
			fmt.Sprintf(`{"resourceType":"Procedure",%s,"status":%q,"code":{"text":"Procedure %d"},"performedDateTime":%q}`, about, status("completed"), i, when),
			fmt.Sprintf(`{"resourceType":"Immunization","id":"x%d","patient":{"reference":"Patient/%s"},"status":%q,"vaccineCode":{"text":"Vaccine %d"},"occurrenceDateTime":%q}`, i, who.ID, status("completed"), lab, when),
			strings.Replace(fmt.Sprintf(`{"resourceType":"Observation",%s,"status":%q,"category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"Sign %d"},"effectiveDateTime":%q,"valueQuantity":{"value":%d,"unit":"/min"}}`, about, status("final"), vital, when, r.IntN(90)), `"x`, `"v`, 1),
		} {
			file = append(file, json.RawMessage(resource))
		}
	}
	return file
}
