package web_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"example.org/icr/care/notice"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
	"go.yaml.in/yaml/v3"
)

// informed has the world's pages tell residents what the demonstration's do.
func (w *world) informed() *notice.Notice {
	w.t.Helper()
	text, err := os.ReadFile("../demo/residents.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &w.web.Site.Notice); err != nil {
		w.t.Fatal(err)
	}
	w.web.Site.Supply = []views.Participants{{Kind: "Hospitals", Names: []string{"Some Hospital"}}}
	w.web.Site.View = []string{"Hospital Elsewhere"}
	return &w.web.Site.Notice
}

// Whoever begins at any page of the viewer finds all that residents are told,
// without signing in and without a cookie.
func TestResidentsAreTold(t *testing.T) {
	w := newWorld(t)
	n := w.informed()
	b := w.arrive()
	seen := map[string]page{}
	links := func(p page, css string) (all []string) {
		p.Find(css).Each(func(_ int, a *goquery.Selection) {
			if href, _, _ := strings.Cut(a.AttrOr("href", ""), "#"); strings.HasPrefix(href, "/") {
				all = append(all, href)
			}
		})
		return all
	}
	for next := links(b.get("/"), "footer a"); len(next) > 0; next = next[1:] {
		if _, known := seen[next[0]]; known {
			continue
		}
		p := b.get(next[0])
		seen[next[0]] = p
		if p.status != http.StatusOK || p.header.Get("Set-Cookie") != "" || p.Find("form").Length() > 0 && p.name() != "objecting" {
			t.Errorf("%s: %d %s %q", next[0], p.status, p.name(), p.header["Set-Cookie"])
		}
		next = append(next, links(p, "main a, header a, footer a")...)
	}
	for path, want := range map[string][]string{
		"/about":                  {n.People, "Some Hospital", "Hospital Elsewhere", n.Contact.Phone},
		"/privacy-notice":         {n.Controllers, n.Purposes[1].Words, n.Lawful[1].Name, n.Retention[2].Long, n.Rights[3].Words, n.Officer.Email, n.Regulator.Phone, "1 October 2026"},
		"/right-to-object":        {"even in an emergency", "It does not delete anything", "aged 18 or older", n.Contact.Phone},
		"/withdraw-objection":     {"What you decided yourself, a parent cannot withdraw", n.Contact.Phone},
		"/who-has-seen-my-record": {"within one calendar month", n.Contact.Post[1]},
		"/correct-my-record":      {"within one calendar month", n.Contact.Post[1]},
		"/accessibility":          {n.Access.Problems[0], n.Access.By, "20 October 2026", "Equality Advisory"},
		"/glossary":               {"Type 1 opt-out", "National Data Opt-out", "Population health objection"},
		"/about-access":           {"Who can see your record"},
		"/cookies":                {"There is nothing to accept"},
	} {
		p, told := seen[path]
		if !told {
			t.Errorf("nothing leads to %s", path)
			continue
		}
		for _, words := range want {
			if !strings.Contains(p.text(), strings.Join(strings.Fields(words), " ")) {
				t.Errorf("%s does not say %q", path, words)
			}
		}
	}
	if got := seen["/glossary"].Find("[data-choice]").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "Yes") }); got.Length() != 1 {
		t.Errorf("%d choices hide the record", got.Length())
	}
	w.cookiesAreTold(seen["/cookies"])
}

// cookiesAreTold signs somebody in and out, and looks for every cookie that
// was set.
func (w *world) cookiesAreTold(told page) {
	w.t.Helper()
	b := w.as("ed.nurse")
	b.post("/signout", nil)
	req, err := http.NewRequest(http.MethodGet, w.url, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	left := b.Jar.Cookies(req.URL)
	if len(left) == 0 {
		w.t.Error("signing in set no cookie")
	}
	for _, c := range left {
		if told.Find(`[data-cookie="`+c.Name+`"]`).Length() != 1 {
			w.t.Errorf("nobody is told of the cookie %s", c.Name)
		}
	}
}
