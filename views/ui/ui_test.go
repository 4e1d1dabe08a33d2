package ui

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestAppendTextEscapesAsTemplDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune(`<>&"'ab é\x00`)))).Draw(t, "s")
		if got, want := string(AppendText([]byte("x"), s)), "x"+templ.EscapeString(s); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func TestPageNumbers(t *testing.T) {
	for _, test := range []struct {
		current, last int
		want          []int
	}{
		{1, 1, []int{1}},
		{1, 3, []int{1, 2, 3}},
		{10, 40, []int{1, 0, 8, 9, 10, 11, 12, 0, 40}},
		{1, 9, []int{1, 2, 3, 0, 9}},
		{9, 9, []int{1, 0, 7, 8, 9}},
	} {
		if got := (Pages{Current: test.current, Last: test.last}).numbers(); !slices.Equal(got, test.want) {
			t.Errorf("page %d of %d: %v, want %v", test.current, test.last, got, test.want)
		}
	}
}

// The components say the same as the design system's own examples of them.
func TestComponentsMatchFixtures(t *testing.T) {
	href := func(n int) string { return "#/section/" + []string{"", "1", "2", "3"}[n] }
	nhsNumber := Field{Name: "example", ID: "with-error-message", Label: "What is your NHS number?", Error: "Enter NHS number", Width: 10, Code: true, Numeric: true}
	birth := DateField{Name: "example", Legend: "What is your date of birth?", Hint: "For example, 31 3 1980"}
	hintless := birth
	hintless.Hint = ""
	withError := birth
	withError.Errors = Errors{{"example", "Enter your date of birth"}}
	contact := Choice{Name: "example", Legend: "How do you want to be contacted about this?", Options: []Option{{"email", "Email", ""}, {"phone", "Phone", ""}, {"text", "Text message", ""}}}
	for _, test := range []struct {
		component, fixture string
		ours               templ.Component
	}{
		{"button", "with double click prevented", Button("Save and continue", Primary)},
		{"button", "secondary as a link", ButtonLink("Find my location", "#", Secondary)},
		{"error-summary", "default", ErrorSummary(Errors{{"example-day", "Date of birth must be in the past"}})},
		{"error-summary", "with multiple errors", ErrorSummary(Errors{{"example-first-name", "Enter your first name"}, {"example-last-name", "Enter your last name"}})},
		{"error-summary", "without error link", ErrorSummary(Errors{{"", "Invalid username or password"}})},
		{"input", "with error message, without heading", Input(nhsNumber)},
		{"date-input", "without heading", DateInput(hintless)},
		{"date-input", "with error message and hint, without heading", DateInput(withError)},
		{"radios", "legend", Radios(contact)},
		{"pagination", "numbered", Pagination(Pages{2, 3, href})},
		{"pagination", "numbered first page", Pagination(Pages{1, 3, href})},
	} {
		t.Run(test.component+" "+test.fixture, func(t *testing.T) {
			examples := fixtures(t, test.component, test.fixture)
			if examples == nil {
				t.Log("nhsuk-frontend is not installed: the fixtures were not compared")
				return
			}
			var b bytes.Buffer
			if err := test.ours.Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if ours := shape(t, b.String()); !slices.Contains(examples, ours) {
				t.Errorf("ours:\n%s\nfixture:\n%s", ours, strings.Join(examples, "\nor\n"))
			}
		})
	}
}

// fixtures are the examples of that name; several differ in size alone.
func fixtures(t *testing.T, component, name string) []string {
	t.Helper()
	data, err := os.ReadFile("../../node_modules/nhsuk-frontend/dist/nhsuk/components/" + component + "/fixtures.json")
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Fixtures []struct{ Name, HTML string }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range file.Fixtures {
		if f.Name == name {
			found = append(found, shape(t, f.HTML))
		}
	}
	if found == nil {
		t.Fatalf("%s has no fixture %q", component, name)
	}
	return found
}

// shape is HTML as elements, attributes in order of name, and words. It leaves
// out what is ours to choose: names of fields, the size of a legend, the ids
// of radios that stand alone in the examples, and autocomplete.
func shape(t *testing.T, s string) string {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Find("body").Nodes[0].Descendants() {
		switch n.Type {
		case html.TextNode:
			if words := strings.Join(strings.Fields(n.Data), " "); words != "" {
				b.WriteString("  " + words + "\n")
			}
		case html.ElementNode:
			b.WriteString(n.Data + attributes(n) + "\n")
		}
	}
	return b.String()
}

func attributes(n *html.Node) string {
	var kept []string
	for _, a := range n.Attr {
		switch {
		case a.Key == "name" || a.Key == "autocomplete":
		case strings.HasPrefix(a.Val, "nhsuk-fieldset__legend"):
		case strings.HasPrefix(a.Val, "custom-size"):
			kept = append(kept, a.Key+"="+strings.Replace(a.Val, "custom-size", "example", 1))
		default:
			kept = append(kept, a.Key+"="+strings.TrimSpace(a.Val))
		}
	}
	slices.Sort(kept)
	return " [" + strings.Join(kept, "] [") + "]"
}

func TestAppendWordsIsolatesWhatTurnsAndEscapesTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("<&\"'ab éשلÿ\u200f\u202e\x00")))).Draw(t, "s")
		want := templ.EscapeString(s)
		if strings.ContainsFunc(s, func(r rune) bool { return rightToLeft(r) || steers(r) }) {
			want = "<bdi>" + templ.EscapeString(strings.Map(func(r rune) rune {
				if steers(r) {
					return -1
				}
				return r
			}, s)) + "</bdi>"
		}
		if got := string(AppendWords([]byte("x"), s)); got != "x"+want {
			t.Fatalf("%q, want %q", got, "x"+want)
		}
	})
}
