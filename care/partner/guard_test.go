package partner

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// moody is a source that does what it is told to.
type moody struct {
	asked, probed atomic.Int32
	mended        atomic.Bool // probes succeed
	takes         time.Duration
	err           func(nhs.Number) error
	probe         error
}

func (m *moody) Fetch(ctx context.Context, q Query) (Answer, error) {
	m.asked.Add(1)
	select {
	case <-time.After(m.takes):
		return Answer{}, m.err(q.Person.Number)
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func (m *moody) Document(context.Context, Query, record.Document) (Content, error) {
	return Content{}, nil
}

func (m *moody) Probe(context.Context) error {
	m.probed.Add(1)
	if m.mended.Load() {
		return nil
	}
	return m.probe
}

func (m *moody) network(t *testing.T, atOnce int) (*Network, Partner) {
	t.Helper()
	if m.err == nil {
		m.err = func(nhs.Number) error { return nil }
	}
	p := Partner{Source: record.Source{Code: "RKB", Kind: record.Acute}, Supplies: record.Sections, Deadline: 4 * time.Second, From: m, AtOnce: atOnce}
	n, err := NewNetwork(time.Now, p)
	if err != nil {
		t.Fatal(err)
	}
	return n, p
}

var (
	ada = number("9990000018")
	bea = number("9990000026")
)

func number(digits string) nhs.Number {
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		panic(err)
	}
	return n
}

func about(who nhs.Number) Query {
	return Query{Person: record.Person{Number: who}, Scope: record.Scope{record.Allergies: record.Everything}}
}

func always(err error) func(nhs.Number) error { return func(nhs.Number) error { return err } }

// A partner that is down costs nobody anything after five failures; it is
// probed without anybody's record, and asked again as soon as it answers.
func TestP4_APartnerThatIsDownCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{err: always(syscall.ECONNREFUSED), probe: syscall.ECONNREFUSED}
		n, p := m.network(t, 0)
		var log bytes.Buffer
		n.Report(slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range mostFailures {
			if c := ask(ctx, n, p, about(ada)); c.State != record.Failed || c.Why != "" {
				t.Fatalf("%s %q", c.State, c.Why)
			}
		}
		m.takes = time.Hour
		at := clock(time.Now())
		for _, who := range []nhs.Number{ada, bea} {
			c := ask(ctx, n, p, about(who))
			if c.State != record.Failed || c.Why != "it has failed 5 times, last at "+at+", and is not asked again yet" || c.Took != 0 {
				t.Errorf("%s %q after %v", c.State, c.Why, c.Took)
			}
		}
		if m.asked.Load() != mostFailures {
			t.Errorf("asked %d times", m.asked.Load())
		}
		if h := n.Health()[0]; h.Breaker != Open || h.Recent.Failed != 5 || h.NotAsked != 2 || h.LastCause != "nothing listens at its address" {
			t.Errorf("its health: %+v", h)
		}
		go n.Watch(ctx)
		time.Sleep(3*pause + time.Second/2)
		if probed := m.probed.Load(); probed < 2 || probed > 4 || n.Health()[0].Breaker == Closed {
			t.Errorf("probed %d times while it is down, %s", probed, n.Health()[0].Breaker)
		}
		m.mended.Store(true)
		m.err, m.takes = always(nil), time.Millisecond
		time.Sleep(pause + 2*time.Second)
		if c := ask(ctx, n, p, about(ada)); c.State != record.NoneRecorded {
			t.Errorf("up again: %s %q", c.State, c.Why)
		}
		if h := n.Health()[0]; h.Breaker != Closed || h.Failures != 0 {
			t.Errorf("up again: %+v", h)
		}
		if !strings.Contains(log.String(), "nothing listens at its address") || strings.Contains(log.String(), ada.Digits()) {
			t.Errorf("the log says %s", log.String())
		}
		cancel()
		synctest.Wait()
	})
}

// A partner that answers probes and fails questions is given up after one.
func TestAProbeAloneIsNoProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{err: always(&StatusError{503})}
		n, p := m.network(t, 0)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for i := range mostFailures {
			ask(ctx, n, p, about([]nhs.Number{ada, bea}[i%2]))
		}
		go n.Watch(ctx)
		time.Sleep(pause + 2*time.Second)
		for range 3 {
			ask(ctx, n, p, about(ada))
		}
		if m.asked.Load() != mostFailures+1 {
			t.Errorf("asked %d times", m.asked.Load())
		}
		cancel()
		synctest.Wait()
	})
}

// Somebody's question tries a partner that is down where nothing probes it, one
// at a time.
func TestAQuestionTriesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{err: always(syscall.ECONNREFUSED)}
		n, p := m.network(t, 0)
		for range mostFailures {
			ask(t.Context(), n, p, about(ada))
		}
		time.Sleep(pause + time.Second)
		m.err, m.takes = always(nil), time.Second
		go ask(t.Context(), n, p, about(ada))
		synctest.Wait()
		if c := ask(t.Context(), n, p, about(bea)); c.State != record.Failed || c.Took != 0 || n.Health()[0].Breaker != Trying {
			t.Errorf("while it is tried: %s %q, %s", c.State, c.Why, n.Health()[0].Breaker)
		}
		time.Sleep(2 * time.Second)
		if c := ask(t.Context(), n, p, about(bea)); c.State != record.NoneRecorded {
			t.Errorf("after it: %s %q", c.State, c.Why)
		}
	})
}

