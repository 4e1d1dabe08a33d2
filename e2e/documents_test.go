package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestP1_ALetterOpensAndIsRecorded(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Superseded number")
		v := signIn(t, "ed.nurse", scripts)
		summary := v.record(person.NHSNumber)
		says(t, summary.text(`[data-section="documents"] a[href*="/documents/"]`), "Cardiology clinic letter")

		res, err := chromedp.RunResponse(v.ctx, chromedp.Click(chromedp.CSS(`a.icr-what[href*="/documents/"]`)))
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != 200 || res.Headers["Cache-Control"] != "no-store" {
			t.Errorf("the letter: %d, Cache-Control %v", res.Status, res.Headers["Cache-Control"])
		}
		says(t, fmt.Sprint(res.Headers["Content-Type"]), "text/plain")
		says(t, fmt.Sprint(res.Headers["Content-Security-Policy"]), "default-src 'none'", "sandbox")
		says(t, fmt.Sprint(res.Headers["Content-Disposition"]), `inline; filename="document.txt"`)
		says(t, evaluate[string](v, `document.body.textContent`), "Angina well controlled.")
		checkRecorded(t, signIn(t, "privacy.lead", true), person, "document", "ed.nurse")
	})
}

func TestP9_ALetterOfSomebodyElsesRefIsNotFound(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	letter := v.record(town.the(t, "Superseded number").NHSNumber).Find(`a[href*="/documents/"]`).AttrOr("href", "none")
	v.open(letter+"x").is(t, "problem", 404)
	signIn(t, "gp", true).open(letter).is(t, "problem", 404)
	social := signIn(t, "social.worker", true)
	record := social.record(town.the(t, "Home care").NHSNumber)
	if p := social.open(record.path() + "/documents/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); p.status != 404 && p.status != 403 {
		t.Errorf("a document for social care: %d", p.status)
	}
}
