package objection_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.org/icr/care/objection"
	"github.com/google/uuid"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var officers = []objection.Officer{{Issuer: "i", Subject: "1"}, {Issuer: "i", Subject: "2"}, {Issuer: "j", Subject: "1"}}

// with is c after an act, as the store has it.
func with(c objection.Case, a objection.Act) objection.Case {
	changes := a.Changes(c)
	c.Acts = append(slices.Clone(c.Acts), a)
	switch {
	case !changes || a.Kind == objection.Withdraw:
	case a.Kind == objection.Confirm:
		ground, _ := c.Form.Ground(c.Patient().Born, objection.DayOf(a.At))
		c.Objection = &objection.Objection{ID: c.ID, State: a.State, Ground: ground, Steps: 1}
	default:
		o := *c.Objection
		o.State, o.Steps = a.State, o.Steps+1
		c.Objection = &o
	}
	return c
}

func caseOf(f objection.Form) objection.Case {
	return objection.Case{ID: uuid.Must(uuid.NewV7()), Reference: "R", Form: &f, Acts: []objection.Act{{N: 1, Kind: objection.Receive, State: objection.Received}}}
}

var kinds = []objection.Kind{
	objection.Trace, objection.Refer, objection.Judge, objection.Confirm, objection.Uphold, objection.Refuse, objection.Agree, objection.Withdraw,
	objection.ProposeError, objection.RejectError, objection.RecordError, objection.Reask, objection.Note,
}

// model is what the rules of the design come to, said once more and otherwise:
// what is in force follows from the acts that were taken and nothing else.
type model struct {
	traced, judged, inForce, over bool
	proposer                      *objection.Officer
}

func (m *model) take(a objection.Act) {
	switch a.Kind {
	case objection.Trace:
		m.traced = true
	case objection.Judge:
		m.judged = a.Competent
	case objection.Confirm:
		m.inForce = true
	case objection.Refuse, objection.RecordError:
		m.inForce, m.over = false, true
	case objection.ProposeError:
		m.proposer = &a.By
	}
}

// In whatever order officers try whatever they may, an objection is in force
// exactly from the confirmation until a refusal, or until a second officer
// finds it an error; and what is written is never rewritten.
func TestP3_InForceExactlyWhenTheRulesSay(t *testing.T) {
	reached := map[objection.State]int{}
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := whole(t)
		if seed%2 == 1 {
			f.Asks, f.Patient.Born = objection.YoungPerson, day(t, "2012-06-01")
		}
		c, m := caseOf(f), model{}
		for range 12 {
			a := objection.Act{
				Kind: kinds[r.IntN(len(kinds))], By: officers[r.IntN(3)], Words: "x", Apart: r.IntN(8) > 0, Competent: r.IntN(2) == 0,
				Evidence: []objection.Evidence{"passport"}, Traced: &objection.Traced{Patient: f.Patient},
			}
			before := slices.Clone(c.Acts)
			taken, err := objection.Rules{TwoToWithdraw: true}.Take(c, a, now)
			if err == nil {
				c = with(c, taken)
				m.take(taken)
			}
			if !slices.EqualFunc(before, c.Acts[:len(before)], func(a, b objection.Act) bool { return reflect.DeepEqual(a, b) }) {
				t.Fatalf("seed %d: history was rewritten", seed)
			}
			if c.InForce() != m.inForce || m.over && c.InForce() {
				t.Fatalf("seed %d: after %s by %s (%v) in force is %t", seed, a.Kind, a.By.Subject, err, c.InForce())
			}
			if err == nil && a.Kind == objection.Confirm && (!m.traced || seed%2 == 1 && !m.judged) {
				t.Fatalf("seed %d: confirmed without a trace or a judgement", seed)
			}
			if err == nil && a.Kind == objection.RecordError && m.proposer.Same(a.By) {
				t.Fatalf("seed %d: one officer alone recorded an error", seed)
			}
			if err == nil && !a.Apart && !slices.Contains([]objection.Kind{objection.Trace, objection.Refer, objection.Note}, a.Kind) {
				t.Fatalf("seed %d: %s by somebody who may be a relative", seed, a.Kind)
			}
			if slices.Contains(objection.Rules{TwoToWithdraw: true}.Open(c, objection.DayOf(now)), objection.Agree) {
				t.Fatalf("seed %d: an objection can be agreed to be withdrawn without a form", seed)
			}
		}
		reached[c.State()]++
	}
	for _, s := range []objection.State{objection.Received, objection.IdentityConfirmed, objection.Upheld, objection.Refused, objection.RecordedInError} {
		if reached[s] == 0 {
			t.Errorf("no history came to %s: %v", s, reached)
		}
	}
}

