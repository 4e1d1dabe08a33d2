package e2e

import (
	"context"
	"errors"
	"os"
	"time"

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
