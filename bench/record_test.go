package bench

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/nhs"
)

// The typical record, M: eight partners, each of which gives one compact
// searchset of 125 KB with a patient and 120 clinical resources.
const bundleBytes = 125_000

// share is how many resources of a type a partner holds, and how many of these
// every other partner holds too, word for word: what a merge joins.
type share struct {
	kind          string
	count, common int
}

// shares are in the proportions of a synthetic patient's record (Synthea, R4).
var shares = []share{
	{"Observation", 65, 6},
	{"Encounter", 9, 0},
	{"MedicationRequest", 9, 2},
	{"Procedure", 9, 3},
	{"DiagnosticReport", 7, 1},
	{"Condition", 8, 4},
	{"DocumentReference", 5, 0},
	{"Immunization", 5, 3},
	{"AllergyIntolerance", 3, 2},
}

func resourcesOfAPartner() (n int) {
	for _, s := range shares {
		n += s.count
	}
	return n
}

// patients are the invented people whose records are viewed, all with a record
// of the same words.
var patients = func() []nhs.Number {
	var all []nhs.Number
	for stem := 640_000; len(all) < 64; stem++ {
		for check := range 10 {
			if n, err := nhs.ParseNumber(fmt.Sprintf("999%06d%d", stem, check)); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}()

// patientID is a partner's own id of a patient.
func patientID(n nhs.Number) string { return "p" + n.Digits() }

// bundle is what partner holds about n: the same bytes on every run.
func bundle(partner int, n nhs.Number) []byte {
	return written(partner, n, noteLength(partner, n), shares)
}

// found is that part of it that a search for one type finds.
func found(partner int, n nhs.Number, s share) []byte {
	return written(partner, n, noteLength(partner, n), []share{s})
}

// noteLength is how long a partner's notes are, so that a bundle is bundleBytes.
func noteLength(partner int, n nhs.Number) int {
	short := len(written(partner, n, 0, shares))
	count := 0
	for _, s := range shares {
		if s.kind == "DocumentReference" || s.kind == "DiagnosticReport" {
			count += s.count
		}
	}
	return max(0, bundleBytes-short) / count
}

// written is the searchset of so much, with notes of about so many bytes. Of
// all shares together it has the patient too.
func written(partner int, n nhs.Number, note int, of []share) []byte {
	base := fmt.Sprintf("https://partner%d.example/fhir/", partner)
	var entries [][]byte
	if len(of) == len(shares) {
		entries = append(entries, entry(base, "Patient", patientID(n), patient(n)))
	}
	for _, s := range of {
		for i := range s.count {
			t := tell(s, partner, i, n, note)
			entries = append(entries, entry(base, s.kind, t["id"], os.Expand(templates[s.kind], t.say)))
		}
	}
	b := fmt.Appendf(nil, `{"resourceType":"Bundle","id":"m%d","type":"searchset","total":%d,"link":[{"relation":"self","url":"%sPatient/%s/$everything"}],"entry":[`,
		partner, len(entries), base, patientID(n))
	return append(append(b, bytes.Join(entries, []byte(","))...), `]}`...)
}

func entry(base, kind, id, resource string) []byte {
	return fmt.Appendf(nil, `{"fullUrl":"%s%s/%s","resource":%s,"search":{"mode":"match"}}`, base, kind, id, resource)
}

// patient is the Patient, as a partner knows them.
func patient(n nhs.Number) string {
	return os.Expand(`{"resourceType":"Patient","id":"$id","meta":{"versionId":"3","lastUpdated":"2026-05-04T03:02:01.000+00:00"},`+
		`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"$number"}],"name":[{"use":"official","family":"Typical","given":["Mary"],"prefix":["Mrs"]}],`+
		`"gender":"female","birthDate":"1951-03-09","address":[{"line":["1 Example Street"],"city":"Coventry","postalCode":"CV1 1AA"}]}`,
		teller{"id": patientID(n), "number": n.Digits()}.say)
}

// teller has the words that stand in for the names in a template.
type teller map[string]string

func (t teller) say(name string) string {
	if words, ok := t[name]; ok {
		return words
	}
	panic("no words for $" + name)
}

// tell makes up what the i-th resource of a type says.
func tell(s share, partner, i int, n nhs.Number, note int) teller {
	who := partner + 1
	if i < s.common {
		who = 0 // all say the same
	}
	random := rand.New(rand.NewPCG(uint64(who), seed(s.kind, i)))
	when := time.Date(2006, 1, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(20*365*24*60)) * time.Minute)
	term := terms[s.kind][(i+random.IntN(7))%len(terms[s.kind])]
	low, span := term.from, term.to-term.from
	t := teller{
		"id": uuid(partner, s.kind, i), "patient": patientID(n), "encounter": uuid(partner, "Encounter", i%9),
		"system": term.system, "code": term.code, "words": term.words, "category": term.category, "unit": term.unit,
		"when": when.Format(time.RFC3339), "end": when.Add(30 * time.Minute).Format(time.RFC3339), "issued": when.Format("2006-01-02T15:04:05.000Z07:00"), "day": when.Format(time.DateOnly),
		"number": fmt.Sprintf("%.2f", low+random.Float64()*span), "low": fmt.Sprint(low), "high": fmt.Sprint(term.to),
		"doctor": fmt.Sprintf("Dr Example %c. Invented", 'A'+random.IntN(20)), "npi": fmt.Sprintf("9999%06d", random.IntN(20)),
		"state": term.states[random.IntN(len(term.states))], "dose": fmt.Sprint(1 + random.IntN(3)),
		"note": base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\n# Assessment and plan\nThe patient was seen, and the medicines above were reviewed.\n", 1+note/80)[:note*3/4/3*3])),
	}
	switch {
	case term.parts:
		t["value"] = os.Expand(pressure, teller{"above": fmt.Sprint(100 + random.IntN(60)), "below": fmt.Sprint(60 + random.IntN(35))}.say)
	case i%3 == 0:
		t["value"] = os.Expand(amount+limits, t.say)
	default:
		t["value"] = os.Expand(amount, t.say)
	}
	return t
}

func seed(kind string, i int) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, kind, i)
	return h.Sum64()
}

func uuid(partner int, kind string, i int) string {
	return fmt.Sprintf("%08x-c11c-8b54-a6c4-%012x", uint32(seed(kind, partner)), seed(kind, i*8+partner)&0xffffffffffff)
}

// term is something that a resource can be about.
type term struct {
	system, code, words string
	category, unit      string
	from, to            float64
	parts               bool
	states              []string
}

const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
)

// named makes terms of lines of code, words and, for what is measured,
// category, unit and range.
func named(system string, states []string, lines ...string) []term {
	var all []term
	for _, line := range lines {
		f := append(strings.Split(line, "|"), "", "", "", "")
		t := term{system: system, code: f[0], words: f[1], category: f[2], unit: f[3], states: states, parts: f[3] == "parts"}
		fmt.Sscanf(f[4], "%f-%f", &t.from, &t.to)
		all = append(all, t)
	}
	return slices.Clip(all)
}
