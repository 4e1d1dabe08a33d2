package partner

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// slow answers after a while, and counts how often it was asked.
type slow struct {
	after time.Duration
	asked atomic.Int32
}

func (s *slow) Fetch(ctx context.Context, _ Query) (Answer, error) {
	s.asked.Add(1)
	select {
	case <-time.After(s.after):
		return Answer{Entries: []record.Entry{item(record.Allergies, "a")}}, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func (s *slow) Document(context.Context, Query, record.Document) (Content, error) {
	return Content{}, ErrNotHeld
}

// nowhere is a log that takes everything.
type nowhere struct{}

func (nowhere) Append(context.Context, ...audit.Event) error                   { return nil }
func (nowhere) AppendClaim(context.Context, audit.Event, time.Time, int) error { return nil }

func (nowhere) AppendIf(_ context.Context, _ access.Request, write func(access.Facts) (audit.Ready, error), _ *audit.Sight) error {
	_, err := write(facts())
	return err
}
func (nowhere) Facts(context.Context, access.Request) (access.Facts, error) { return facts(), nil }

// kept is a log that keeps its events, after so many failures.
type kept struct {
	nowhere
	failures atomic.Int32
	mu       sync.Mutex
	events   []audit.Event
}

func (k *kept) all() []audit.Event {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.events)
}

func (k *kept) Append(_ context.Context, es ...audit.Event) error {
	if k.failures.Add(-1) >= 0 {
		return errors.New("disk full")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = append(k.events, es...)
	return nil
}

// mistaken answers about somebody else, after a while.
type mistaken struct{ slow }

func (m *mistaken) Fetch(ctx context.Context, q Query) (Answer, error) {
	m.slow.Fetch(ctx, q)
	return Answer{}, ErrWrongPatient
}

func facts() access.Facts {
	return access.Facts{Objection: access.NoObjection, Relationships: []access.Relationship{
		{Kind: access.Episode, Organisation: "RKB", Starts: time.Unix(0, 0)},
	}}
}

func viewing(t *testing.T, n *Network, session string) *audit.Viewing {
	t.Helper()
	return viewingOn(t, n, session, nowhere{})
}

func viewingOn(t *testing.T, n *Network, session string, log audit.Log) *audit.Viewing {
	t.Helper()
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	policy := &access.Policy{Facts: nowhere{}, Now: time.Now, Programme: access.Programme{Practices: map[nhs.ODSCode]bool{"Y99001": true}}}
	trail := &audit.Trail{Log: log, Policy: policy, Now: time.Now}
	u := auth.User{Identity: auth.Identity{Issuer: "i", Subject: "s"}, Post: auth.Post{Role: auth.Clinician, Organisation: "RKB"}, Session: session}
	person := record.Person{Number: number, Born: record.ParseDate("1950-01-01"), Practice: "Y99001"}
	v, err := trail.Open(t.Context(), access.Request{User: u, Person: person}, n.Look(u, number))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func network(t *testing.T, s Source, hard time.Duration) *Network {
	t.Helper()
	n, err := NewNetwork(time.Now, Partner{Source: record.Source{Code: "RKB", Kind: record.Acute}, Supplies: record.Sections, Deadline: hard, From: s})
	if err != nil {
		t.Fatal(err)
	}
	n.SoftDeadline(1500 * time.Millisecond)
	return n
}

// look gathers once, and returns the hospital's contribution and how long the
// page took.
func look(t *testing.T, n *Network, session string) (record.Contribution, *audit.Viewing, time.Duration) {
	t.Helper()
	began := time.Now()
	v := viewing(t, n, session)
	cs, err := n.Gather(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return cs[1], v, time.Since(began)
}

func TestP4_PageLeavesAtTheSoftDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: 2500 * time.Millisecond}
		n := network(t, s, 4*time.Second)
		c, first, took := look(t, n, "one")
		if c.State != record.Late || c.SectionState(record.Allergies) != record.Late || took != 1500*time.Millisecond {
			t.Errorf("%s %q after %v", c.State, c.Why, took)
		}
		c, again, took := look(t, n, "one")
		if c.State != record.Answered || !c.Late || len(c.Entries) != 1 || took != time.Second {
			t.Errorf("asked again: %s after %v", c.State, took)
		}
		if s.asked.Load() != 1 {
			t.Errorf("the partner was asked %d times", s.asked.Load())
		}
		if first.Look() != again.Look() || first.Reference() == again.Reference() {
			t.Error("asking again is one look of two recorded viewings")
		}
		c, third, _ := look(t, n, "one")
		if s.asked.Load() != 2 || c.Late || third.Look() == first.Look() {
			t.Error("a late answer was handed over twice")
		}
		time.Sleep(time.Minute)
	})
}

// A viewing is leave to ask once, and no viewing is none.
func TestP2_AViewingGathersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: time.Second}
		n := network(t, s, 4*time.Second)
		v := viewing(t, n, "one")
		if _, err := n.Gather(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		for _, again := range []*audit.Viewing{v, {}, nil} {
			if cs, err := n.Gather(t.Context(), again); !errors.Is(err, audit.ErrNoViewing) || cs != nil {
				t.Errorf("%v, %v", cs, err)
			}
		}
		if s.asked.Load() != 1 {
			t.Errorf("the partner was asked %d times", s.asked.Load())
		}
		time.Sleep(time.Minute)
	})
}

