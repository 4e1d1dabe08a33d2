package e2e

import (
	"context"
	"errors"
	"os"
	"slices"
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
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
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

// tab is a window with cookies of its own, for one visitor at a time.
type tab struct {
	ctx   context.Context
	close context.CancelFunc
	user  string // who is signed in there; nobody where empty
	mu    sync.Mutex
	hear  func(event any)
}

// idle are the tabs at which nobody sits. To open a tab, and to sign in, takes
// longer than most tests.
var idle struct {
	sync.Mutex
	tabs []*tab
}

// takeTab takes a tab where the user is signed in, and else any where nobody
// is; a new one where there is none.
func takeTab(user string) (t *tab, signedIn bool, err error) {
	idle.Lock()
	defer idle.Unlock()
	for _, wanted := range []string{user, ""} {
		if i := slices.IndexFunc(idle.tabs, func(t *tab) bool { return t.user == wanted }); i >= 0 {
			t := idle.tabs[i]
			idle.tabs = slices.Delete(idle.tabs, i, i+1)
			t.user = user
			return t, wanted != "", nil
		}
	}
	t, err = openTab(user)
	return t, false, err
}

func openTab(user string) (*tab, error) {
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t := &tab{ctx: ctx, close: leave, user: user}
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

// giveBack leaves the tab to the next visitor. After a failure nobody knows
// what state it is in.
func (t *tab) giveBack(test testing.TB) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, t.empty())
	t.hand(nil)
	if err != nil || test.Failed() {
		t.close()
		return
	}
	idle.Lock()
	defer idle.Unlock()
	idle.tabs = append(idle.tabs, t)
}

// empty takes away what a visitor leaves behind, but for the session of a user.
func (t *tab) empty() step {
	return chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, devtools.StopLoading, cdp.Empty{})
		if t.user == "" {
			_, cookies := cdp.Call(ctx, at, network.ClearBrowserCookies, cdp.Empty{})
			err = errors.Join(err, cookies)
		}
		_, history := cdp.Call(ctx, at, devtools.ResetNavigationHistory, cdp.Empty{})
		_, size := cdp.Call(ctx, at, emulation.ClearDeviceMetricsOverride, cdp.Empty{})
		return errors.Join(err, history, size)
	})
}
