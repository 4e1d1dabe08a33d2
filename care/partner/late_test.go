package partner

import (
	"context"
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

func (nowhere) Append(context.Context, ...audit.Event) error { return nil }
func (nowhere) AppendIf(_ context.Context, _ access.Request, still func(access.Facts) error, _ audit.Event) error {
	return still(facts())
}
func (nowhere) Facts(context.Context, access.Request) (access.Facts, error) { return facts(), nil }

func facts() access.Facts {
	return access.Facts{Objection: access.NoObjection, Relationships: []access.Relationship{
		{Kind: access.Episode, Organisation: "RKB", Starts: time.Unix(0, 0)},
	}}
}

func viewing(t *testing.T, n *Network, session string) *audit.Viewing {
	t.Helper()
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	policy := &access.Policy{Facts: nowhere{}, Now: time.Now, Programme: access.Programme{Practices: map[nhs.ODSCode]bool{"Y99001": true}}}
	trail := &audit.Trail{Log: nowhere{}, Policy: policy, Now: time.Now}
	u := auth.User{Identity: auth.Identity{Issuer: "i", Subject: "s"}, Post: auth.Post{Role: auth.Clinician, Organisation: "RKB"}, Session: session}
	person := record.Person{Number: number, Born: record.ParseDate("1950-01-01"), Practice: "Y99001"}
	d, err := policy.Decide(t.Context(), access.Request{User: u, Person: person})
	if err != nil {
		t.Fatal(err)
	}
	v, err := trail.Open(t.Context(), d, n.Look(u, number))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func network(t *testing.T, s *slow, hard time.Duration) *Network {
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
