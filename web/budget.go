package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// Spending counts searches, and patients opened. *store.Store is one.
type Spending interface {
	Spend(ctx context.Context, u auth.User, patient nhs.Number, within func(access.Spent) error) error
	Alerted(ctx context.Context, u auth.User, organisation bool) error
}

// overBudget asks its user to sign in again.
type overBudget struct{ access.Overspent }

func (overBudget) Error() string { return "over budget" }

// spend counts that u is about to search, or, of a patient, to open a record.
// Beyond what is usual it is an error that has u sign in again.
func (s *Server) spend(c echo.Context, u auth.User, patient nhs.Number) error {
	if s.Spending == nil || !patient.IsZero() && s.opened.lately(u.Session+c.Param("ref"), s.Now()) {
		return nil
	}
	ctx := c.Request().Context()
	err := s.Spending.Spend(ctx, u, patient, func(spent access.Spent) error {
		if over := s.Budgets.Over(spent, patient.IsZero(), u.AuthTime, s.Now()); !over.IsZero() {
			return overBudget{over}
		}
		return nil
	})
	over, ok := errors.AsType[overBudget](err)
	if !ok {
		if err == nil && !patient.IsZero() {
			s.opened.note(u.Session+c.Param("ref"), s.Now())
		}
		return err
	}
	if err := s.Trail.OverBudget(ctx, u, patient, over.Overspent); err != nil {
		return err
	}
	if !over.Told {
		err = errors.Join(err, s.Spending.Alerted(ctx, u, over.Organisation))
	}
	return err
}

// askToSignIn answers somebody who looked for more people than is usual. What
// they typed comes back once they have signed in.
func (s *Server) askToSignIn(c echo.Context) {
	u, _ := c.Get(userKey).(auth.User)
	path := s.formPage(c)
	if ref := c.Param("ref"); path == "/" && ref != "" {
		path = "/record/" + ref
	}
	kept, err := s.keep(c, u.Issuer, u.Subject)
	if err != nil {
		s.Log.Error("a form could not be kept", "err", err)
	}
	s.mustRender(c, http.StatusForbidden, views.Problem(views.ProblemPage{
		Frame: s.frame(c), Heading: "Sign in again to continue",
		Advice: "You, or everybody at your organisation together, looked for more patients in the last hour than is usual. Nobody is locked out: sign in again to show that it is you, and carry on where you were. The privacy officer is told.",
		Link:   "/account/again?" + url.Values{"return": {withKept(path, kept)}}.Encode(), LinkText: "Sign in again",
	}))
}

// recently is what was counted lately by this process, so that the pages of
// one look are counted once.
type recently struct {
	mu sync.Mutex
	at map[string]time.Time
}

// How long what was counted is not counted again, and how much of it is kept.
const (
	countedFor  = 10 * time.Minute
	mostCounted = 20_000
)

// lately reports whether key was asked about within countedFor.
func (r *recently) lately(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Sub(r.at[key]) < countedFor
}

// note notes that key was counted.
func (r *recently) note(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil || len(r.at) >= mostCounted {
		r.at = map[string]time.Time{}
	}
	r.at[key] = now
}