// One patient's record that makes a partner fail takes it from nobody else.
func TestP4_OneRecordThatFailsIsNotThePartner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{err: func(who nhs.Number) error {
			if who == ada {
				return &StatusError{500}
			}
			return nil
		}}
		n, p := m.network(t, 0)
		for range mostFailures + 1 {
			ask(t.Context(), n, p, about(ada))
		}
		if m.asked.Load() != mostFailures || n.Health()[0].Breaker != OneOnly {
			t.Errorf("asked %d times, %s", m.asked.Load(), n.Health()[0].Breaker)
		}
		if c := ask(t.Context(), n, p, about(bea)); c.State != record.NoneRecorded {
			t.Errorf("about somebody else: %s %q", c.State, c.Why)
		}
		m.err = always(&StatusError{500})
		ask(t.Context(), n, p, about(bea))
		if c := ask(t.Context(), n, p, about(bea)); !strings.HasSuffix(c.Why, "is not asked again yet") {
			t.Errorf("it fails with everybody: %s %q", c.State, c.Why)
		}
	})
}

func TestAnswersThatAreUnwelcomeAreNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, err := range []error{ErrNotHeld, ErrRefused, ErrWrongPatient, ErrUnreadable, ErrNotSupported, ErrTokenRefused, &StatusError{400}, context.Canceled} {
			m := &moody{err: always(err)}
			n, p := m.network(t, 0)
			for range 3 * mostFailures {
				ask(t.Context(), n, p, about(ada))
			}
			if m.asked.Load() != 3*mostFailures {
				t.Errorf("after %v it is not asked any more", err)
			}
		}
	})
}

// Where there is no server for the patient, nothing is asked for long.
func TestP4_AServerThatIsNotThereIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{err: always(&StatusError{404})}
		n, p := m.network(t, 0)
		for i := range 3 * mostFailures {
			if c := ask(t.Context(), n, p, about([]nhs.Number{ada, bea}[i%2])); c.State != record.Failed {
				t.Fatal(c.State)
			}
		}
		if m.asked.Load() != mostFailures {
			t.Errorf("asked %d times", m.asked.Load())
		}
	})
}

// A partner's own word about when to ask again is kept.
func TestP4_APartnerThatAsksForQuietHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{err: always(&BusyError{2 * time.Minute})}
		n, p := m.network(t, 0)
		c := ask(t.Context(), n, p, about(ada))
		until := clock(time.Now().Add(2 * time.Minute))
		if c.State != record.Failed || c.Why != "it asks not to be asked again for 120 s" {
			t.Errorf("%s %q", c.State, c.Why)
		}
		m.err = always(nil)
		if c := ask(t.Context(), n, p, about(bea)); c.Why != "it asks to be left alone until "+until || n.Health()[0].Breaker != Quiet {
			t.Errorf("%s %q", c.State, c.Why)
		}
		time.Sleep(2*time.Minute + time.Second)
		if c := ask(t.Context(), n, p, about(bea)); c.State != record.NoneRecorded || m.asked.Load() != 2 {
			t.Errorf("%s %q", c.State, c.Why)
		}
		m.err = always(&BusyError{10 * time.Hour})
		ask(t.Context(), n, p, about(bea))
		time.Sleep(longestQuiet + time.Second)
		m.err = always(nil)
		if c := ask(t.Context(), n, p, about(bea)); c.State != record.NoneRecorded {
			t.Errorf("left alone for too long: %s %q", c.State, c.Why)
		}
	})
}

// No more questions wait at one partner than it is to have; one too many says
// so, and is no sign that the partner is down.
func TestP4_NoMoreQuestionsAtOnceThanAPartnerIsToHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{takes: 3 * time.Second}
		n, p := m.network(t, 2)
		// Who waits gives up before anybody's turn ends: at one and the same
		// moment it might have its turn after all.
		impatient, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		states := make(chan record.Contribution, 5)
		put := func(ctx context.Context) {
			go func() { states <- ask(ctx, n, p, about(ada)) }()
			synctest.Wait()
		}
		for range 4 {
			put(t.Context())
		}
		put(impatient)
		if m.asked.Load() != 2 {
			t.Errorf("%d at once", m.asked.Load())
		}
		count := map[string]int{}
		for range 5 {
			c := <-states
			count[string(c.State)+c.Why]++
		}
		// Two answer; two get their turn and are late; one never has it.
		if count["none-recorded"] != 2 || count["lateno answer in 4 s"] != 2 || count["failednot asked: 2 other questions wait for its answer"] != 1 {
			t.Errorf("%v", count)
		}
		if n.Health()[0].Breaker != Closed {
			t.Error("the breaker is not closed")
		}
	})
}

func TestAPanicIsAState(t *testing.T) {
	m := &moody{err: func(nhs.Number) error { panic("9990000018") }}
	n, p := m.network(t, 0)
	for range 2 * mostFailures {
		if c := ask(t.Context(), n, p, about(ada)); c.State != record.Failed || c.Why != "its answer made this service fail" {
			t.Errorf("%s %q", c.State, c.Why)
		}
	}
	if m.asked.Load() != 2*mostFailures {
		t.Error("one answer takes the partner away")
	}
}

func TestCausesSayNothingOfAnybody(t *testing.T) {
	for _, err := range []error{errors.New("malformed HTTP response \"9990000018\""), context.DeadlineExceeded, &StatusError{500}, ErrUnreadable, errPanicked} {
		if got := Cause(err); got == "" || strings.Contains(got, "999") {
			t.Errorf("%v: %q", err, got)
		}
	}
}

// ask is what the partner itself contributes.
func ask(ctx context.Context, n *Network, p Partner, q Query) record.Contribution {
	return n.ask(ctx, p, q)[0]
}
