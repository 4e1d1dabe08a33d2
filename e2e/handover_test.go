package e2e

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/ledongthuc/pdf"
)

// sheets are the words of each sheet that the browser prints of the page.
func (v *visitor) sheets() (texts []string) {
	v.t.Helper()
	printed, err := chromedp.Call(v.ctx, devtools.PrintToPDF, devtools.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		v.t.Fatal(err)
	}
	paper, err := pdf.NewReader(bytes.NewReader(printed.Data), int64(len(printed.Data)))
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 1; i <= paper.NumPage(); i++ {
		sheet := paper.Page(i)
		if box := sheet.V.Key("MediaBox"); int(box.Index(2).Float64()+0.5) != 595 || int(box.Index(3).Float64()+0.5) != 842 {
			v.t.Errorf("sheet %d is no A4: %v by %v points", i, box.Index(2).Float64(), box.Index(3).Float64())
		}
		text, err := sheet.GetPlainText(nil)
		if err != nil {
			v.t.Fatal(err)
		}
		texts = append(texts, dense(text))
	}
	return texts
}

// dense is a text without white space, which a PDF has in other places.
func dense(text string) string { return strings.Join(strings.Fields(text), "") }

// Each sheet says whose it is, who answered and who did not, and under which
// reference it was printed; and all lines of the record are on one.
func TestP7_EverySheetOfAPrintOut(t *testing.T) {
	t.Parallel()
	for story, states := range map[string][]string{
		"Conflict of allergies": {"8 of 8 organisations answered."},
		"One partner down":      {"6 of 8 organisations answered.", "Missing: George Eliot Hospital (could not be reached); West Midlands Ambulance (did not answer in time: no answer in 4 s)."},
		"Restricted (S-flag)":   {"Restricted record. Do not tell anybody"},
	} {
		t.Run(story, func(t *testing.T) {
			person := town.the(t, story)
			v := signIn(t, "ed.nurse", true)
			v.record(person.NHSNumber)
			p := v.click(`.icr-handover a[href$="/print"]`)
			p.is(t, "print", 200)
			sheets := v.sheets()
			if len(sheets) < 2 {
				t.Errorf("%d sheets", len(sheets))
			}
			number := person.NHSNumber[:3] + " " + person.NHSNumber[3:6] + " " + person.NHSNumber[6:]
			for i, sheet := range sheets {
				for _, want := range append(states, p.text("[data-patient-banner] .icr-banner__name"), number, "Access reference "+p.reference()) {
					if !strings.Contains(sheet, dense(want)) {
						t.Errorf("sheet %d does not say %q: %.600s", i+1, want, sheet)
					}
				}
			}
			whole := strings.Join(sheets, "")
			for _, line := range p.texts("[data-entry] .icr-what") {
				if !strings.Contains(whole, dense(line)) {
					t.Errorf("no sheet has %q", line)
				}
			}
			checkRecorded(t, signIn(t, "privacy.lead", true), person, "printed", "ed.nurse")
		})
	}
}

func TestP8_PrintWithoutScripts(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := signIn(t, "gp", scripts)
		v.record(town.the(t, "Plain record").NHSNumber)
		p := v.click(`.icr-handover a[href$="/print"]`)
		p.is(t, "print", 200)
		if p.has("[data-print]:not([hidden])") != scripts {
			t.Error("the button is there exactly where it can do something")
		}
		v.click(".icr-sheet__controls a").is(t, "summary", 200)
	})
}

// A file is offered to clinicians, and is on the trail.
func TestP1_ADownloadIsRecorded(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Plain record")
		v := signIn(t, "ed.nurse", scripts)
		p := v.record(person.NHSNumber)
		v.act(chromedp.Click(chromedp.CSS(".icr-handover summary")), chromedp.WaitVisible(chromedp.CSS(`form[action$="/download"] button`)))
		form := p.Find(`form[action$="/download"]`)
		if form.AttrOr("method", "") != "post" {
			t.Error("a download by GET could be linked to")
		}
		got := evaluate[[]string](v, `fetch(document.querySelector('form[action$="/download"]').action, {method: "POST"})
			.then(async r => [String(r.status), r.headers.get("Content-Disposition"), r.headers.get("Content-Type"), await r.text()])`, chromedp.EvalAwaitPromise)
		says(t, strings.Join(got[:3], " "), "200", `attachment; filename="patient-summary-`, `.fhir.json"`, "application/fhir+json")
		if what := town.identifies(got[1]); what != "" {
			t.Errorf("P9: the file's name holds %s", what)
		}
		var file struct{ ResourceType, Type string }
		if err := json.Unmarshal([]byte(got[3]), &file); err != nil || file.ResourceType != "Bundle" || file.Type != "document" {
			t.Errorf("%+v, %v", file, err)
		}
		says(t, got[3], "60591-5", "Sources: who answered", "Allergy to aspirin")
		checkRecorded(t, signIn(t, "privacy.lead", true), person, "downloaded", "ed.nurse")
	})
}
