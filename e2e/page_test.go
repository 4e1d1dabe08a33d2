package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/cdproto/network"
)

// page is what the browser made of an answer.
type page struct {
	*goquery.Document
	url, html string
	status    int64
	headers   network.Headers
	kind      string // the name of the page: "summary"
}

func (v *visitor) read(res *network.Response) *page {
	v.t.Helper()
	url, html := evaluate[string](v, `location.href`), evaluate[string](v, `document.documentElement.outerHTML`)
	document, err := goquery.NewDocumentFromReader(strings.NewReader("<!DOCTYPE html>" + html))
	if err != nil {
		v.t.Fatal(err)
	}
	p := &page{Document: document, url: url, html: html, kind: document.Find("main").AttrOr("data-page", "")}
	if res != nil {
		p.status, p.headers = res.Status, res.Headers
	}
	return p
}

// path is the path of the page's address.
func (p *page) path() string { return strings.TrimPrefix(p.url, town.url("")) }

// words is the text of what is found, with its white space put straight. What
// stands in different elements is apart.
func words(s *goquery.Selection) string {
	var all []string
	s.Each(func(_ int, s *goquery.Selection) { all = gather(all, s) })
	return strings.Join(all, " ")
}

func gather(all []string, s *goquery.Selection) []string {
	s.Contents().Each(func(_ int, child *goquery.Selection) {
		switch goquery.NodeName(child) {
		case "#text":
			all = append(all, strings.Fields(child.Text())...)
		case "script", "style", "#comment":
		default:
			all = gather(all, child)
		}
	})
	return all
}

// text is the text of all that css finds.
func (p *page) text(css string) string { return words(p.Find(css)) }

// texts is the text of each that css finds.
func (p *page) texts(css string) []string {
	return p.Find(css).Map(func(_ int, s *goquery.Selection) string { return words(s) })
}

// attributes is an attribute of each that css finds, in order, each once.
func (p *page) attributes(css, name string) []string {
	all := p.Find(css).Map(func(_ int, s *goquery.Selection) string { return s.AttrOr(name, "") })
	slices.Sort(all)
	return slices.Compact(all)
}

func (p *page) has(css string) bool { return p.Find(css).Length() > 0 }

// state is what the sources strip says of a partner.
func (p *page) state(partner string) string {
	return p.Find(`[data-partner="`+partner+`"]`).AttrOr("data-state", "not on the strip")
}

// strip is the text of a partner on the sources strip.
func (p *page) strip(partner string) string { return p.text(`[data-partner="` + partner + `"]`) }

// fact is the value that stands beside a label.
func (p *page) fact(label string) string {
	return words(p.Find("main dt").FilterFunction(func(_ int, s *goquery.Selection) bool { return words(s) == label }).First().Next())
}

// reference is that of the access.
func (p *page) reference() string { return p.text(".icr-why [data-access-reference]") }

// without is the text of css but for what some selectors find in it.
func (p *page) without(css string, leftOut ...string) string {
	part := p.Find(css).Clone()
	for _, selector := range leftOut {
		part.Find(selector).Remove()
	}
	return words(part)
}

// is checks which page it is.
func (p *page) is(t testing.TB, kind string, status int64) {
	t.Helper()
	if p.kind != kind || p.status != status {
		t.Fatalf("%s is page %q with status %d, want %q with %d: %.400s", p.path(), p.kind, p.status, kind, status, p.text("main"))
	}
}

// says checks that a text has some words.
func says(t testing.TB, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("does not say %q: %.600s", w, text)
		}
	}
}

// saysNot checks that a text lacks some words, in whatever case.
func saysNot(t testing.TB, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if at := strings.Index(strings.ToLower(text), strings.ToLower(w)); at >= 0 {
			t.Errorf("says %q: …%.200s", w, text[max(0, at-80):])
		}
	}
}

// same checks that two lists are the same.
func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
