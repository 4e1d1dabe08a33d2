package record_test

import (
	"testing"

	"example.org/icr/care/record"
)

// What is not to be given is told beside whatever lists it as current, though the
// same source does.
func TestP4_WhatIsForbiddenIsAConflictWhoeverListsItStill(t *testing.T) {
	gp := contribution("A01", takes("Warfarin 3mg tablets", "One daily"))
	ward := contribution("B01", takes("Warfarin 3mg tablets", "One daily"), made(record.Medications, "Warfarin 3mg tablets", "2026-03-02", asserting(record.Forbidden)))
	for name, c := range map[string][]record.Contribution{"two sources": {gp, ward}, "one source": {ward}} {
		if r := record.Merge(c); len(r.Conflicts) != 1 {
			t.Errorf("%s: %d conflicts", name, len(r.Conflicts))
		}
	}
}

// An instruction makes no other dose of it; that it is taken as required, how
// much it is and the most of it do.
func TestWhatStandsBesideADose(t *testing.T) {
	for _, p := range []struct{ a, b, want string }{
		{"One twice daily – also: as needed", "One twice daily", "conflict"},
		{"One in the morning – also: 20 mg", "One in the morning – also: 40 mg", "conflict"},
		{"One in the morning – also: 20 mg", "One in the morning", "possibly the same"},
		{"Two when required – also: at most 8 / 24 h", "Two when required – also: at most 4 / 24 h", "conflict"},
		{"One daily – also: Stop on 1 March", "One daily", "possibly the same"},
		{"10 mg every four hours – also: as needed; and 20 mg twice a day", "10 mg every four hours; 20 mg twice a day", "conflict"},
	} {
		if got := verdict(takes("Furosemide", p.a), takes("Furosemide", p.b)); string(got) != p.want {
			t.Errorf("%s | %s: %s, want %s", p.a, p.b, got, p.want)
		}
	}
}
