package partner

import (
	"context"
	"fmt"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

// TestReason is the reason code that partners are told where they are asked
// about the test patient.
const TestReason = "connection-test"

// Tried is what a partner answered about the test patient: how much, and
// nothing of what.
type Tried struct {
	Code    nhs.ODSCode
	State   record.State
	Why     string // that finishes the state
	Cause   string // of a failure
	Entries int
	Silent  []record.Section // that it does not answer for as it should
	Tagged  bool             // its items bear tags of an exchange, as which it is not configured
}

// Check asks every partner about the test patient, and those practices where
// the test patient is registered. What they answer is counted and thrown away.
func (n *Network) Check(ctx context.Context, leave *audit.Checking) ([]Tried, error) {
	if err := leave.Use(); err != nil {
		return nil, err
	}
	partners := n.askedFor(leave.Practices())
	tried := make(chan Tried, len(partners))
	for _, p := range partners {
		go func() { tried <- n.try(ctx, p, leave) }()
	}
	var all []Tried
	for range partners {
		all = append(all, <-tried)
	}
	return all, nil
}

func (n *Network) try(ctx context.Context, p Partner, leave *audit.Checking) Tried {
	scope := access.Shipped().ScopeOf(auth.Clinician)
	var found safety.Finding // told to nobody: the test patient is no patient
	c := n.ask(ctx, p, Query{Viewing: leave.ID(), Person: leave.Person(), User: leave.User(), Reason: TestReason, Source: p.Source, Scope: scope, found: &found})[0]
	t := Tried{Code: p.Code, State: c.State, Why: c.Why, Entries: len(c.Entries), Tagged: found.Tagged}
	if silent(c.State) {
		t.Cause = n.guards.of(p, n.now).health().LastCause
	}
	for section := range scope {
		if state := c.SectionState(section); c.State.Spoken() && !state.Spoken() && !state.Neutral() {
			t.Silent = append(t.Silent, section)
		}
	}
	return t
}

// String says how a partner answered.
func (t Tried) String() string {
	words := t.State.Words()
	if t.Entries > 0 {
		words = fmt.Sprintf("answered: %d items", t.Entries)
	}
	return words
}
