package stories

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// told is the town of one day, told once for all tests.
var told = sync.OnceValues(func() ([]Resident, error) { return Residents(noon) })

// residents are the people of that day by first and last name.
func residents(t *testing.T) map[string]Resident {
	t.Helper()
	all, err := told()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Resident{}
	for _, r := range all {
		name := r.Given[0] + " " + r.Family
		if _, taken := byName[name]; taken {
			name = r.Name() // the namesake
		}
		byName[name] = r
	}
	return byName
}

func TestEveryoneHasATestNumberAStoryAndAUser(t *testing.T) {
	seen := map[string]string{}
	for name, r := range residents(t) {
		for _, digits := range append([]string{r.Number.Digits()}, r.Superseded...) {
			n, err := nhs.ParseNumber(digits)
			if err != nil || !n.Test() {
				t.Errorf("%s: %s is no NHS number of the test range", name, digits)
			}
			if other, taken := seen[digits]; taken {
				t.Errorf("%s and %s share %s", name, other, digits)
			}
			seen[digits] = name
		}
		if r.Story == "" || r.User == "" || r.Born == "" || r.Practice == "" {
			t.Errorf("%s: story, user, birth date or practice is missing", name)
		}
	}
}

func TestSameDaySameTown(t *testing.T) {
	once, err := told()
	again, err2 := Residents(noon)
	if err != nil || err2 != nil || !reflect.DeepEqual(once, again) {
		t.Errorf("two tellings differ (%v, %v)", err, err2)
	}
}

// Every file holds the Patient first, ids once each, and references only to
// itself.
func TestFilesAreWholeInThemselves(t *testing.T) {
	for name, r := range residents(t) {
		for partner, raws := range r.Files {
			held := map[string]bool{}
			for i, raw := range raws {
				kind, id, err := resource.Type(raw)
				if err != nil || kind == "" || id == "" || held[kind+"/"+id] {
					t.Fatalf("%s at %s: item %d (%s/%s): %v", name, partner, i, kind, id, err)
				}
				if i == 0 && kind != "Patient" {
					t.Errorf("%s at %s begins with %s", name, partner, kind)
				}
				held[kind+"/"+id] = true
			}
			for _, raw := range raws {
				for _, ref := range references(t, raw) {
					if !held[ref] {
						t.Errorf("%s at %s: %s is not there", name, partner, ref)
					}
				}
			}
		}
	}
}

var reference = regexp.MustCompile(`"(?:reference|url)":"([^"]+)"`)

// references are the literal references in a resource, attachments included.
func references(t *testing.T, raw json.RawMessage) (refs []string) {
	t.Helper()
	for _, m := range reference.FindAllSubmatch(raw, -1) {
		if ref := string(m[1]); !strings.HasPrefix(ref, "https://fhir.hl7.org.uk/") {
			refs = append(refs, ref)
		}
	}
	return refs
}

var coded = regexp.MustCompile(`"code":"(\d{6,18})"[^{}]*"system":"(?:http://snomed.info/sct|https://dmd.nhs.uk)"`)

// A mistyped SNOMED CT or dm+d code fails its check digit.
func TestCodesHaveTheirCheckDigit(t *testing.T) {
	n := 0
	for name, r := range residents(t) {
		for _, raws := range r.Files {
			for _, raw := range raws {
				for _, m := range coded.FindAllSubmatch(raw, -1) {
					n++
					if !verhoeff(string(m[1])) {
						t.Errorf("%s: code %s", name, m[1])
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d codes were looked at", n)
	}
}

// verhoeff checks the last digit of a SNOMED CT identifier, by the dihedral
// group of order ten.
func verhoeff(digits string) bool {
	times := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return 5 + (a+b)%5
		case b < 5:
			return 5 + (a-b)%5
		}
		return (a - b + 5) % 5
	}
	turn := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		for range i % 8 {
			d = turn[d]
		}
		sum = times(sum, d)
	}
	return sum == 0
}

func TestEverySectionIsTold(t *testing.T) {
	kinds := map[string]int{}
	for _, r := range residents(t) {
		for _, raws := range r.Files {
			for _, raw := range raws {
				kind, _, _ := resource.Type(raw)
				kinds[kind]++
			}
		}
	}
	for _, kind := range strings.Fields("Patient Flag AllergyIntolerance MedicationRequest MedicationStatement Medication CarePlan Goal CareTeam " +
		"Encounter Appointment ServiceRequest EpisodeOfCare Task DeviceRequest Condition Procedure DiagnosticReport Observation Immunization DocumentReference Binary") {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
}

func TestPDFCanBeRead(t *testing.T) {
	pdf := onePage("Letter (one)", []string{"Dose £2.50 \\ naïve"})
	if !bytes.HasPrefix(pdf, []byte("%PDF-1.4\n")) || !bytes.HasSuffix(pdf, []byte("%%EOF\n")) {
		t.Fatalf("%q", pdf)
	}
	start := bytes.LastIndex(pdf, []byte("xref\n0 7\n"))
	for i, entry := range bytes.Split(pdf[start:], []byte("\n"))[3:9] {
		offset := 0
		for _, d := range entry[:10] {
			offset = offset*10 + int(d-'0')
		}
		if want := []byte{byte('1' + i), ' ', '0', ' ', 'o', 'b', 'j'}; !bytes.HasPrefix(pdf[offset:], want) {
			t.Errorf("object %d is not at %d", i+1, offset)
		}
	}
}
