package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"
)

// check checks what every page that anybody sees must be.
func (p *page) check(v *visitor) {
	v.t.Helper()
	fault := func(format string, arguments ...any) {
		v.t.Helper()
		v.t.Errorf(p.path()+" ("+p.kind+"): "+format, arguments...)
	}
	if h1 := p.texts("h1"); len(h1) != 1 || h1[0] == "" {
		fault("main headings %q, want one", h1)
	}
	if skip := p.skippedHeading(); skip != "" {
		fault("the heading %q skips a level", skip)
	}
	title := p.text("head title")
	if what := town.identifies(title); what != "" || title == "" {
		fault("P9: its title holds %s: %q", what, title)
	}
	if lang := p.Find("html").AttrOr("lang", ""); lang != "en-GB" {
		fault("its language is %q", lang)
	}
	if p.ofViewer() {
		p.checkViewer(v, fault)
	}
}

func (p *page) ofViewer() bool { return strings.HasPrefix(p.url, town.url("/")) }

// checkViewer checks what every page of the viewer must be.
func (p *page) checkViewer(v *visitor, fault func(string, ...any)) {
	v.t.Helper()
	if p.kind == "" {
		fault("it does not say which page it is")
	}
	if got := p.headers["Cache-Control"]; got != "no-store" {
		fault("P9: Cache-Control is %q", got)
	}
	if p.has("body.js-enabled") != v.scripts {
		fault("the scripts ran: %v, want %v", !v.scripts, v.scripts)
	}
	if p.has("[data-patient-banner]") && (p.text("[data-ground]") == "" || p.reference() == "" || p.fact("As") == "" || p.fact("For") == "") {
		fault("P7: it does not say why it may be seen: %q", p.text(".icr-why"))
	}
}

// skippedHeading is a heading that lies more than one level below the heading
// before it.
func (p *page) skippedHeading() string {
	skipped, before := "", 1
	p.Find("h1, h2, h3, h4, h5, h6").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		depth := int(goquery.NodeName(s)[1] - '0')
		if depth > before+1 {
			skipped = words(s)
		}
		before = depth
		return skipped == ""
	})
	return skipped
}

// inspect looks at a page at several widths, where it has something that no
// page before had; at a desktop's width, where it is the first of its kind.
func (v *visitor) inspect(p *page) {
	v.t.Helper()
	first, news := p.novel(v.scripts)
	if !news {
		return
	}
	v.allowScripts(true)
	v.act(chromedp.Evaluate[chromedp.Void](axe))
	v.shoot(p, desktop)
	if first {
		v.violations(p, desktop)
	}
	v.width(phone)
	v.shoot(p, phone)
	v.act(chromedp.Evaluate[chromedp.Void](`globalThis.shut = [...document.querySelectorAll("details:not([open])")]; shut.slice(0, 6).forEach(d => d.open = true)`))
	v.violations(p, phone)
	v.width(narrow)
	v.act(chromedp.Evaluate[chromedp.Void](`shut.forEach(d => d.open = true)`))
	if wide := evaluate[int](v, `document.documentElement.scrollWidth`); wide > narrow {
		v.t.Errorf("P8: %s (%s) is %d wide at %d: %s", p.path(), p.kind, wide, narrow, evaluate[string](v, widest))
	}
	v.act(chromedp.Evaluate[chromedp.Void](`shut.forEach(d => d.open = false)`))
	v.width(desktop)
	v.allowScripts(v.scripts)
}

// inspected are the kinds of page that were inspected, and the elements of
// whatever class.
var inspected struct {
	sync.Mutex
	seen map[string]bool
}

// novel reports whether a page is the first of its kind, and whether it has
// anything that was not inspected yet. Without scripts the first of a kind is
// all that is new.
func (p *page) novel(scripts bool) (first, news bool) {
	inspected.Lock()
	defer inspected.Unlock()
	if inspected.seen == nil {
		inspected.seen = map[string]bool{}
	}
	before := len(inspected.seen)
	if !scripts {
		inspected.seen[p.kind+" without scripts"] = true
		return false, len(inspected.seen) > before
	}
	inspected.seen["kind "+p.kind] = true
	first = len(inspected.seen) > before
	p.Find("body *").Each(func(_ int, s *goquery.Selection) {
		inspected.seen[goquery.NodeName(s)+"."+s.AttrOr("class", "")] = true
	})
	return first, len(inspected.seen) > before
}

// violations has axe-core look for whatever keeps people out.
func (v *visitor) violations(p *page, width int) {
	v.t.Helper()
	for _, found := range evaluate[[]string](v, `axe.run(document, {resultTypes: ["violations"], preload: false, rules: {"target-size": {enabled: true}}})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise) {
		v.t.Errorf("P8: %s (%s) at %d: %s", p.path(), p.kind, width, found)
	}
}

// widest is a script that finds what is too wide.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ")`

var shots atomic.Int64

// shoot keeps a picture of the page where a folder for them is named.
func (v *visitor) shoot(p *page, width int) {
	v.t.Helper()
	folder := os.Getenv("ICR_SCREENSHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		v.t.Fatal(err)
	}
	name := fmt.Sprintf("%03d-%s-%s-%d.png", shots.Add(1), strings.NewReplacer("/", "-", " ", "-").Replace(v.t.Name()), p.kind, width)
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o600); err != nil {
		v.t.Fatal(err)
	}
}
