package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func usage() int64 {
	b, _ := os.ReadFile("/sys/fs/cgroup/cpuacct/e2e/cpuacct.usage")
	var n int64
	for _, c := range strings.TrimSpace(string(b)) {
		n = n*10 + int64(c-'0')
	}
	return n / 1e6
}

func TestZZ(t *testing.T) {
	cost := func(what string, n int, f func(i int)) {
		a, t0 := usage(), time.Now()
		for i := range n {
			f(i)
		}
		t.Logf("%-30s %6d ms cpu each, %6d ms wall", what, (usage()-a)/int64(n), time.Since(t0).Milliseconds()/int64(n))
	}
	axe0 := axe
	cost("idle 1s", 1, func(int) { time.Sleep(time.Second) })
	var vs []*visitor
	cost("arrive", 10, func(int) { vs = append(vs, arrive(t, true)) })
	cost("idle 1s", 1, func(int) { time.Sleep(time.Second) })
	cost("sign in (inspect first)", 1, func(i int) { vs[i].open("/signin?login_hint=ed.nurse") })
	cost("sign in", 9, func(i int) { vs[i+1].open("/signin?login_hint=ed.nurse") })
	cost("home", 20, func(int) { vs[0].do(chromedp.Navigate(town.url("/"))) })
	cost("signin page", 20, func(int) { vs[0].do(chromedp.Navigate(town.url("/signin"))) })
	cost("search", 1, func(int) { vs[0].open("/"); vs[0].search("9990000018") })
	cost("search", 9, func(int) { vs[0].open("/"); vs[0].search("9990000018") })
	var p *page
	cost("open", 1, func(int) { p = vs[0].click(`a[href^="/record/"]`) })
	cost("record", 10, func(int) { vs[0].open(p.path()) })
	cost("read", 10, func(int) { vs[0].read(nil) })
	cost("axe in", 1, func(int) { vs[0].act(chromedp.Evaluate[chromedp.Void](axe0)) })
	run := func(opts string) func(int) { return func(int) { evaluate[int](vs[0], `axe.run(document, {resultTypes: ["violations"], `+opts+`}).then(r => r.violations.length)`, chromedp.EvalAwaitPromise) } }
	cost("axe plain", 5, run(``))
	cost("axe plain", 5, run(``))
	cost("axe preload false", 5, run(`preload: false`))
	cost("axe preload false", 5, run(`preload: false, performanceTimer: false, elementRef: false`))
	cost("axe no contrast", 5, run(`preload: false, rules: {"color-contrast": {enabled: false}}`))
	cost("axe no contrast, target", 5, run(`preload: false, rules: {"color-contrast": {enabled: false}, "target-size": {enabled: true}}`))
	cost("axe only contrast", 5, run(`preload: false, runOnly: ["color-contrast"]`))
	cost("axe only region", 5, run(`preload: false, runOnly: ["region"]`))
	vs[0].width(390)
	cost("axe phone", 5, run(`preload: false`))
	cost("width", 5, func(i int) { vs[0].width(int64(391+i)); evaluate[int](vs[0], "document.documentElement.scrollWidth") })
	t.Log(evaluate[int](vs[0], `document.querySelectorAll("*").length`))
}
