package audit_test

import (
	"slices"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
)

func TestAccesses(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	got := audit.Accesses([]audit.Event{
		{Kind: audit.Printed, Look: "A", At: at(9), Rule: access.HasGround, Sections: []record.Section{record.Allergies}},
		{Kind: audit.Disclosed, Look: "B", At: at(8), Rule: access.HasGround},
		{Kind: audit.Listed, Look: "", At: at(7)},
		{Kind: audit.Disclosed, Look: "A", At: at(6), Rule: access.GlassBroken, Sections: []record.Section{record.Problems, record.Allergies}},
		{Kind: audit.Opened, Look: "A", At: at(5)},
		{Kind: audit.DocumentShown, At: at(4)},
		{Kind: audit.DocumentShown, At: at(3)},
	})
	if len(got) != 4 {
		t.Fatalf("%d looks, want 4", len(got))
	}
	a := got[0]
	if !a.From.Equal(at(6)) || !a.To.Equal(at(9)) || !a.Emergency() || len(a.Events) != 2 ||
		!slices.Equal(a.Kinds, []audit.Kind{audit.Printed, audit.Disclosed}) || !slices.Equal(a.Sections, []record.Section{record.Allergies, record.Problems}) {
		t.Errorf("the first look: %+v", a)
	}
	if got[1].Emergency() || len(got[2].Events) != 1 || len(got[3].Events) != 1 {
		t.Error("looks that are not the same are one")
	}
}
