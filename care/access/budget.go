package access

import (
	"fmt"
	"time"
)

// Budget is how many searches, and how many patients opened, are usual within
// an hour. Nobody is locked out who goes beyond it: they sign in again, and the
// privacy officers are told. Zero is no limit.
type Budget struct{ Searches, Patients int }

// BudgetFor is the time that a Budget is for.
const BudgetFor = time.Hour

// Budgets are what is usual for one member of staff, and for all of one
// organisation together.
type Budgets struct{ User, Organisation Budget }

// UsualBudgets are the budgets where configuration names none.
var UsualBudgets = Budgets{User: Budget{100, 60}, Organisation: Budget{6000, 4000}}

// Spent is what was done within the last BudgetFor: by the user, and of that
// only what they did since they last signed in, and by everybody of the
// organisation that they act for.
type Spent struct {
	User, Organisation         Budget
	UserTold, OrganisationTold bool // the privacy officers are alerted already
}

// Overspent is a budget that a search or an opening would go beyond. The zero
// Overspent is none.
type Overspent struct {
	Organisation bool // the organisation's, not the user's own
	Told         bool
	Words        string // for the privacy officers
}

// Over returns the budget that one more search, or one more patient, would go
// beyond. The organisation's counts only for somebody who did not sign in
// within BudgetFor: they cannot know what their colleagues do, and one sign-in
// must do.
func (b Budgets) Over(s Spent, search bool, signedIn, now time.Time) Overspent {
	of, done, allowed := "patients opened", s.User.Patients, b.User.Patients
	all, most := s.Organisation.Patients, b.Organisation.Patients
	if search {
		of, done, allowed = "searches", s.User.Searches, b.User.Searches
		all, most = s.Organisation.Searches, b.Organisation.Searches
	}
	switch {
	case allowed > 0 && done >= allowed:
		return Overspent{Told: s.UserTold, Words: fmt.Sprintf("more than %d %s within an hour", allowed, of)}
	case most > 0 && all >= most && now.Sub(signedIn) >= BudgetFor:
		return Overspent{Organisation: true, Told: s.OrganisationTold, Words: fmt.Sprintf("more than %d %s within an hour by the whole organisation", most, of)}
	}
	return Overspent{}
}

// IsZero reports whether no budget is overspent.
func (o Overspent) IsZero() bool { return o.Words == "" }
