package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// drawn is what the browser tells of a page: how far its parts moved while it
// was drawn and which moved, how many bytes of script it took, and when it first
// drew something, in milliseconds after the first byte.
type drawn struct {
	Moved, Script, Paint float64
	What                 []string
}

// What moves long after a page has come is none of its drawing: it hides itself
// after 15 seconds in which a busy machine does not answer.
const drawing = `new Promise(done => {
	const told = {Moved: 0, Script: 0, Paint: -1, What: []}, page = performance.getEntriesByType("navigation")[0];
	new PerformanceObserver(list => {
		for (const e of list.getEntries()) if (!e.hadRecentInput && e.startTime < page.loadEventEnd + 5000) {
			told.Moved += e.value;
			told.What.push(...e.sources.map(s => s.node?.nodeName + "." + s.node?.className + " from " + JSON.stringify(s.previousRect) + " to " + JSON.stringify(s.currentRect)));
		}
	}).observe({type: "layout-shift", buffered: true});
	setTimeout(() => {
		const paint = performance.getEntriesByName("first-contentful-paint")[0];
		if (paint) told.Paint = paint.startTime - page.responseStart;
		for (const e of performance.getEntriesByType("resource")) if (e.initiatorType === "script" || e.name.endsWith(".js")) told.Script += e.decodedBodySize;
		done(told);
	}, 300);
})`

// Pages of a record stand still while they are drawn, and need little script,
// also where they arrive piece by piece: the columns of a long table must not
// wait for its longest word. How long the first paint takes depends on the
// machine, and is only told.
func TestPagesStandStillAndNeedLittleScript(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	record := v.record(town.the(t, "Very long record").NHSNumber).path()
	for _, width := range []int64{desktop, phone} {
		v.width(width)
		v.arrives(100 << 10)
		for _, path := range []string{"", "/results", "/timeline", "/medications"} {
			v.open(record + path)
			told := evaluate[drawn](v, drawing, chromedp.EvalAwaitPromise)
			if told.Moved > 0.05 {
				t.Errorf("%q at %d pixels: its parts move by %.3f: %q", path, width, told.Moved, told.What[:min(4, len(told.What))])
			}
			if told.Script == 0 || told.Script > 60*1024 {
				t.Errorf("%q: %.0f bytes of script", path, told.Script)
			}
			t.Logf("%q at %d pixels: first paint %.0f ms after the first byte, layout shift %.3f, %.0f bytes of script", path, width, told.Paint, told.Moved, told.Script)
		}
	}
	v.arrives(-1)
	v.width(desktop)
}

// arrives makes pages arrive at so many bytes a second, or at once at -1.
func (v *visitor) arrives(bytes float64) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: bytes, UploadThroughput: -1}},
	})
	if err != nil {
		v.t.Fatal(err)
	}
}
