package views_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

var update = flag.Bool("update", false, "write the golden files anew, to be read before they are committed")

// What the summary and the page of each section say where one organisation,
// of two, is in each state: with a line of the other, and without. The words
// are in testdata, for a clinical safety officer to read; sections that say the
// same stand together.
func TestP4_EveryStateOfEverySection(t *testing.T) {
	var b strings.Builder
	for _, state := range record.States {
		for _, lines := range []int{0, 1} {
			fmt.Fprintf(&b, "George Eliot Hospital %s, Spon End Surgery holds %d\n", state, lines)
			said := map[string][]string{}
			var order []string
			for _, s := range record.Sections {
				p := page(t, answered(surgery, entries(s, surgery.Code, lines, record.Current)...), record.Contribution{Source: hospital, State: state, Why: "the reason", FetchedAt: now})
				selector := "[data-section=" + string(s) + "]"
				gist := gist(document(t, views.Summary(p)).Find(selector), s) + "\n      in full: " +
					gist(document(t, views.Section(views.SectionPage{RecordPage: p, Section: s})).Find(selector), s)
				if said[gist] == nil {
					order = append(order, gist)
				}
				said[gist] = append(said[gist], string(s))
			}
			for _, gist := range order {
				fmt.Fprintf(&b, "  %s\n      summary: %s\n", strings.Join(said[gist], " "), gist)
			}
		}
	}
	golden(t, "testdata/states.txt", b.String())
}

// gist is what a section says besides its lines, with SECTION for its name.
func gist(section *goquery.Selection, s record.Section) string {
	section = section.Clone()
	section.Find("[data-entry]").ReplaceWithHtml(" [line] ")
	section.Find("details, a, thead, figure, .nhsuk-u-visually-hidden").Remove()
	section.Find("h1, h2, h3, p, li, span").Each(func(_ int, s *goquery.Selection) { s.AppendHtml(" ") })
	return strings.ReplaceAll(strings.Join(strings.Fields(section.Text()), " "), s.Name(), "SECTION")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s, line %d:\n got %s\nwant %s", path, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", path, len(g), len(w))
}
