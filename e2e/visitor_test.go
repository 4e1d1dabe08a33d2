package e2e

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long anything may take on a busy machine.
const patience = time.Minute

// The widths at which pages are looked at: a desktop's, a phone's, and the
// narrowest that must do without scrolling sideways (a desktop at 400%).
const (
	desktop = 1366
	phone   = 390
	narrow  = 320
	asTall  = 900
)

type step = chromedp.Action[chromedp.Void]

// visitor is somebody at a browser, with cookies, history and a console of
// their own.
type visitor struct {
	t       testing.TB
	ctx     context.Context
	scripts bool  // whether pages may run any
	at      *page // the last page that was come to

	mu         sync.Mutex
	urls       []string // of all that the browser asked for
	complaints []string // of the console
}

// arrive is somebody who is not signed in, at a browser that has no page open.
// At the end of the test everything that the browser asked for or complained of
// is looked through.
func arrive(t testing.TB, scripts bool) *visitor {
	t.Helper()
	v, _ := sit(t, "", scripts)
	return v
}

// signIn is somebody who has signed in and stands on the first page. Nobody
// signs out, or changes role: who comes next as the same user finds the session.
func signIn(t testing.TB, user string, scripts bool) *visitor {
	t.Helper()
	v, known := sit(t, user, scripts)
	if known {
		v.open("/")
	} else {
		v.open("/signin?login_hint=" + user)
	}
	return v
}

// sit puts somebody at a tab of the user's, if there is one, or at another.
func sit(t testing.TB, user string, scripts bool) (v *visitor, known bool) {
	t.Helper()
	tab, known, err := takeTab(user)
	if err != nil {
		t.Fatal(err)
	}
	v = &visitor{t: t, ctx: tab.ctx, scripts: scripts}
	tab.hand(v.hear)
	t.Cleanup(func() {
		tab.giveBack(t)
		v.leftTraces()
	})
	v.allowScripts(scripts)
	return v, known
}

// hear notes what happens in the browser.
func (v *visitor) hear(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		v.urls = append(v.urls, e.Request.URL+e.Request.URLFragment)
	case *runtime.EventExceptionThrown:
		v.complaints = append(v.complaints, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			v.complaints = append(v.complaints, "console: "+string(e.Type))
		}
	case *log.EventEntryAdded:
		refusal := strings.Contains(e.Entry.Text, "the server responded with a status of 4") && !strings.Contains(e.Entry.URL, "/static/")
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !refusal {
			v.complaints = append(v.complaints, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	}
}

// leftTraces checks that the browser asked for nothing elsewhere, for nothing
// that names a patient, and had nothing to complain of.
func (v *visitor) leftTraces() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, url := range v.urls {
		if !strings.HasPrefix(url, town.url("/")) && !strings.HasPrefix(url, address(town.ports.Provider)+"/") && !strings.HasPrefix(url, address(town.ports.Council)+"/") && !strings.HasPrefix(url, address(town.ports.EHR)+"/") && !strings.HasPrefix(url, otherSite()+"/") && !strings.HasPrefix(url, "data:image/") {
			v.t.Errorf("the browser asked for %s", url)
		}
		if what := town.identifies(url); what != "" {
			v.t.Errorf("P9: a URL holds %s: %s", what, url)
		}
		town.visited(url)
	}
	for _, c := range v.complaints {
		v.t.Errorf("the browser complains: %s", c)
	}
}

// do does something that leads to another page, and returns that page once it
// has passed what every page must.
func (v *visitor) do(steps ...step) *page {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		at, _ := chromedp.Run(v.ctx, chromedp.Location())
		v.t.Fatalf("on %s: %v", at, err)
	}
	if v.goesOn(ctx) { // what the response was of the page that it comes to is learnt by asking for it once more
		if res, err = chromedp.RunResponse(ctx, chromedp.Reload()); err != nil {
			v.t.Fatal(err)
		}
	}
	v.at = v.read(res)
	v.at.check(v)
	v.inspect(v.at)
	return v.at
}

// goesOn waits while the browser is on a page that sends it on by itself, and
// reports whether it was.
func (v *visitor) goesOn(ctx context.Context) (gone bool) {
	v.t.Helper()
	const there = `!!document.documentElement && !document.querySelector("main[data-page=leaving]") && document.readyState != "loading"`
	for {
		if is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](there)); err == nil && is {
			return gone
		}
		gone = true
		if err := chromedp.Do(ctx, chromedp.Sleep(50*time.Millisecond)); err != nil {
			v.t.Fatalf("the browser does not go on: %v", err)
		}
	}
}

// act does something that stays on the page.
func (v *visitor) act(steps ...step) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		at, _ := chromedp.Run(v.ctx, chromedp.Location())
		v.t.Fatalf("on %s: %v", at, err)
	}
}

// evaluate asks the page something.
func evaluate[T any](v *visitor, expression string, options ...chromedp.EvaluateOption) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		v.t.Fatalf("%.80s: %v", expression, err)
	}
	return answer
}

func (v *visitor) open(path string) *page {
	v.t.Helper()
	return v.do(chromedp.Navigate(town.url(path)))
}

// click clicks what leads to another page.
func (v *visitor) click(css string) *page {
	v.t.Helper()
	return v.do(chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible))
}

// fill types into a field, in the place of what is there.
func (v *visitor) fill(css, text string) {
	v.t.Helper()
	v.act(
		chromedp.WaitVisible(chromedp.CSS(css)),
		chromedp.Evaluate[chromedp.Void](`document.querySelector(`+strconv.Quote(css)+`).value = ""`),
		chromedp.SendKeys(chromedp.CSS(css), text),
	)
}

// search looks for a patient by NHS number, on the page for that.
func (v *visitor) search(number string) *page {
	v.t.Helper()
	if v.at.kind != "home" {
		v.open("/")
	}
	v.fill("#nhs_number", number)
	return v.do(chromedp.KeyEvent(kb.Enter))
}

// record looks for a patient and opens the record of the one who is found.
func (v *visitor) record(number string) *page {
	v.t.Helper()
	if found := v.search(number); found.kind != "search" {
		v.t.Fatalf("searching leads to %s: %.300s", found.kind, found.text("main"))
	}
	return v.click(`a[href^="/record/"]`)
}

// allowScripts decides whether pages that are opened from now on run scripts.
// What a test asks a page is answered all the same.
func (v *visitor) allowScripts(allowed bool) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !allowed})
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *visitor) width(pixels int64) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: pixels, Height: asTall, DeviceScaleFactor: 1})
	if err != nil {
		v.t.Fatal(err)
	}
}

// media shows the page as it is on screen or on paper.
func (v *visitor) media(name string) {
	v.t.Helper()
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name}); err != nil {
		v.t.Fatal(err)
	}
}

// withAndWithoutScripts runs a test for a browser that runs scripts and for
// one that does not.
func withAndWithoutScripts(t *testing.T, test func(t *testing.T, scripts bool)) {
	t.Run("with scripts", func(t *testing.T) { test(t, true) })
	t.Run("without scripts", func(t *testing.T) { test(t, false) })
}
