package views_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

const hostile = `"><img src=x onerror=alert(1)><script>alert('x')</script>&amp;' onload='`

// poison sets every string that a page can reach to hostile words, and fills
// slices that are empty.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type().PkgPath() != recordPath { // sections, states and kinds are ours
			v.SetString(hostile)
		}
	case reflect.Slice:
		if v.CanSet() && v.Len() == 0 && v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		}
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[time.Time]() {
				poison(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	}
}

const recordPath = "example.org/icr/care/record"

func poisoned[P any](p P) P {
	poison(reflect.ValueOf(&p).Elem())
	return p
}

// hostileRecord is a page whose every word of others is hostile.
func hostileRecord(t *testing.T) views.RecordPage {
	p := fullPage(t)
	var contributions []record.Contribution
	for _, c := range p.Record.Contributions {
		codes := map[record.Section]record.State{record.Results: record.Withheld}
		c = poisoned(c)
		c.Sections = codes
		for i := range c.Entries {
			c.Entries[i].When = record.ParseDate([]string{"2026-01-02", hostile}[i%2])
			c.Entries[i].Until, c.Entries[i].Abnormal = record.ParseDate(hostile), i%2 == 0
		}
		contributions = append(contributions, c)
	}
	p = poisoned(p)
	p.Record = record.Merge(contributions)
	p.Person.Number, p.Person.Superseded = number(t), nil
	for i, c := range p.Record.Contributions {
		p.Record.Contributions[i].Source.Kind = c.Source.Kind
	}
	p.DocumentRef = func(*record.Entry) string { return hostile }
	return p
}

func TestHostileWordsStayWords(t *testing.T) {
	p := hostileRecord(t)
	restricted := p
	restricted.Restricted = true
	people := []views.Found{{Ref: hostile, Person: p.Person}}
	log := poisoned(views.EventsPage{Frame: frame(), Events: nil})
	for i := range log.Events {
		log.Events[i].At, log.Events[i].Patient = now, number(t)
		log.Events[i].Person = poisoned(event(t, "x")).Person
	}
	for name, c := range map[string]templ.Component{
		"summary": views.Summary(p), "restricted": views.Summary(restricted),
		"section":     views.Section(views.SectionPage{RecordPage: p, Section: record.Documents}),
		"timeline":    views.Timeline(views.TimelinePage{RecordPage: p}),
		"medicines":   views.Section(views.SectionPage{RecordPage: p, Section: record.Medications}),
		"filtered":    views.Section(views.SectionPage{RecordPage: p, Section: record.Problems, FilterRef: hostile, Filter: views.Filter{Text: "script"}, Form: poisoned(views.SectionForm{})}),
		"table":       views.Section(views.SectionPage{RecordPage: p, Section: record.Results}),
		"home":        views.Home(poisoned(views.HomePage{Frame: frame()})),
		"search":      views.Search(views.SearchPage{Frame: poisoned(frame()), By: hostile, People: people}),
		"signin":      views.SignIn(poisoned(views.SignInPage{Frame: frame()})),
		"role":        views.Role(poisoned(views.RolePage{Frame: frame()})),
		"reason":      views.Reason(poisoned(views.ReasonPage{Frame: frame(), MayClaim: true})),
		"refused":     views.Refused(poisoned(views.RefusedPage{Frame: frame()})),
		"unavailable": views.Unavailable(poisoned(views.UnavailablePage{Frame: frame()})),
		"problem":     views.Problem(poisoned(views.ProblemPage{Frame: frame()})),
		"events":      views.Events(log),
	} {
		t.Run(name, func(t *testing.T) {
			out := rendered(t, c)
			if !strings.Contains(out, "&lt;script&gt;alert(&#39;x&#39;)") {
				t.Error("the hostile words are not on the page: the test tests nothing")
			}
			if strings.Contains(out, "<img") || strings.Contains(out, "<script>") {
				t.Error("hostile words became markup")
			}
			strict(t, document(t, c))
		})
	}
}

// strict fails a page that a strict content security policy would break.
func strict(t *testing.T, doc *goquery.Document) {
	t.Helper()
	for n := range doc.Nodes[0].Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch src := attribute(n, "src"); {
		case n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(src, "/static/")):
			t.Errorf("script of %q, inside the page or from elsewhere", src)
		case n.Data == "style" || n.Data == "img" || n.Data == "iframe" || n.Data == "object" || n.Data == "base":
			t.Errorf("element %s", n.Data)
		}
		for _, a := range n.Attr {
			scheme, _, _ := strings.Cut(a.Val, ":")
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc":
				t.Errorf("attribute %s on %s", a.Key, n.Data)
			case (a.Key == "href" || a.Key == "action") && strings.EqualFold(strings.TrimSpace(scheme), "javascript"):
				t.Errorf("%s leads to %s", n.Data, a.Val)
			}
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
