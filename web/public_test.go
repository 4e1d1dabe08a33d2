package web_test

import (
	"net/http"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/record"
	"example.org/icr/views"
)

// The page is made from the table that decides, narrowed or not.
func TestAboutAccess(t *testing.T) {
	w := newWorld(t)
	p := w.arrive().get("/about-access")
	if p.status != http.StatusOK || p.name() != "about-access" {
		t.Fatalf("%d %s", p.status, p.name())
	}
	said := func(p page, part string) (cells []string) {
		for _, cell := range p.Find(`[data-part="` + part + `"] td`).EachIter() {
			cell.Find("[aria-hidden]").Remove()
			cells = append(cells, cell.Text())
		}
		return cells
	}
	for part, want := range map[string][3]string{
		"identity":  {"Yes", "Yes", "Yes"},
		"allergies": {"Yes", "Yes", "No"},
		"alerts":    {"Yes", "Only what matters for safety, contact, diet or your wishes", "No"},
		"visits":    {"Yes", "Only the date and the organisation", "No"},
		"results":   {"Yes", "No", "No"},
	} {
		if got := said(p, part); len(got) != 3 || [3]string(got) != want {
			t.Errorf("%s: %q, want %q", part, got, want)
		}
	}
	if n := p.Find("[data-part]").Length(); n != len(record.Sections)+1 {
		t.Errorf("%d parts", n)
	}

	table := access.Shipped()
	if err := table.Narrow(auth.Clinician, []record.Section{record.Allergies}); err != nil {
		t.Fatal(err)
	}
	narrowed := render(t, views.AboutAccess(views.AboutAccessPage{Table: table}))
	if got := said(narrowed, "medications"); got[0] != "No" || got[1] != "Yes" {
		t.Errorf("narrowed: %q", got)
	}
}
