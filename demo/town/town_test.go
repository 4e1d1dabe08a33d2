package town

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestStories(t *testing.T) {
	town, err := StoriesOn(noon)
	if err != nil {
		t.Fatal(err)
	}
	if len(town.People) < 18 || len(town.Demographics) != len(town.People) || len(town.Records) != 10 {
		t.Errorf("%d people, %d demographics, %d partners", len(town.People), len(town.Demographics), len(town.Records))
	}
	if town.Superseded["9990000255"] != "9990000131" || len(town.Objections) != 5 {
		t.Errorf("superseded %v, objections %d", town.Superseded, len(town.Objections))
	}
	if b := town.Behaviour["RLT"]; !b["9990000034"].Down || b["9990000042"].AnswersAbout != "9990000050" || town.Behaviour["RYA"]["9990000034"].Slow != 10*time.Second {
		t.Errorf("%v", town.Behaviour)
	}
	sources := map[string]bool{}
	for _, r := range town.Relationships {
		if sources[r.SourceID] || r.SourceID == "" || r.NHSNumber.IsZero() || r.Organisation == "" || r.Starts.IsZero() {
			t.Errorf("%+v", r)
		}
		sources[r.SourceID] = true
	}
}

// folder is a folder of bundles, good ones and others.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bundle := func(family, born, extra string) string {
		return `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"1","name":[{"family":"` + family + `","given":["Ann3"]}],"birthDate":"` + born + `"` + extra + `}},
			{"resource":{"resourceType":"Claim"}},{"resource":{"resourceType":"Practitioner","id":"9"}},
			{"resource":{"resourceType":"Condition","id":"2","code":{"text":"Asthma"},"subject":{"reference":"urn:uuid:1"}}}]}`
	}
	for name, content := range map[string]string{
		"a.json": bundle("Adult1", "1980-01-02", ""), "b.json": bundle("Child2", "2020-01-02", ""),
		"c.json":      bundle("Dead3", "1930-01-02", `,"deceasedDateTime":"2005-06-07T08:00:00Z"`),
		"d.json":      bundle("Own4", "1980-01-02", `,"identifier":[{"system":"`+nhs.NumberSystem+`","value":"9990000433"}]`),
		"e.json":      bundle("Clash5", "1980-01-02", `,"identifier":[{"system":"`+nhs.NumberSystem+`","value":"9990000018"}]`),
		"broken.json": `{"resourceType":`, "notes.txt": "x", "z.json.gz": "not gzip",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	stories, err := StoriesOn(noon)
	if err != nil {
		t.Fatal(err)
	}
	town, err := LoadOn(folder(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	if town.Loaded != 5 || len(town.People) != len(stories.People)+5 {
		t.Fatalf("%d loaded, %d people", town.Loaded, len(town.People))
	}
	for i, want := range []struct{ number, name, story string }{
		{"9991000003", "Ann Adult", "a.json"},
		{"9991000011", "Ann Child", "under 18"},
		{"9991000038", "Ann Dead", "died in 2005"},
		{"9990000433", "Ann Own", ""},
		{"9991000046", "Ann Clash", ""},
	} {
		p := town.People[len(stories.People)+i]
		if p.NHSNumber.Digits() != want.number || p.Name != want.name || !strings.Contains(p.Story, want.story) {
			t.Errorf("%s %s: %s, want %+v", p.NHSNumber.Digits(), p.Name, p.Story, want)
		}
		for _, at := range []nhs.ODSCode{"Y99001", "RKB", "E08000026"} {
			if !hasGround(town, p.NHSNumber, at) || len(town.Records[at][want.number]) < 2 {
				t.Errorf("%s has no ground or no record at %s", p.Name, at)
			}
		}
	}
	left := strings.Join(town.LeftOut, "\n")
	for _, want := range []string{"broken.json: not usable: not JSON", "notes.txt: neither", "z.json.gz: ", "5 Claim: no part of a care record", "5 Practitioner: kept as names only"} {
		if !strings.Contains(left, want) {
			t.Errorf("%q is not in\n%s", want, left)
		}
	}
}

func hasGround(town *Town, n nhs.Number, at nhs.ODSCode) bool {
	for _, r := range town.Relationships {
		if r.NHSNumber == n && r.Organisation == at && r.Starts.Before(noon) && r.Ends.IsZero() {
			return true
		}
	}
	return false
}

func TestLoadNeedsAFolder(t *testing.T) {
	if _, err := LoadOn(filepath.Join(t.TempDir(), "none"), noon); err == nil {
		t.Error("loaded a folder that is not there")
	}
}

// Forty synthetic patients that somebody else made, where they are at hand:
// all load, nothing is lost, and no reference leaves its partner.
func TestLoadSynthea(t *testing.T) {
	dir := "../../../shared/data/synthea"
	if _, err := os.Stat(dir); err != nil {
		t.Log("no synthetic patients beside the repository: only the built-in bundles were loaded")
		return
	}
	began := time.Now()
	town, err := LoadOn(dir, noon)
	if err != nil {
		t.Fatal(err)
	}
	if town.Loaded != 40 {
		t.Fatalf("%d loaded; left out:\n%s", town.Loaded, strings.Join(town.LeftOut, "\n"))
	}
	held, size := 0, 0
	for partner, people := range town.Records {
		for digits, file := range people {
			if !strings.HasPrefix(digits, "9991") {
				continue
			}
			held += len(file)
			size += whole(t, string(partner)+" "+digits, file)
		}
	}
	// All resources of the bundles, less the patients and what is left out.
	if want := 29129 - 40 - 3896 - 1902 - 253 - 22 - 38 - 38 - 2 - 2; held < want {
		t.Errorf("%d items held of %d", held, want)
	}
	t.Logf("%d items, %d MB, %d injected, in %v", held, size>>20, len(town.Truth), time.Since(began).Round(time.Millisecond))
	checkTruth(t, town)
}

// whole fails t unless a file begins with its Patient, has every id once and
// points only to itself.
func whole(t *testing.T, name string, file []json.RawMessage) (size int) {
	t.Helper()
	held := map[string]bool{}
	for i, raw := range file {
		size += len(raw)
		kind, id, err := resource.Type(raw)
		if err != nil || held[kind+"/"+id] || (i == 0) != (kind == "Patient") {
			t.Fatalf("%s: item %d is %s/%s: %v", name, i, kind, id, err)
		}
		held[kind+"/"+id] = true
	}
	for _, raw := range file {
		for rest := raw; ; {
			at := bytes.Index(rest, []byte(`"reference":"`))
			if at < 0 {
				break
			}
			rest = rest[at+len(`"reference":"`):]
			if ref, _, _ := strings.Cut(string(rest[:min(len(rest), 200)]), `"`); !strings.HasPrefix(ref, "#") && !held[ref] {
				t.Fatalf("%s: %s is not there", name, ref)
			}
		}
	}
	return size
}

// checkTruth fails t unless everything that was put at several partners is
// there.
func checkTruth(t *testing.T, town *Town) {
	t.Helper()
	kinds := map[string]int{}
	held := map[string]map[Item]bool{}
	for partner, people := range town.Records {
		for digits, file := range people {
			for _, raw := range file {
				kind, id, _ := resource.Type(raw)
				if held[digits] == nil {
					held[digits] = map[Item]bool{}
				}
				held[digits][Item{partner, kind, id}] = true
			}
		}
	}
	for _, in := range town.Truth {
		kinds[in.Kind]++
		for _, item := range in.Items {
			if len(in.Items) < 2 || !held[in.NHSNumber.Digits()][item] {
				t.Fatalf("%s: %v is not there", in.Kind, item)
			}
		}
	}
	for _, kind := range []string{"exact-share", "near-miss", "copied-on-admission", "conflict", "discharge", "gp2gp"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was put in", kind)
		}
	}
	t.Logf("put in: %v", kinds)
}
