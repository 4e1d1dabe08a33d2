package objection_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
)

func TestHandlingAPossibleObjection(t *testing.T) {
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	p := objection.Possible{Patient: number, Evidence: objection.LocalDissent}
	officer := objection.Officer{Name: "O"}
	for name, test := range map[string]struct {
		p     objection.Possible
		o     objection.Outcome
		words string
		by    objection.Officer
		held  bool
		want  error
	}{
		"stands":               {p, objection.Stands, "Asked by letter", officer, false, nil},
		"objects":              {p, objection.Objects, "Form received", officer, true, nil},
		"objects, without one": {p, objection.Objects, "Form received", officer, false, objection.ErrUnrecorded},
		"no outcome":           {p, "", "words", officer, true, objection.ErrOutcome},
		"another outcome":      {p, "maybe", "words", officer, true, objection.ErrOutcome},
		"no words":             {p, objection.Stands, "", officer, true, objection.ErrWords},
		"too many words":       {p, objection.Stands, strings.Repeat("x", 2001), officer, true, objection.ErrLong},
		"the officer's own":    {p, objection.DoesNotStand, "mine", objection.Officer{Number: number}, true, objection.ErrTheirOwn},
		"handled already":      {objection.Possible{Patient: number, Outcome: objection.Stands}, objection.DoesNotStand, "words", officer, true, objection.ErrHandled},
	} {
		got, err := test.p.Handle(test.o, test.words, test.by, test.held, time.Now())
		if !errors.Is(err, test.want) || err == nil && (got.Outcome != test.o || got.HandledBy != "O" || got.HandledAt.IsZero()) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for outcome, withholds := range map[objection.Outcome]bool{"": true, objection.Stands: true, objection.Objects: true, objection.DoesNotStand: false} {
		if outcome.Withholds() != withholds {
			t.Errorf("%q", outcome)
		}
	}
}
