package source_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
)

// unwell answers the first so many requests in a way of its own.
func unwell(t *testing.T, first int32, answer http.HandlerFunc) (*source.Source, *atomic.Int32) {
	t.Helper()
	var hits atomic.Int32
	well := holder(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hits.Add(1) <= first {
			io.Copy(io.Discard, r.Body)
			answer(w, r)
			return
		}
		well.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	from, err := source.New(source.Config{Base: s.URL, HTTP: source.NewHTTPClient()})
	if err != nil {
		t.Fatal(err)
	}
	return from, &hits
}

func says(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
	}
}

// A question is asked again once, where that is likely to help and there is
// time for it.
func TestAskedAgainOnce(t *testing.T) {
	aborts := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, test := range []struct {
		name   string
		first  int32
		answer http.HandlerFunc
		hits   int32 // of the first question
		ok     bool
	}{
		{"503 once", 1, says(503, ""), 2, true},
		{"503 twice", 2, says(503, ""), 2, false},
		{"502 once", 1, says(502, ""), 2, true},
		{"500", 1, says(500, ""), 1, false},
		{"404", 1, says(404, ""), 1, false},
		{"403", 1, says(403, ""), 1, false},
		{"429 without a time", 1, says(429, ""), 1, false},
		{"429 for no time", 1, says(429, "0"), 2, true},
		{"429 for a second", 1, says(429, "1"), 2, true},
		{"429 for a minute", 1, says(429, "60"), 1, false},
		{"503 until a time long past", 1, says(503, "Wed, 21 Oct 2015 07:28:00 GMT"), 2, true},
		{"503 for nonsense", 1, says(503, "soon"), 2, true},
		{"broken off once", 1, aborts, 2, true},
		{"broken off twice", 2, aborts, 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			from, hits := unwell(t, test.first, test.answer)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			answer, err := from.Fetch(ctx, query(t))
			if (err == nil) != test.ok || test.ok && len(answer.Entries) != 1 {
				t.Errorf("%d entries, %v", len(answer.Entries), err)
			}
			if !test.ok && hits.Load() != test.hits || test.ok && hits.Load() != test.hits+2 {
				t.Errorf("%d requests", hits.Load())
			}
		})
	}
}

// What does not fit into the deadline is not waited for, and the partner's
// word is passed on.
func TestRetryAfterIsPassedOn(t *testing.T) {
	from, hits := unwell(t, 100, says(429, "90"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	_, err := from.Fetch(ctx, query(t))
	busy, ok := errors.AsType[*partner.BusyError](err)
	if !ok || busy.For != 90*time.Second || hits.Load() != 1 || time.Since(began) > 30*time.Second {
		t.Errorf("%v after %d requests and %v", err, hits.Load(), time.Since(began))
	}
}

// A partner in trouble is not asked twice as much for long.
func TestAskingAgainHasABudget(t *testing.T) {
	from, hits := unwell(t, 1000, says(502, ""))
	for range 30 {
		from.Fetch(t.Context(), query(t))
	}
	if got := hits.Load(); got > 30+10+4 {
		t.Errorf("%d requests for 30 questions", got)
	}
}

func TestTLSFailuresAreNotTriedAgain(t *testing.T) {
	s := partnertest.New(t, partnertest.Holds, person(t))
	_, err := fetchTLS(t, "https://"+s.Listener.Addr().String(), source.TLS{})
	if !errors.Is(err, partner.ErrInsecure) || len(s.Asked()) > 0 {
		t.Errorf("%v", err)
	}
}
