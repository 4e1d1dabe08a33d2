package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/demo/spine"
	"example.org/icr/demo/town"
	"example.org/icr/web"
)

// An answer that tells nothing about a patient takes a fixed time at least,
// whatever it took to find that out, and no longer than its reader waits.
func TestRefusalsTakeTheSameTime(t *testing.T) {
	for _, test := range []struct {
		name               string
		least, took, gives time.Duration
		want               time.Duration
	}{
		{"quick", 300 * time.Millisecond, time.Millisecond, time.Hour, 300 * time.Millisecond},
		{"not so quick", 300 * time.Millisecond, 299 * time.Millisecond, time.Hour, 300 * time.Millisecond},
		{"slow", 300 * time.Millisecond, 450 * time.Millisecond, time.Hour, 450 * time.Millisecond},
		{"nobody waits", 300 * time.Millisecond, time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond},
		{"switched off", 0, time.Millisecond, time.Hour, time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.gives)
				defer cancel()
				began := time.Now()
				s := &web.Server{Refusal: test.least, Now: time.Now}
				s.Evenly(httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), func() { time.Sleep(test.took) })
				if got := time.Since(began); got != test.want {
					t.Errorf("%v, want %v", got, test.want)
				}
			})
		})
	}
}

// To somebody who has no business with a patient, one whom nobody at their
// organisation knows, one who objects, one who is not in the programme, one
// whose record is restricted and one who died long ago are all alike: status,
// headers, words and bytes, and the time that it takes at least. No partner is
// asked.
func TestRefusalsAreAllAlike(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	const least = 10 * time.Millisecond
	w.web.Refusal = least
	objects := mustNumber("9990000026")
	people := map[string]nhs.Number{"nobody knows": patient.Number, "objects": objects, "is a child": mustNumber("9990000042"), "lives elsewhere": mustNumber("9990000050"), "is restricted": mustNumber("9990000069"), "died long ago": mustNumber("9990000077")}
	changes := map[string]func(*record.Person, map[string]any){
		"is a child":      func(p *record.Person, _ map[string]any) { p.Born = record.ParseDate("2020-01-01") },
		"lives elsewhere": func(p *record.Person, _ map[string]any) { p.Practice = "C82001" },
		"is restricted": func(_ *record.Person, r map[string]any) {
			r["meta"] = map[string]any{"security": []any{map[string]any{"code": "R"}}}
		},
		"died long ago": func(_ *record.Person, r map[string]any) { r["deceasedDateTime"] = "2001-01-01" },
	}
	known := map[string]json.RawMessage{}
	for name, number := range people {
		p, resource := patient, map[string]any{}
		p.Number = number
		change := changes[name]
		if change != nil {
			change(&p, resource)
		}
		if err := json.Unmarshal(demographics(p), &resource); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(&p, resource)
		}
		known[number.Digits()], _ = json.Marshal(resource)
	}
	w.people(spine.New(&town.Town{Demographics: known}))
	w.objectAs(objects)
	for _, user := range []string{"ed.nurse", "care.admin"} {
		b := w.as(user)
		b.get("/")
		first := map[string]page{}
		for name, number := range people {
			found := b.post("/search", url.Values{"nhs_number": {number.Digits()}})
			ref, ok := found.Find(`a[href^="/record/"]`).Attr("href")
			if !ok {
				t.Fatalf("%s was not found: %s", name, found.text())
			}
			for _, path := range []string{"", "/allergies", "/print", "/timeline", "/reason", "/documents/x", "/sensitive", "/mistake/allergies"} {
				began := time.Now()
				p := b.get(ref + path)
				took := time.Since(began)
				p.body = strings.ReplaceAll(p.body, ref, "/record/REF")
				p.header.Del("Date")
				if _, ok := first[path]; !ok {
					first[path] = p
				}
				switch same := first[path]; {
				case p.status != same.status || p.body != same.body:
					t.Errorf("%s, %s of somebody who %s: %d %s; of another: %d %s", user, path, name, p.status, p.text(), same.status, same.text())
				case len(p.header) != len(same.header) || p.header.Get("Content-Length") != same.header.Get("Content-Length"):
					t.Errorf("%s, %s of somebody who %s: %v; of another: %v", user, path, name, p.header, same.header)
				case took < least && (path == "" || path == "/print" || path == "/reason"): // on others, not even the patient is looked at
					t.Errorf("%s, %s of somebody who %s took %v", user, path, name, took)
				}
			}
		}
	}
	if w.asked() != 0 {
		t.Errorf("%d partners were asked", w.asked())
	}
	b := w.as("ed.nurse")
	for _, ref := range []string{"/record/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/record/x"} {
		began := time.Now()
		if p := b.get(ref); p.status != http.StatusNotFound || time.Since(began) < least {
			t.Errorf("a reference that leads nowhere: %d in %v", p.status, time.Since(began))
		}
	}
}
