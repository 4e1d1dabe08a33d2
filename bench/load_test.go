package bench

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
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
	Slowest float64 // that its slowest partner was to take
	Took    float64 // that its slowest partner says it took
	Bytes   int     // sent, compressed
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
		if err == nil {
			t.Views = append(t.Views, v)
		} else if t.Failed++; t.Failed == 1 {
			t.Why = err.Error()
		}
	}
	began := time.Now()
	if o.Rate > 0 {
		openLoop(o, one)
	} else {
		closedLoop(o, one)
	}
	t.Seconds = time.Since(began).Seconds()
	return t
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
		v.Slowest = max(v.Slowest, takes)
	}
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	if err := fetch(o.Pages[i], body); err != nil {
		return v, err
	}
	v.Millis, v.Bytes = time.Since(due).Seconds()*1000, body.Len()
	if err := isWhole(o.Pages[i], body); err != nil {
		return v, err
	}
	for p := range w.took[i] {
		v.Took = max(v.Took, time.Duration(w.took[i][p].Load()).Seconds()*1000)
	}
	return v, nil
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// fetch reads a page as it is sent, compressed.
func fetch(p page, into *bytes.Buffer) error {
	req, err := http.NewRequest(http.MethodGet, p.URL, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Cookie", p.Cookie)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := browser.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	into.Reset()
	if _, err := into.ReadFrom(res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "gzip" {
		return fmt.Errorf("status %d, %s", res.StatusCode, answered(into.String()))
	}
	return nil
}

// isWhole looks for the page's mark.
func isWhole(p page, sent *bytes.Buffer) error {
	gz, err := gzip.NewReader(sent)
	if err != nil {
		return err
	}
	plain := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(plain)
	plain.Reset()
	if _, err := plain.ReadFrom(gz); err != nil {
		return err
	}
	if !bytes.Contains(plain.Bytes(), []byte(cmp.Or(p.Mark, mark))) {
		return errors.New(answered(plain.String()))
	}
	return nil
}

var tags = regexp.MustCompile(`<[^>]*>`)

// answered is the sentence of a page that says who answered, or all its words.
func answered(page string) string {
	if i := strings.Index(page, `<p class="icr-strip__sentence">`); i >= 0 {
		page = page[i:]
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}
