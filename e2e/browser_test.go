package e2e

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// startBrowser starts a Chromium that can reach this machine alone. What it
// returns ends it, whatever came of the start.
func startBrowser(path string) (context.Context, func() error, error) {
	profile, err := os.MkdirTemp("", "icr-e2e-")
	if err != nil {
		return nil, func() error { return nil }, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.WSURLReadTimeout(2*time.Minute),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(desktop, 900),
		chromedp.Flag("lang", "en-GB"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost"),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stop := func() error {
		patience, done := context.WithTimeout(ctx, 20*time.Second)
		defer done()
		err := chromedp.Cancel(patience)
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		cancel()
		end()
		return errors.Join(err, os.RemoveAll(profile))
	}
	return ctx, stop, chromedp.Do(ctx)
}

// tab is a window with cookies of its own, for one visitor at a time. To open
// one takes longer than to empty one.
type tab struct {
	ctx   context.Context
	close context.CancelFunc
	mu    sync.Mutex
	hear  func(event any)
}

// idle are the tabs that nobody uses.
var idle struct {
	sync.Mutex
	tabs []*tab
}

func takeTab() (*tab, error) {
	idle.Lock()
	defer idle.Unlock()
	if last := len(idle.tabs) - 1; last >= 0 {
		t := idle.tabs[last]
		idle.tabs = idle.tabs[:last]
		return t, nil
	}
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t := &tab{ctx: ctx, close: leave}
	return t, chromedp.Listen(ctx, func(event any) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.hear != nil {
			t.hear(event)
		}
	})
}

// hand has somebody hear what happens in the tab.
func (t *tab) hand(hear func(any)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hear = hear
}

// giveBack empties the tab for the next visitor. After a failure nobody knows
// what state it is in.
func (t *tab) giveBack(test testing.TB) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Func(empty))
	t.hand(nil)
	if err != nil || test.Failed() {
		t.close()
		return
	}
	idle.Lock()
	defer idle.Unlock()
	idle.tabs = append(idle.tabs, t)
}

// empty takes away what a visitor leaves behind.
func empty(ctx context.Context, t *chromedp.Target) error {
	_, cookies := cdp.Call(ctx, t, network.ClearBrowserCookies, cdp.Empty{})
	_, history := cdp.Call(ctx, t, devtools.ResetNavigationHistory, cdp.Empty{})
	_, size := cdp.Call(ctx, t, emulation.ClearDeviceMetricsOverride, cdp.Empty{})
	return errors.Join(cookies, history, size)
}
