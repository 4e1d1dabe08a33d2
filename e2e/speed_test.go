package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// What the browser tells of a page: how far its parts moved while it was drawn,
// how many bytes of script it took, and when it first drew something, in
// milliseconds after the first byte.
const drawing = `new Promise(done => {
	let moved = 0;
	new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) moved += e.value; }).observe({type: "layout-shift", buffered: true});
	setTimeout(() => {
		const paint = performance.getEntriesByName("first-contentful-paint")[0], page = performance.getEntriesByType("navigation")[0];
		const scripts = performance.getEntriesByType("resource").filter(e => e.initiatorType === "script" || e.name.endsWith(".js"));
		done([moved, scripts.reduce((n, e) => n + e.decodedBodySize, 0), paint && page ? paint.startTime - page.responseStart : -1]);
	}, 300);
})`

// Pages of a record stand still while they are drawn, and need little script.
// How long the first paint takes depends on the machine, and is only told.
func TestPagesStandStillAndNeedLittleScript(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	record := v.record(town.the(t, "Very long record").NHSNumber).path()
	for _, width := range []int64{desktop, phone} {
		v.width(width)
		for _, path := range []string{"", "/results", "/timeline", "/medications"} {
			v.open(record + path)
			told := evaluate[[]float64](v, drawing, chromedp.EvalAwaitPromise)
			if told[0] > 0.05 && path != "/results" { // docs/performance.md: what moves there is not yet known
				t.Errorf("%q at %d pixels: its parts move by %.3f", path, width, told[0])
			}
			if told[1] == 0 || told[1] > 60*1024 {
				t.Errorf("%q: %.0f bytes of script", path, told[1])
			}
			t.Logf("%q at %d pixels: first paint %.0f ms after the first byte, layout shift %.3f, %.0f bytes of script", path, width, told[2], told[0], told[1])
		}
	}
	v.width(desktop)
}
