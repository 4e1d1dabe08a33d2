package views_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/a-h/templ"
)

// corpus is a folder of other people's FHIR, used where it is present.
const corpus = "../../shared/data"

// builtIn are bundles for every machine: markup, other scripts, absent and
// broken parts.
var builtIn = map[string]string{
	"markup": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","id":"1","code":{"text":"<script>alert(1)</script>"},"note":[{"text":"<img src=x onerror=alert(1)>"}]}},
		{"resource":{"resourceType":"AllergyIntolerance","id":"2","text":{"div":"<div><style>body{display:none}</style><b onclick=x>nuts</b></div>"}}}]}`,
	"scripts": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"حساسية البنسلين"},"recorder":{"display":"ד״ר כהן"}}},
		{"resource":{"resourceType":"MedicationStatement","id":"2","status":"active","medicationCodeableConcept":{"text":"阿司匹林 100 毫克"},"dosage":[{"text":"\u202ecilpitlum"}]}}]}`,
	"absent": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","id":"1"}},{"resource":{"resourceType":"Observation","id":"2","valueQuantity":{"value":1e400}}},
		{"resource":{"resourceType":"Observation","code":{"text":"x"},"effectiveDateTime":"soon","valueQuantity":{"value":-0.0}}},{"resource":{"resourceType":"MedicationRequest"}},{"resource":null},{"resource":{"resourceType":"Encounter","period":{"end":"2020"}}}]}`,
	"long": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","id":"1","code":{"text":"` + strings.Repeat("no change ", 4000) + `"}}}]}`,
}

func everySection() record.Scope {
	scope := record.Scope{}
	for _, s := range record.Sections {
		scope[s] = record.Everything
	}
	return scope
}

// Whatever others send goes through decoding, merging and every page: nothing
// is lost on the way, and nothing of it becomes markup.
func TestP4_WhateverOthersSendIsOnThePages(t *testing.T) {
	for name, data := range builtIn {
		t.Run(name, func(t *testing.T) { throughThePages(t, []byte(data)) })
	}
	for _, folder := range []string{"awkward", "ips"} {
		root := filepath.Join(corpus, folder)
		if _, err := os.Stat(root); err != nil {
			t.Logf("%s is not present: its bundles are not read", folder)
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(strings.ToLower(path), ".json") {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil {
				t.Run(strings.TrimPrefix(path, corpus+"/"), func(t *testing.T) { throughThePages(t, data) })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// throughThePages shows what a hospital and a council make of the same bundle,
// so that there is something to merge.
func throughThePages(t *testing.T, data []byte) {
	var contributions []record.Contribution
	for _, from := range []record.Source{hospital, council} {
		a := fhir.NewAnswer(from, everySection(), fhir.Limit{Bytes: 64 << 20})
		if _, err := a.Read(bytes.NewReader(data)); err != nil {
			contributions = append(contributions, record.Contribution{Source: from, State: record.Unreadable})
			continue
		}
		r := a.Result()
		contributions = append(contributions, record.Contribution{
			Source: from, State: record.Answered, Entries: r.Entries, Unreadable: r.Unreadable, InError: r.InError, Withheld: r.Withheld, FetchedAt: now,
		})
	}
	p := page(t, contributions...)
	p.Scope = everySection()
	pages := map[string]templ.Component{"summary": views.Summary(p), "timeline": views.Timeline(views.TimelinePage{RecordPage: p}), "print": views.Print(p)}
	for _, s := range record.Sections {
		pages[string(s)] = views.Section(views.SectionPage{RecordPage: p, Section: s, PerPage: 1 << 20})
	}
	for name, c := range pages {
		html := rendered(t, c)
		doc := parsed(t, html)
		strict(t, doc)
		if lines, shown := p.Record.Lines[record.Section(name)], doc.Find("[data-section="+name+"] [data-entry]").Length(); record.Section(name).Known() && shown != len(lines) {
			t.Errorf("%s shows %d of %d lines", name, shown, len(lines))
		}
		if strings.Contains(html, "<script>") || strings.Contains(html, "onerror=alert(1)>") || strings.Contains(html, "<b onclick") {
			t.Errorf("%s: somebody’s markup is on the page", name)
		}
		doc.Find("details.icr-fold").Remove()
		for _, li := range doc.Find(".icr-line__what, .icr-what").EachIter() {
			if len(li.Text()) > 20_000 {
				t.Errorf("%s: a text of %d bytes is not folded", name, len(li.Text()))
			}
		}
	}
	sent, entered := 0, 0
	for _, c := range contributions {
		sent += len(c.Entries)
	}
	for _, lines := range p.Record.Lines {
		for _, l := range lines {
			entered += len(l.Entries)
		}
	}
	if sent != entered || len(p.EntriesInFull()) != sent {
		t.Errorf("%d items came, %d are in the record, %d on the print-out", sent, entered, len(p.EntriesInFull()))
	}
}
