package partner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

// lateLasts is how long an answer that came too late for its page waits for
// the next one.
const lateLasts = 30 * time.Second

// looker is who looks at whom: late answers are for nobody else.
type looker struct {
	session string
	role    auth.Role
	org     nhs.ODSCode
	patient nhs.Number
}

func lookerOf(u auth.User, patient nhs.Number) looker {
	return looker{u.Session, u.Role, u.Organisation, patient}
}

// question is what is asked of one partner.
type question struct {
	looker
	partner nhs.ODSCode
	scope   string
}

// call is a partner being asked, or its answer waiting to be taken.
type call struct {
	look string
	done chan struct{}
	cs   []record.Contribution // once done is closed: the partner's, and of those for whom it answers
	err  error                 // why a safety event about it is not on the trail

	lapses *time.Timer // while it waits to be taken
}

// calls are the questions under way and the answers not yet taken: the only
// memory of partners' answers anywhere. Each is taken once. Of who was late in
// a look, the codes are kept a little longer, so that what the reader has not
// yet seen stays marked on every page of the look.
type calls struct {
	mu   sync.Mutex
	all  map[question]*call
	late map[string]map[nhs.ODSCode]bool // by look
}

// wasLate notes that a partner's answer came after a page of the look had left
// without it, if it did, and reports whether one ever has.
func (cs *calls) wasLate(look string, partner nhs.ODSCode, now bool) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if now {
		if cs.late == nil {
			cs.late = map[string]map[nhs.ODSCode]bool{}
		}
		if cs.late[look] == nil {
			cs.late[look] = map[nhs.ODSCode]bool{}
			time.AfterFunc(lateLasts, func() {
				cs.mu.Lock()
				defer cs.mu.Unlock()
				delete(cs.late, look)
			})
		}
		cs.late[look][partner] = true
	}
	return cs.late[look][partner]
}

// join returns the call for q, which ask starts if none is under way or
// waiting, and whether it began under an earlier viewing.
func (cs *calls) join(q question, look string, ask func() ([]record.Contribution, error)) (c *call, earlier bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c, ok := cs.all[q]; ok {
		return c, true
	}
	c = &call{look: look, done: make(chan struct{})}
	cs.all[q] = c
	go func() {
		c.cs, c.err = ask()
		close(c.done)
		cs.wait(q, c)
	}()
	return c, false
}

// wait lets an answer lapse that nobody takes.
func (cs *calls) wait(q question, c *call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.all[q] == c {
		c.lapses = time.AfterFunc(lateLasts, func() { cs.take(q, c) })
	}
}

// take removes c, if it is still there.
func (cs *calls) take(q question, c *call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.all[q] != c {
		return
	}
	delete(cs.all, q)
	if c.lapses != nil {
		c.lapses.Stop()
	}
}

// Look returns the look that a page belongs to which u asks for again while
// answers for it are under way or waiting, and otherwise nothing.
func (n *Network) Look(u auth.User, patient nhs.Number) string {
	n.calls.mu.Lock()
	defer n.calls.mu.Unlock()
	who := lookerOf(u, patient)
	for q, c := range n.calls.all {
		if q.looker == who {
			return c.look
		}
	}
	return ""
}

// gather asks each of partners what the viewing is for, or joins who asked
// already, and returns what has come when patience runs out. What comes later
// waits for the same looker's next viewing.
func (n *Network) gather(ctx context.Context, v *audit.Viewing, partners []Partner, soft time.Duration, brief bool) ([]record.Contribution, error) {
	patience := newPatience(ctx, soft)
	defer patience.stop()
	who := lookerOf(v.User(), v.Person().Number)
	under := context.WithoutCancel(ctx)
	type waiting struct {
		q       question
		c       *call
		earlier bool
	}
	partners = closing(partners, v.Feeds())
	asked, scope := make([]waiting, len(partners)), fmt.Sprint(v.Scope(), v.Opened(), brief)
	for i, p := range partners {
		q := question{who, p.Code, scope + fmt.Sprint(p.off, p.closed)}
		c, earlier := n.calls.join(q, v.Look(), func() ([]record.Contribution, error) {
			query := n.query(v, p)
			query.Brief = brief
			query.found = &safety.Finding{Source: p.Source}
			cs := n.ask(under, p, query)
			return cs, n.tell(under, v, *query.found)
		})
		asked[i] = waiting{q, c, earlier}
	}
	out := make([]record.Contribution, 0, len(partners))
	var unraised error
	for i, w := range asked {
		if !patience.waitFor(w.c.done) {
			out = append(out, n.notYet(partners[i], v.Scope(), soft))
			continue
		}
		n.calls.take(w.q, w.c)
		late := n.calls.wasLate(v.Look(), partners[i].Code, w.earlier)
		for _, c := range w.c.cs {
			c.Late = late
			out = append(out, n.behind(c, v.Feeds()))
		}
		unraised = errors.Join(unraised, w.c.err)
	}
	return out, unraised
}

// notYet is the contribution of a partner that is still being asked.
func (n *Network) notYet(p Partner, scope record.Scope, soft time.Duration) record.Contribution {
	c := record.Contribution{Source: p.Source, State: record.Late, Asking: true, Sections: map[record.Section]record.State{}, FetchedAt: n.now(), Took: soft}
	c.Why = "no answer after " + seconds(soft) + ", still being asked"
	for section := range narrow(scope, p, &c) {
		c.Sections[section] = record.Late
	}
	return c
}

// patience is how long a page waits.
type patience struct {
	ctx   context.Context
	timer *time.Timer
	over  <-chan time.Time
	spent bool
}

func newPatience(ctx context.Context, soft time.Duration) *patience {
	p := &patience{ctx: ctx}
	if soft > 0 {
		p.timer = time.NewTimer(soft)
		p.over = p.timer.C
	}
	return p
}

func (p *patience) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// waitFor reports whether done was closed before patience ran out.
func (p *patience) waitFor(done <-chan struct{}) bool {
	if !p.spent {
		select {
		case <-done:
			return true
		case <-p.over:
		case <-p.ctx.Done():
		}
		p.spent = true
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}