// One officer with two sign-ins is one.
func TestP3_TwoOfficersAreTwoPeople(t *testing.T) {
	one := objection.Officer{Issuer: "i", Subject: "1", StaffID: "555021935107"}
	for _, test := range []struct {
		other objection.Officer
		same  bool
	}{
		{objection.Officer{Issuer: "i", Subject: "1"}, true},
		{objection.Officer{Issuer: "j", Subject: "9", StaffID: one.StaffID}, true},
		{objection.Officer{Issuer: "j", Subject: "1", StaffID: "555021935108"}, false},
		{objection.Officer{Issuer: "j", Subject: "1"}, false},
	} {
		if one.Same(test.other) != test.same {
			t.Errorf("%+v: %v", test.other, !test.same)
		}
	}
	nobody := objection.Officer{Issuer: "i", Subject: "2"}
	if nobody.Same(objection.Officer{Issuer: "i", Subject: "3"}) {
		t.Error("two without a staff id are one")
	}
}

func act(kind objection.Kind, by int) objection.Act {
	return objection.Act{Kind: kind, By: officers[by], Words: "because", Apart: true}
}

// confirmed is a case whose identity is confirmed.
func confirmed(t *testing.T, f objection.Form, evidence ...objection.Evidence) objection.Case {
	t.Helper()
	c := caseOf(f)
	trace, confirm := act(objection.Trace, 0), act(objection.Confirm, 0)
	trace.Traced, confirm.Evidence = &objection.Traced{Patient: f.Patient}, append(evidence, "passport")
	for _, a := range []objection.Act{trace, confirm} {
		taken, err := objection.Rules{}.Take(c, a, now)
		if err != nil {
			t.Fatal(err)
		}
		c = with(c, taken)
	}
	return c
}

