package partner

import (
	"context"
	"sync"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// ReviewReason is the reason code that partners are told where what they sent
// is fetched again for a review of the access.
const ReviewReason = "access-review"

// Refetch asks the partners of which something was shown what they hold of it
// now. What they answer is compared by name and version and thrown away: what
// it says leaves this function nowhere.
func (n *Network) Refetch(ctx context.Context, leave *audit.Refetching) (map[nhs.ODSCode]audit.Held, error) {
	if err := leave.Use(); err != nil {
		return nil, err
	}
	held := map[nhs.ODSCode]audit.Held{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, p := range closing(n.shownBy(leave.Shown()), leave.Feeds()) {
		wg.Go(func() {
			query := Query{
				Viewing: leave.ID(), Person: leave.Person(), User: leave.User(), Reason: ReviewReason, Source: p.Source,
				Scope: leave.Scope(), Alerts: access.AllowedAlerts, unmasked: true,
			}
			cs := n.ask(ctx, p, query)
			mu.Lock()
			defer mu.Unlock()
			for _, c := range cs {
				held[c.Source.Code] = heldBy(c, leave.Scope())
			}
		})
	}
	wg.Wait()
	return held, nil
}

// shownBy are the partners of which something was shown, as far as they still
// are partners. Where something came of one who is not, it may have come
// through an exchange: then all are asked who were asked then.
func (n *Network) shownBy(e audit.Event) []Partner {
	known := map[nhs.ODSCode]Partner{}
	for _, p := range n.partners {
		known[p.Code] = p
	}
	through := false
	for _, p := range e.Partners {
		if practice, ok := n.practices[p.Code]; ok {
			known[p.Code] = practice
		}
		_, ok := known[p.Code]
		through = through || len(p.Shown) > 0 && !ok
	}
	var asked []Partner
	for _, p := range e.Partners {
		if q, ok := known[p.Code]; ok && (through || len(p.Shown) > 0) {
			asked = append(asked, q)
		}
	}
	return asked
}

// heldBy is which items a contribution holds.
func heldBy(c record.Contribution, scope record.Scope) audit.Held {
	h := audit.Held{State: c.State, Why: c.Why, Whole: c.State.Spoken(), Items: map[audit.Name]string{}}
	for section := range scope {
		state := c.SectionState(section)
		h.Whole = h.Whole && (state.Spoken() || state.Neutral())
	}
	for _, e := range c.Entries {
		for _, item := range append([]record.Item{e.Item}, e.Also...) {
			h.Items[audit.Name{Partner: e.From, Type: item.Type, ID: item.ID}] = item.Version
		}
	}
	return h
}
