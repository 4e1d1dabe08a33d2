package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// recorder counts the faults that a check finds.
type recorder struct {
	testing.TB
	faults int
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.faults++ }

// TestTheChecksFindFaults breaks a page in ways that every page is checked for:
// a check that misses them would miss all.
func TestTheChecksFindFaults(t *testing.T) {
	t.Parallel()
	v := arrive(t, true)
	for what, script := range map[string]string{
		"a button without a name":   `main.append(document.createElement("button"))`,
		"a heading that is skipped": `main.append(document.createElement("h4"))`,
		"a second main heading":     `main.append(document.createElement("h1"))`,
		"a title with a name":       `document.title = "Mrs Sandhu"`,
	} {
		opened := v.open("/signin")
		v.act(chromedp.Evaluate[chromedp.Void](`(main => `+script+`)(document.querySelector("main"))`), chromedp.Evaluate[chromedp.Void](axe))
		found := &recorder{TB: t}
		v.t = found
		v.violations(opened, desktop)
		broken := v.read(nil)
		broken.headers = opened.headers
		broken.check(v)
		if v.t = t; found.faults == 0 {
			t.Errorf("the checks miss %s", what)
		}
	}
	v.act(chromedp.Evaluate[chromedp.Void](`document.body.append(Object.assign(document.createElement("script"), {textContent: "1"}))`))
	if !v.complained(time.Now().Add(patience)) {
		t.Error("the browser does not tell of violations of the content security policy")
	}
}

// complained waits for a complaint of the browser's, and forgets it.
func (v *visitor) complained(deadline time.Time) bool {
	for ; time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		v.mu.Lock()
		some := len(v.complaints) > 0
		v.complaints = nil
		v.mu.Unlock()
		if some {
			return true
		}
	}
	return false
}

func TestIdentifiersAreRecognised(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"/search?nhs=9990000018", "a+999+000+0018", "999%20000%200018", "Mrs SANDHU", "born 1961-03-14", superseded} {
		if town.identifies(text) == "" {
			t.Errorf("%q names nobody", text)
		}
	}
	for _, text := range []string{"/record/JSIADV5ECTJ3M3RSYUEKYFSVW2", "19990000018", "Patient summary", "2026-03-14"} {
		if what := town.identifies(text); what != "" {
			t.Errorf("%q is taken for %s", text, what)
		}
	}
}