func TestLateAnswersAreForTheSameSessionAndNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: 2 * time.Second}
		n := network(t, s, 4*time.Second)
		look(t, n, "one")
		time.Sleep(time.Second)
		if c, _, _ := look(t, n, "another"); c.State != record.Late || s.asked.Load() != 2 {
			t.Error("another session got the answer")
		}
		time.Sleep(lateLasts + time.Second)
		if c, _, _ := look(t, n, "one"); c.State != record.Late || s.asked.Load() != 3 {
			t.Error("the answer was kept too long")
		}
		time.Sleep(time.Minute)
		n.calls.mu.Lock()
		defer n.calls.mu.Unlock()
		if len(n.calls.all) != 0 {
			t.Errorf("%d answers are still in memory", len(n.calls.all))
		}
	})
}

func TestHardDeadlineEndsTheAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: time.Hour}
		n := network(t, s, 4*time.Second)
		look(t, n, "one")
		c, _, took := look(t, n, "one")
		if c.State != record.Late || took != 1500*time.Millisecond {
			t.Errorf("%s after %v", c.State, took)
		}
		c, _, took = look(t, n, "one")
		if c.State != record.Late || c.Why != "no answer in 4 s" || took != time.Second {
			t.Errorf("%s %q after %v", c.State, c.Why, took)
		}
		time.Sleep(time.Minute)
	})
}

// A browser that goes away does not end the asking: the next page finds the
// answer.
func TestGoneBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: 2 * time.Second}
		n := network(t, s, 4*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		v := viewing(t, n, "one")
		go func() { time.Sleep(time.Second); cancel() }()
		if _, err := n.Gather(ctx, v); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if c, _, took := look(t, n, "one"); c.State != record.Answered || took != 0 || s.asked.Load() != 1 {
			t.Errorf("%s after %v", c.State, took)
		}
		time.Sleep(time.Minute)
	})
}

// A print-out waits for the partners' own deadlines, and takes up what is
// under way already.
func TestP4_WholeGatheringWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: 3 * time.Second}
		n := network(t, s, 4*time.Second)
		began := time.Now()
		look(t, n, "one")
		cs, err := n.GatherWhole(t.Context(), viewing(t, n, "one"))
		if err != nil || cs[1].State != record.Answered || time.Since(began) != 3*time.Second || s.asked.Load() != 1 {
			t.Errorf("%v: %s after %v, asked %d times", err, cs[1].State, time.Since(began), s.asked.Load())
		}
		s.after = time.Hour
		cs, err = n.GatherWhole(t.Context(), viewing(t, n, "one"))
		if err != nil || cs[1].State != record.Late || cs[1].Asking || time.Since(began) != 7*time.Second {
			t.Errorf("%v: %s after %v", err, cs[1].Why, time.Since(began))
		}
	})
}

// Whether or not a page still waits for it, an answer about somebody else is
// on the trail once, and before anybody reads that it is.
func TestP5_LateMistakesAreRecordedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &kept{}
		log.failures.Store(1)
		n := network(t, &mistaken{slow{after: 2 * time.Second}}, 4*time.Second)
		v := viewingOn(t, n, "one", log)
		if _, err := n.Gather(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if events := log.all(); len(events) != 1 || events[0].Kind != audit.IdentityFailed || events[0].Reference != v.Reference() {
			t.Errorf("nobody came back: %+v", events)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		log := &kept{}
		n := network(t, &mistaken{slow{after: time.Second}}, 4*time.Second)
		if _, err := n.Gather(t.Context(), viewingOn(t, n, "one", log)); err != nil || len(log.all()) != 1 {
			t.Errorf("a page in time: %v, %d events", err, len(log.all()))
		}
		log.failures.Store(9)
		if _, err := n.Gather(t.Context(), viewingOn(t, n, "one", log)); err == nil {
			t.Error("a page came about whose safety event nothing is on the trail")
		}
		time.Sleep(time.Minute)
	})
}

// Of two late partners the first stays marked on the page that the second
// comes to: nobody has looked in between.
func TestP4_LateStaysLateThroughoutALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &slow{after: 2 * time.Second}, &slow{after: 5 * time.Second}
		n, err := NewNetwork(time.Now,
			Partner{Source: record.Source{Code: "RKB", Kind: record.Acute}, Supplies: record.Sections, Deadline: 8 * time.Second, From: first},
			Partner{Source: record.Source{Code: "RLT", Kind: record.Acute}, Supplies: record.Sections, Deadline: 8 * time.Second, From: second})
		if err != nil {
			t.Fatal(err)
		}
		n.SoftDeadline(1500 * time.Millisecond)
		gather := func() (cs []record.Contribution) {
			cs, err := n.Gather(t.Context(), viewing(t, n, "one"))
			if err != nil {
				t.Fatal(err)
			}
			return cs[1:]
		}
		gather()
		time.Sleep(time.Second)
		if cs := gather(); !cs[0].Late || cs[0].State != record.Answered || cs[1].State != record.Late {
			t.Fatalf("%s, %s", cs[0].State, cs[1].State)
		}
		first.after = time.Millisecond // it is quick this time
		if cs := gather(); !cs[0].Late || cs[0].State != record.Answered || !cs[1].Late || cs[1].State != record.Answered {
			t.Errorf("%s, late %t; %s, late %t", cs[0].State, cs[0].Late, cs[1].State, cs[1].Late)
		}
		time.Sleep(time.Minute)
		if cs := gather(); cs[0].Late || len(n.calls.late) != 0 {
			t.Error("another look is marked")
		}
		time.Sleep(time.Minute)
	})
}
