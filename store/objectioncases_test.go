package store_test

import (
	"errors"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
)

var (
	first  = auth.User{Identity: auth.Identity{Issuer: "i", Subject: "1"}, Post: auth.Post{Role: auth.ObjectionsOfficer, Organisation: "QWU"}, Name: "First"}
	second = auth.User{Identity: auth.Identity{Issuer: "i", Subject: "2"}, Post: auth.Post{Role: auth.ObjectionsOfficer, Organisation: "QWU"}, Name: "Second"}
)

// received is the case of a form that has just been received.
func (w world) received(t testing.TB, f objection.Form) objection.Case {
	t.Helper()
	reference, err := w.ReceiveForm(t.Context(), f, received())
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.CaseNamed(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	return w.again(t, objection.Case{ID: id})
}

// again is a case as it stands now.
func (w world) again(t testing.TB, c objection.Case) objection.Case {
	t.Helper()
	now, err := w.Case(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// act has u do something with c, and returns how it stands then.
func (w world) act(t testing.TB, c objection.Case, u auth.User, a objection.Act) objection.Case {
	t.Helper()
	if err := w.try(t, c, u, a); err != nil {
		t.Fatalf("%s: %v", a.Kind, err)
	}
	return w.again(t, c)
}

func (w world) try(t testing.TB, c objection.Case, u auth.User, a objection.Act) error {
	t.Helper()
	held, err := w.ObjectionsOf(t.Context(), c.Patient().Number)
	if err != nil {
		t.Fatal(err)
	}
	a.Apart, a.Words, a.By = true, "because", objection.Officer{Issuer: u.Issuer, Subject: u.Subject, StaffID: u.StaffID}
	a, err = objection.Rules{TwoToWithdraw: true}.Take(c, a, time.Now(), held...)
	if err != nil {
		return err
	}
	return w.Act(t.Context(), c, a, audit.NewEvent(audit.FormHandled, u, time.Now()))
}

func traced(f objection.Form) objection.Act {
	return objection.Act{Kind: objection.Trace, Traced: &objection.Traced{Patient: f.Patient, Differs: []string{"given name"}}}
}

var confirmed = objection.Act{Kind: objection.Confirm, Evidence: []objection.Evidence{"passport"}}

func (w world) inForce(t testing.TB, n int) bool {
	t.Helper()
	f, err := w.Facts(t.Context(), access.Request{Person: adult(number(t, n))})
	if err != nil {
		t.Fatal(err)
	}
	return f.Objection != access.NoObjection
}

// A form is in force from the moment that its identity is confirmed, until two
// officers have withdrawn it at the person's own wish, and under every number.
func TestP3_AFormFromReceiptToWithdrawal(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 2))
	p.Superseded, p.FetchedAt = append(p.Superseded, number(t, 1)), time.Now()
	if err := w.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	f := formOf(t)
	c := w.received(t, f)
	c = w.act(t, c, first, traced(f))
	if w.inForce(t, 1) || c.Traced().Differs[0] != "given name" || c.Form.Patient != f.Patient || c.Acts[1].By.Name != "First" {
		t.Fatalf("before identity is confirmed: %+v", c)
	}
	stale := c
	c = w.act(t, c, first, confirmed)
	if !w.inForce(t, 1) || !w.inForce(t, 2) || !c.InForce() || c.Objection.Ground != objection.Own || c.Acts[2].Evidence[0] != "passport" {
		t.Fatalf("identity confirmed, and not in force: %+v", c.Objection)
	}
	if err := w.try(t, stale, second, confirmed); !errors.Is(err, objection.ErrChanged) {
		t.Errorf("confirmed twice: %v", err)
	}
	c = w.act(t, c, first, objection.Act{Kind: objection.Uphold})

	f.Wants, f.Patient.Number = objection.ToWithdraw, number(t, 2)
	back := w.received(t, f)
	back = w.act(t, back, first, traced(f))
	back = w.act(t, back, first, confirmed)
	back = w.act(t, back, first, objection.Act{Kind: objection.Agree})
	if !w.inForce(t, 1) || back.Objection != nil {
		t.Error("one officer has ended it")
	}
	open := w.cases(t, objection.Query{Open: true})
	if len(open) != 1 || open[0].ID != back.ID || open[0].Waits != objection.Agree {
		t.Errorf("the queue has %+v", open)
	}
	if err := w.try(t, back, first, objection.Act{Kind: objection.Withdraw}); !errors.Is(err, objection.ErrTwoPeople) {
		t.Errorf("by one officer: %v", err)
	}
	back = w.act(t, back, second, objection.Act{Kind: objection.Withdraw})
	c = w.again(t, c)
	if w.inForce(t, 1) || w.inForce(t, 2) || c.State() != objection.Withdrawn || back.State() != objection.Withdrawn || len(c.Steps) != 3 || c.Steps[2].Cause != back.Reference {
		t.Errorf("withdrawn: %+v", c.Steps)
	}
	if of, err := w.CasesOf(t.Context(), objection.DayOf(time.Now()), number(t, 2)); err != nil || len(of) != 2 {
		t.Errorf("of the person are %+v, %v", of, err)
	}
	if open := w.cases(t, objection.Query{Open: true}); len(open) != 0 {
		t.Errorf("open are %+v", open)
	}
	if all := w.cases(t, objection.Query{}); len(all) != 2 || all[0].ID != back.ID {
		t.Errorf("all are %+v", all)
	}
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM audit.event WHERE kind = 'form-handled'`); n != 7 || err != nil {
		t.Errorf("%d on the trail, %v", n, err)
	}
}

func (w world) cases(t testing.TB, q objection.Query) []objection.Head {
	t.Helper()
	q.Today, q.Limit = objection.DayOf(time.Now()), 10
	heads, err := w.Cases(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return heads
}

// What puts a form in force waits for every page that is being disclosed.
func TestP3_ConfirmingWaitsForPages(t *testing.T) {
	w := newWorld(t)
	f := formOf(t)
	c := w.act(t, w.received(t, f), first, traced(f))
	looking, goOn, shown := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		shown <- w.AppendIf(t.Context(), access.Request{User: w.nurse, Person: adult(number(t, 5))}, func(access.Facts) (audit.Ready, error) {
			close(looking)
			<-goOn
			return audit.NewEvent(audit.Disclosed, w.nurse, time.Now()).Ready()
		}, nil)
	}()
	<-looking
	done := make(chan error, 1)
	go func() { done <- w.try(t, c, first, confirmed) }()
	select {
	case err := <-done:
		t.Error("identity was confirmed while a page was being disclosed")
		done <- err
	case <-time.After(200 * time.Millisecond):
	}
	close(goOn)
	if err := errors.Join(<-shown, <-done); err != nil || !w.inForce(t, 1) {
		t.Errorf("not in force: %v", err)
	}
}

// Two officers end an objection that was recorded in error, one that came
// without a form too; the safety officers are told, and it is on the trail.
func TestRecordedInErrorIsASafetyEvent(t *testing.T) {
	w := newWorld(t)
	w.object(t, t.Context(), number(t, 1), objection.Upheld)
	of, err := w.ObjectionsOf(t.Context(), number(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	c := w.again(t, objection.Case{ID: of[0].ID})
	c = w.act(t, c, first, objection.Act{Kind: objection.ProposeError})
	if open := w.cases(t, objection.Query{Open: true}); !w.inForce(t, 1) || len(open) != 1 || open[0].Waits != objection.ProposeError {
		t.Errorf("proposed: %+v", open)
	}
	if err := w.try(t, c, first, objection.Act{Kind: objection.RecordError}); !errors.Is(err, objection.ErrTwoPeople) {
		t.Errorf("by one officer: %v", err)
	}
	w.act(t, c, second, objection.Act{Kind: objection.RecordError})
	if w.inForce(t, 1) {
		t.Error("it is in force still")
	}
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM safety.item WHERE kind = 'objection-error'`); n != 1 || err != nil {
		t.Errorf("%d raised, %v", n, err)
	}
}
