package access_test

import (
	"testing"
	"time"

	"example.org/icr/care/access"
)

func TestBudgets(t *testing.T) {
	budgets := access.Budgets{User: access.Budget{Searches: 3, Patients: 2}, Organisation: access.Budget{Searches: 10, Patients: 8}}
	of := func(searches, patients, allSearches, allPatients int) access.Spent {
		return access.Spent{User: access.Budget{Searches: searches, Patients: patients}, Organisation: access.Budget{Searches: allSearches, Patients: allPatients}}
	}
	told := of(3, 2, 3, 2)
	told.UserTold = true
	for _, test := range []struct {
		name   string
		spent  access.Spent
		search bool
		signed time.Duration
		want   access.Overspent
	}{
		{"the last search", of(2, 9, 2, 0), true, 2 * time.Hour, access.Overspent{}},
		{"one search more", of(3, 0, 3, 0), true, 2 * time.Hour, access.Overspent{Words: "more than 3 searches within an hour"}},
		{"however fresh the sign-in", of(3, 0, 3, 0), true, 0, access.Overspent{Words: "more than 3 searches within an hour"}},
		{"the last patient", of(9, 1, 9, 1), false, 2 * time.Hour, access.Overspent{}},
		{"one patient more", of(0, 2, 0, 2), false, 2 * time.Hour, access.Overspent{Words: "more than 2 patients opened within an hour"}},
		{"told already", told, false, 2 * time.Hour, access.Overspent{Told: true, Words: "more than 2 patients opened within an hour"}},
		{"the organisation's searches", of(0, 0, 10, 0), true, time.Hour, access.Overspent{Organisation: true, Words: "more than 10 searches within an hour by the whole organisation"}},
		{"the organisation's patients", of(0, 0, 0, 8), false, time.Hour, access.Overspent{Organisation: true, Words: "more than 8 patients opened within an hour by the whole organisation"}},
		{"the organisation's, after a sign-in", of(0, 0, 10, 8), true, time.Hour - 1, access.Overspent{}},
	} {
		if got := budgets.Over(test.spent, test.search, now.Add(-test.signed), now); got != test.want {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
	if got := (access.Budgets{}).Over(of(1e6, 1e6, 1e6, 1e6), true, time.Time{}, now); !got.IsZero() {
		t.Errorf("without budgets: %+v", got)
	}
}
