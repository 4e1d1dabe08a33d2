package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
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
		time.Sleep(time.Until(due))
		all.Go(func() { one(due) })
	}
	all.Wait()
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
	var err error
	if v.Bytes, err = fetch(o.Pages[i]); err != nil {
		return v, err
	}
	v.Millis = time.Since(due).Seconds() * 1000
	for p := range w.took[i] {
		v.Took = max(v.Took, time.Duration(w.took[i][p].Load()).Seconds()*1000)
	}
	return v, nil
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func fetch(p page) (int, error) {
	req, err := http.NewRequest(http.MethodGet, p.URL, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Cookie", p.Cookie)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := browser.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	sent := &counted{from: res.Body}
	var plain io.Reader = sent
	if res.Header.Get("Content-Encoding") == "gzip" {
		if plain, err = gzip.NewReader(sent); err != nil {
			return 0, err
		}
	}
	_, err = io.Copy(body, plain)
	switch {
	case err != nil:
		return 0, err
	case res.StatusCode != http.StatusOK, !bytes.Contains(body.Bytes(), []byte(cmp.Or(p.Mark, mark))):
		return 0, fmt.Errorf("status %d, %s", res.StatusCode, answered(body.String()))
	}
	return sent.bytes, nil
}

// counted counts what is read from it.
type counted struct {
	from  io.Reader
	bytes int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.bytes += n
	return n, err
}

var tags = regexp.MustCompile(`<[^>]*>`)

// answered is the sentence of a page that says who answered, or all its words.
func answered(page string) string {
	if i := strings.Index(page, `<p class="icr-strip__sentence">`); i >= 0 {
		page = page[i:]
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}
