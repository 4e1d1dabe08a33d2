package bench

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
)

// order is so many views that the browsers are told to make. Each patient's
// page has an address and a session of its own.
type order struct {
	Pages   []page
	Count   int
	Rate    float64 // views that fall due in a second, whether or not others are done; 0 for none
	Workers int     // browsers that view one page after the other, where there is no rate
	Slow    bool    // partners take 50 ms and, at random, 50 ms on average besides
	Coding  string  // of the partners' answers
}

// page is one to view. It is whole where Mark is on it: mark, if it is empty.
type page struct{ URL, Cookie, Mark string }

// tally is how an order went.
type tally struct {
	Views   []view
	Seconds float64
	Failed  int
	Why     string // the first failure
}

// view is one page, complete.
type view struct {
	Millis  float64 // from when it fell due until its last byte was there
	Slowest float64 // that its slowest partner took, from question to answer, by its own clock
	Told    float64 // that its slowest partner was told to take
	Bytes   int     // sent, compressed

	page page
	sent []byte
}

var browser = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
	MaxIdleConnsPerHost: 1000, DisableCompression: true,
}}

// mark is on every page of a record to which every partner contributed.
var mark = fmt.Sprintf("%d of %[1]d organisations answered", partnerCount)

func (w *world) carryOut(o order) tally {
	w.coding = o.Coding
	var t tally
	var mu sync.Mutex
	one := func(due time.Time) {
		v, err := w.view(o, due)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.fail(err)
			return
		}
		t.Views = append(t.Views, v)
	}
	began := time.Now()
	if o.Rate > 0 {
		openLoop(o, one)
	} else {
		closedLoop(o, one)
	}
	t.Seconds = time.Since(began).Seconds()
	t.check()
	return t
}

// check looks whether every page was whole, once none is waited for any more:
// a browser has a machine of its own to read with.
func (t *tally) check() {
	t.Views = slices.DeleteFunc(t.Views, func(v view) bool {
		err := isWhole(v.page, v.sent)
		if err != nil {
			t.fail(err)
		}
		return err != nil
	})
}

func (t *tally) fail(err error) {
	if t.Failed++; t.Failed == 1 {
		t.Why = err.Error()
	}
}

// openLoop begins views at a fixed rate. A view that begins late, because the
// viewer is slow, is late from when it fell due.
func openLoop(o order, one func(due time.Time)) {
	var all sync.WaitGroup
	began := time.Now()
	for i := range o.Count {
		due := began.Add(time.Duration(float64(i) / o.Rate * float64(time.Second)))
		sleepUntil(due)
		all.Go(func() { one(due) })
	}
	all.Wait()
}

// sleepUntil is as exact as the kernel: time.Sleep wakes up to a millisecond
// late, and a view that begins late is counted as slow.
func sleepUntil(t time.Time) {
	for d := time.Until(t); d > 0; d = time.Until(t) {
		left := syscall.NsecToTimespec(int64(d))
		syscall.Nanosleep(&left, nil) // a signal only ends one turn of the loop
	}
}

func closedLoop(o order, one func(due time.Time)) {
	var all sync.WaitGroup
	todo := make(chan bool, o.Count)
	for range o.Count {
		todo <- true
	}
	close(todo)
	for range o.Workers {
		all.Go(func() {
			for range todo {
				one(time.Now())
			}
		})
	}
	all.Wait()
}

// view makes one view of whichever patient nobody views now.
func (w *world) view(o order, due time.Time) (view, error) {
	i := <-w.free
	defer func() { w.free <- i }()
	var v view
	for p := range w.takes[i] {
		takes := 0.0
		if o.Slow {
			takes = 50 + 50*rand.ExpFloat64()
		}
		w.takes[i][p].Store(int64(takes * float64(time.Millisecond)))
		v.Told = max(v.Told, takes)
	}
	var err error
	if v.sent, err = fetch(o.Pages[i]); err != nil {
		return v, err
	}
	v.Millis, v.Bytes, v.page = time.Since(due).Seconds()*1000, len(v.sent), o.Pages[i]
	for p := range w.took[i] {
		v.Slowest = max(v.Slowest, time.Duration(w.took[i][p].Load()).Seconds()*1000)
	}
	return v, nil
}

// fetch reads a page as it is sent, compressed.
func fetch(p page) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, p.URL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cookie", p.Cookie)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := browser.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	sent, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "gzip") {
		err = fmt.Errorf("status %d, %s", res.StatusCode, answered(string(sent)))
	}
	return sent, err
}

// isWhole looks for the page's mark.
func isWhole(p page, sent []byte) error {
	plain, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(plain)
	if err == nil && !bytes.Contains(body, []byte(cmp.Or(p.Mark, mark))) {
		err = errors.New(answered(string(body)))
	}
	return err
}

var tags = regexp.MustCompile(`<[^>]*>`)

// answered is the sentence of a page that says who answered, or all its words.
func answered(page string) string {
	if i := strings.Index(page, `<p class="icr-strip__sentence">`); i >= 0 {
		page = page[i:]
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}