func TestEvidenceThatIsOwed(t *testing.T) {
	parent := objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Parental}
	proxy := objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Deputy}
	for name, test := range map[string]struct {
		asks     objection.Asks
		who      objection.Applicant
		born     string
		evidence []objection.Evidence
		want     error
	}{
		"own":                     {objection.Oneself, objection.Applicant{}, "1980-01-01", []objection.Evidence{"passport"}, nil},
		"own, unseen":             {objection.Oneself, objection.Applicant{}, "1980-01-01", nil, objection.ErrEvidence},
		"own, only authority":     {objection.Oneself, objection.Applicant{}, "1980-01-01", []objection.Evidence{"deputy-order"}, objection.ErrEvidence},
		"16 today":                {objection.YoungPerson, objection.Applicant{}, "2010-11-22", []objection.Evidence{"passport"}, nil},
		"16 tomorrow":             {objection.YoungPerson, objection.Applicant{}, "2010-11-23", []objection.Evidence{"passport"}, objection.ErrCompetence},
		"parent":                  {objection.Child, parent, "2020-01-01", []objection.Evidence{"passport", "full-birth-certificate"}, nil},
		"parent, unseen":          {objection.Child, parent, "2020-01-01", []objection.Evidence{"passport"}, objection.ErrEvidence},
		"parent of 16":            {objection.YoungPerson, parent, "2010-11-22", []objection.Evidence{"passport", "parental-order"}, objection.ErrOfAge},
		"child alone":             {objection.YoungPerson, objection.Applicant{}, "2013-11-23", []objection.Evidence{"passport"}, objection.ErrParentNeeded},
		"deputy":                  {objection.Authority, proxy, "1940-01-01", []objection.Evidence{"passport", "deputy-order"}, nil},
		"deputy, unseen":          {objection.Authority, proxy, "1940-01-01", []objection.Evidence{"passport"}, objection.ErrEvidence},
		"deputy, parent's papers": {objection.Authority, proxy, "1940-01-01", []objection.Evidence{"passport", "parental-order"}, objection.ErrEvidence},
	} {
		f := whole(t)
		f.Asks, f.Applicant, f.Patient.Born = test.asks, test.who, day(t, test.born)
		c := caseOf(f)
		trace, confirm := act(objection.Trace, 0), act(objection.Confirm, 0)
		trace.Traced, confirm.Evidence = &objection.Traced{Patient: f.Patient}, test.evidence
		if _, err := (objection.Rules{}).Take(c, confirm, now); !errors.Is(err, objection.ErrAct) {
			t.Errorf("%s: confirmed untraced: %v", name, err)
		}
		taken, err := objection.Rules{}.Take(c, trace, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (objection.Rules{}).Take(with(c, taken), confirm, now); !errors.Is(err, test.want) || err == nil && test.want != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// A parent cannot undo what a young person who may decide has decided; whoever
// objected, the person can undo it.
func TestWhoMayWithdraw(t *testing.T) {
	parent := objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Parental}
	held := func(g objection.Ground) objection.Objection {
		return objection.Objection{ID: uuid.Must(uuid.NewV7()), State: objection.Upheld, Ground: g, Steps: 2}
	}
	for name, test := range map[string]struct {
		who  objection.Applicant
		born string
		held objection.Ground
		want error
	}{
		"a parent their own":           {parent, "2012-01-01", objection.ByParent, nil},
		"a parent the child's":         {parent, "2012-01-01", objection.Competent, objection.ErrOwnWish},
		"a parent of nobody knows":     {parent, "2012-01-01", "", objection.ErrOwnWish},
		"a parent of a child's":        {parent, "2020-01-01", "", nil},
		"oneself one's own":            {objection.Applicant{}, "1980-01-01", objection.Own, nil},
		"oneself one's parent's":       {objection.Applicant{}, "2010-11-22", objection.ByParent, nil},
		"oneself of a register":        {objection.Applicant{}, "1980-01-01", "", nil},
		"oneself what is not in force": {objection.Applicant{}, "1980-01-01", "none", objection.ErrNothing},
	} {
		f := whole(t)
		f.Wants, f.Asks, f.Applicant, f.Patient.Born = objection.ToWithdraw, objection.Oneself, test.who, day(t, test.born)
		if !test.who.IsZero() {
			f.Asks = objection.YoungPerson
		}
		c := confirmed(t, f, "parental-order")
		o := held(test.held)
		if test.held == "none" {
			o.State = objection.Refused
		}
		taken, err := objection.Rules{}.Take(c, act(objection.Withdraw, 0), now, o)
		if !errors.Is(err, test.want) || err == nil && (test.want != nil || len(taken.Lifts) != 1 || taken.Lifts[0].Steps != 2 || taken.State != objection.Withdrawn) {
			t.Errorf("%s: %+v, %v", name, taken, err)
		}
	}
}

func TestWithdrawalByTwo(t *testing.T) {
	f := whole(t)
	f.Wants = objection.ToWithdraw
	c, o := confirmed(t, f), objection.Objection{ID: uuid.Must(uuid.NewV7()), State: objection.Upheld}
	two := objection.Rules{TwoToWithdraw: true}
	if _, err := two.Take(c, act(objection.Withdraw, 0), now, o); !errors.Is(err, objection.ErrAct) {
		t.Errorf("unagreed: %v", err)
	}
	agreed, err := two.Take(c, act(objection.Agree, 0), now, o)
	if err != nil || agreed.Lifts != nil || agreed.State != objection.IdentityConfirmed {
		t.Fatalf("agreed: %+v, %v", agreed, err)
	}
	c = with(c, agreed)
	if _, err := two.Take(c, act(objection.Withdraw, 0), now, o); !errors.Is(err, objection.ErrTwoPeople) {
		t.Errorf("the same officer: %v", err)
	}
	if done, err := two.Take(c, act(objection.Withdraw, 2), now, o); err != nil || len(done.Lifts) != 1 {
		t.Errorf("a second officer: %+v, %v", done, err)
	}
}

// Nobody decides what is their own, under whatever number, nor what they do not
// declare to be no relative's; and every decision has its reasons.
func TestNobodyDecidesTheirOwn(t *testing.T) {
	f := whole(t)
	f.Patient.Number = number(t, "9990000018")
	c := caseOf(f)
	trace := act(objection.Trace, 0)
	trace.Traced = &objection.Traced{Patient: f.Patient}
	trace.Traced.Former = append(trace.Traced.Former, number(t, "9990000034"))
	taken, err := objection.Rules{}.Take(c, trace, now)
	if err != nil {
		t.Fatal(err)
	}
	c = with(c, taken)
	for _, own := range []string{"9990000018", "9990000034"} {
		a := act(objection.Note, 0)
		a.By.Number = number(t, own)
		if _, err := (objection.Rules{}).Take(c, a, now); !errors.Is(err, objection.ErrTheirOwn) {
			t.Errorf("%v", err)
		}
	}
	for name, test := range map[string]struct {
		change func(*objection.Act)
		want   error
	}{
		"undeclared": {func(a *objection.Act) { a.Apart = false }, objection.ErrApart},
		"wordless":   {func(a *objection.Act) { a.Words = " \n" }, objection.ErrWords},
		"endless":    {func(a *objection.Act) { a.Words = string(make([]byte, 2001)) }, objection.ErrLong},
		"whole":      {func(*objection.Act) {}, nil},
	} {
		a := act(objection.Refuse, 0)
		test.change(&a)
		if taken, err := (objection.Rules{}).Take(c, a, now); !errors.Is(err, test.want) || err == nil && taken.State != objection.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A parent's objection stays in force past 16, is asked about once, and is the
// person's own from then on.
func TestAParentsObjectionIsAskedAgainAt16(t *testing.T) {
	f := whole(t)
	f.Asks, f.Applicant, f.Patient.Born = objection.YoungPerson, objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Parental}, day(t, "2011-11-22")
	c := confirmed(t, f, "parental-order")
	at16 := now.AddDate(1, 0, 0)
	if c.DueAgain(objection.DayOf(at16.AddDate(0, 0, -1))) || !c.DueAgain(objection.DayOf(at16)) || !c.InForce() {
		t.Error("it is not asked about on the 16th birthday")
	}
	if _, err := (objection.Rules{}).Take(c, act(objection.Reask, 0), now); !errors.Is(err, objection.ErrAct) {
		t.Errorf("before: %v", err)
	}
	taken, err := objection.Rules{}.Take(c, act(objection.Reask, 0), at16)
	if err != nil {
		t.Fatal(err)
	}
	c = with(c, taken)
	if g, err := c.Ground(objection.DayOf(at16)); c.DueAgain(objection.DayOf(at16)) || !c.InForce() || g != objection.Own || err != nil {
		t.Errorf("afterwards: %v, %v", g, err)
	}
}

// What is to be done next stands first.
func TestWhatIsNext(t *testing.T) {
	f := whole(t)
	f.Asks, f.Patient.Born = objection.YoungPerson, day(t, "2012-06-01")
	c := caseOf(f)
	trace, judge := act(objection.Trace, 0), act(objection.Judge, 0)
	trace.Traced, judge.Competent = &objection.Traced{Patient: f.Patient}, true
	for _, a := range []objection.Act{trace, act(objection.Refer, 0), judge, act(objection.Confirm, 0), act(objection.Uphold, 0)} {
		if open := (objection.Rules{}).Open(c, objection.DayOf(now)); open[0] != a.Kind {
			t.Errorf("first of %v, want %s", open, a.Kind)
		}
		a.Evidence = []objection.Evidence{"passport"}
		taken, err := objection.Rules{}.Take(c, a, now)
		if err != nil {
			t.Fatal(err)
		}
		c = with(c, taken)
	}
	if open := (objection.Rules{}).Open(c, objection.DayOf(now)); open[0] != objection.ProposeError || len(open) != 2 {
		t.Errorf("at the end %v", open)
	}
}
