package fhir_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// corpus is a folder of other people's FHIR, used where it is present.
const corpus = "../../../shared/data"

// files calls visit with each JSON file under the folders of the corpus, and
// says so where there are none.
func files(t *testing.T, visit func(t *testing.T, path string, data []byte), folders ...string) {
	for _, folder := range folders {
		root := filepath.Join(corpus, folder)
		if _, err := os.Stat(root); err != nil {
			t.Logf("%s is not present: its files are not read", folder)
			continue
		}
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			name := strings.ToLower(path)
			if err == nil && !entry.IsDir() && (strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".json.gz")) {
				t.Run(strings.TrimPrefix(path, corpus+"/"), func(t *testing.T) { visit(t, path, content(t, path)) })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func content(t *testing.T, path string) []byte {
	data, err := os.ReadFile(path)
	if err == nil && strings.HasSuffix(path, ".gz") {
		var unzipped *gzip.Reader
		if unzipped, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, err = io.ReadAll(unzipped)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// plainly is a Bundle as encoding/json reads it, with the entries counted.
func plainly(data []byte) (bundle map[string]any, entries int, ok bool) {
	if json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &bundle) != nil {
		return nil, 0, false
	}
	switch entry := bundle["entry"].(type) {
	case nil:
	case []any:
		entries = len(entry)
	default:
		entries = 1
	}
	return bundle, entries, true
}

// within counts the items that stand within Lists.
func within(bundle map[string]any) (items int) {
	entries, _ := bundle["entry"].([]any)
	for _, entry := range entries {
		e, _ := entry.(map[string]any)
		list, _ := e["resource"].(map[string]any)
		contained, _ := list["contained"].([]any)
		for _, inner := range contained {
			item, _ := inner.(map[string]any)
			if kind, _ := item["resourceType"].(string); list["resourceType"] == "List" && len(fhir.Holds(kind, record.Council)) > 0 {
				items++
			}
		}
	}
	return items
}

// Whatever sound JSON a source sends, each of its resources becomes an entry
// with words, or is counted; and whatever else it sends is an error.
func TestP4_NothingIsDropped(t *testing.T) {
	files(t, func(t *testing.T, path string, data []byte) {
		bundle, resources, ok := plainly(data)
		if kind := bundle["resourceType"]; ok && kind != "Bundle" && kind != "OperationOutcome" {
			data = []byte(`{"resourceType":"Bundle","entry":[{"resource":` + strings.TrimPrefix(string(data), "\ufeff") + `}]}`)
			resources = 1
			bundle, _, _ = plainly(data)
		}
		resources += within(bundle)
		accounted(t, data, resources, ok)
	}, "awkward", "ips", "partners-sider", "nhs")
}

func accounted(t *testing.T, data []byte, resources int, sound bool) {
	for _, from := range []record.Kind{record.Acute, record.Council} {
		a := fhir.NewAnswer(record.Source{Code: "RKB", Kind: from}, everything(), fhir.Limit{Bytes: 64 << 20})
		_, err := a.Read(bytes.NewReader(data))
		switch {
		case err != nil && !errors.Is(err, fhir.ErrUnreadable):
			t.Fatalf("error of another kind: %v", err)
		case err != nil && sound:
			t.Logf("unreadable: %v", err)
			return
		case err != nil:
			return
		}
		result := a.Result()
		if result.Resources() != resources {
			t.Errorf("%d resources, accounted for: %+v", resources, result)
		}
		said(t, result)
	}
}

// said checks that every entry says something, and what it is.
func said(t *testing.T, result fhir.Result) {
	sections := 0
	for _, n := range result.Sections {
		sections += n
	}
	if sections != len(result.Entries) {
		t.Errorf("%d entries, %d in sections", len(result.Entries), sections)
	}
	for _, e := range result.Entries {
		if e.What.Words() == "" || !e.Section.Known() || e.Item.Type == "" || e.From == "" || e.When.IsZero() != (e.WhenMeans == "") {
			t.Errorf("an entry that says too little: %+v", e)
		}
		if strings.Contains(e.What.Words(), "<div") || strings.Contains(e.What.Words(), "<script") {
			t.Errorf("markup in %q", e.What.Words())
		}
	}
}

// In records without errors each resource of a type that a page shows is an
// entry, type by type.
func TestP4_CountsByType(t *testing.T) {
	files(t, func(t *testing.T, path string, data []byte) {
		var bundle struct {
			Entry []struct{ Resource struct{ ResourceType string } }
		}
		if err := json.Unmarshal(data, &bundle); err != nil {
			t.Fatal(err)
		}
		sent, shown := map[string]int{}, map[string]int{}
		for _, entry := range bundle.Entry {
			sent[entry.Resource.ResourceType]++
		}
		a := fhir.NewAnswer(hospital, everything(), fhir.Limit{Bytes: 64 << 20})
		if _, err := a.Read(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		result := a.Result()
		for _, e := range result.Entries {
			shown[e.Item.Type]++
		}
		if said(t, result); result.Resources() != len(bundle.Entry) {
			t.Errorf("%d resources, accounted for: %d", len(bundle.Entry), result.Resources())
		}
		for _, name := range fhir.Types(everything(), record.Acute) {
			if sent[name] != shown[name] {
				t.Errorf("%s: %d sent, %d shown", name, sent[name], shown[name])
			}
		}
		if subjects := a.Subjects(); len(subjects) != 1 || subjects[0].Patient == nil || len(a.Patients()) != 1 {
			t.Errorf("%d subjects: %+v", len(subjects), subjects)
		}
	}, "synthea")
}

// The typical bundle, counted.
func TestTypicalCounts(t *testing.T) {
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	if _, err := a.Read(bytes.NewReader(typical())); err != nil {
		t.Fatal(err)
	}
	want := map[record.Section]int{
		record.Allergies: 6, record.Medications: 6, record.Visits: 8, record.Problems: 8, record.Procedures: 6,
		record.Results: 42, record.Observations: 36, record.Immunisations: 8,
	}
	if got := a.Result().Sections; !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
