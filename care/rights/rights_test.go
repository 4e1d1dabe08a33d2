package rights_test

import (
	"errors"
	"slices"
	"testing"

	"example.org/icr/care/objection"
	"example.org/icr/care/rights"
)

func day(s string) objection.Day {
	d, err := objection.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestDeadlinesOfRequests(t *testing.T) {
	for _, test := range []struct{ received, due, extended string }{
		{"2026-11-22", "2026-12-22", "2027-02-22"},
		{"2026-01-31", "2026-02-28", "2026-04-30"},
		{"2027-11-30", "2027-12-30", "2028-02-29"},
		{"2026-06-30", "2026-07-30", "2026-09-30"},
	} {
		r := rights.Request{Kind: rights.Access, Received: day(test.received)}
		if got := r.Due().String(); got != test.due {
			t.Errorf("received %s: due %s, want %s", test.received, got, test.due)
		}
		r.Steps = []rights.Step{{Act: rights.Extended}}
		if got := r.Due().String(); got != test.extended {
			t.Errorf("received %s: extended to %s, want %s", test.received, got, test.extended)
		}
	}
}

func TestWhatMayBeDoneAboutARequest(t *testing.T) {
	access := rights.Request{Kind: rights.Access, Received: day("2026-11-22")}
	correction := rights.Request{Kind: rights.Correction, Received: day("2026-11-22")}
	extended, answered := access, access
	extended.Steps = []rights.Step{{Act: rights.Extended}}
	answered.Steps = []rights.Step{{Act: rights.Answered}}
	for name, test := range map[string]struct {
		r    rights.Request
		act  rights.Act
		on   string
		want error
	}{
		"extended on the last day":  {access, rights.Extended, "2026-12-22", nil},
		"extended the day after":    {access, rights.Extended, "2026-12-23", rights.ErrLate},
		"extended twice":            {extended, rights.Extended, "2026-12-01", rights.ErrLate},
		"answered twice":            {answered, rights.Answered, "2026-12-01", rights.ErrAnswered},
		"a note afterwards":         {answered, rights.Noted, "2026-12-01", nil},
		"an access passed on":       {access, rights.Passed, "2026-12-01", rights.ErrKind},
		"a correction passed on":    {correction, rights.Passed, "2026-12-01", nil},
		"answered late is answered": {access, rights.Answered, "2027-12-01", nil},
	} {
		if err := test.r.May(test.act, day(test.on)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := correction.Possible(day("2027-01-01")); !slices.Equal(got, []rights.Act{rights.Noted, rights.Passed, rights.Answered}) {
		t.Errorf("%v", got)
	}
}
