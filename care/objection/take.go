package objection

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The reasons why an officer may not do something now.
var (
	ErrChanged    = errors.New("somebody else has done something with this form meanwhile")
	ErrAct        = errors.New("this cannot be done with the form as it stands")
	ErrTwoPeople  = errors.New("a second officer must do this, not the one who proposed it")
	ErrApart      = errors.New("say that the form is neither your own nor a relative’s; if it is, another officer must deal with it")
	ErrTheirOwn   = errors.New("this is about you: another officer must deal with it")
	ErrWords      = errors.New("say why")
	ErrLong       = errors.New("write at most 2,000 characters that can be printed")
	ErrUntraced   = errors.New("look the person up in the demographics service first")
	ErrEvidence   = errors.New("select what you have seen as evidence")
	ErrCompetence = errors.New("a professional must first have judged that the young person is competent")
	ErrOwnWish    = errors.New("this is the young person’s own objection: somebody with parental responsibility cannot withdraw it")
	ErrNothing    = errors.New("no objection of this person’s is in force")
)

// Rules are the choices that a programme makes about objections.
type Rules struct {
	TwoToWithdraw bool // a second officer must agree to a withdrawal
}

// Take is a as it is taken with c at a time, with its number and the state that
// it leads to, or the reason why it cannot be. For the last act of a
// withdrawal, held are the objections of the person, under whatever number.
func (r Rules) Take(c Case, a Act, at time.Time, held ...Objection) (Act, error) {
	if !r.open(c, a.Kind) {
		return Act{}, ErrAct
	}
	if err := errors.Join(c.officer(a), worded(a)); err != nil {
		return Act{}, err
	}
	a.N, a.At, a.State = len(c.Acts)+1, at, c.State()
	today := DayOf(at)
	switch a.Kind {
	case Confirm:
		a.State = IdentityConfirmed
		return a, c.confirmable(a, today)
	case Uphold:
		a.State = Upheld
	case Refuse:
		a.State = Refused
	case RecordError:
		a.State = RecordedInError
	case Agree, Withdraw:
		return r.withdrawing(c, a, today, held)
	case Judge, Refer:
		if g, err := c.Ground(today); err != nil || g != Competent {
			return Act{}, errors.Join(ErrAct, err)
		}
	case Trace:
		if a.Traced == nil {
			return Act{}, ErrUntraced
		}
	case Reask:
		if !c.DueAgain(today) {
			return Act{}, ErrAct
		}
	}
	return a, nil
}

// Open are the acts that can follow on a day: what is to be done next, and then
// the others.
func (r Rules) Open(c Case, today Day) []Kind {
	all := slices.DeleteFunc([]Kind{Trace, Refer, Judge, Confirm, Uphold, Agree, Withdraw, RecordError, RejectError, Reask, ProposeError, Refuse, Note}, func(k Kind) bool {
		if k == Refer || k == Judge {
			if g, err := c.Ground(today); err != nil || g != Competent {
				return true
			}
		}
		return !r.open(c, k) || k == Reask && !c.DueAgain(today)
	})
	if at := slices.Index(all, c.next(today)); at > 0 {
		all = slices.Insert(slices.Delete(all, at, at+1), 0, c.next(today))
	}
	return all
}

// next is what is to be done about a form that has been received, until its
// identity is confirmed.
func (c Case) next(today Day) Kind {
	if c.State() != Received || c.Traced() == nil {
		return Trace
	}
	ground, err := c.Ground(today)
	judged := c.Last(Judge)
	switch {
	case err != nil, ground == Competent && judged != nil && !judged.Competent:
		return Refuse
	case ground == Competent && c.Last(Refer) == nil:
		return Refer
	case ground == Competent && judged == nil:
		return Judge
	}
	return Confirm
}

// open reports whether an act of a kind can follow where c stands.
func (r Rules) open(c Case, k Kind) bool {
	state, proposed := c.State(), c.Proposed()
	pending := func(kind Kind) bool { return proposed != nil && proposed.Kind == kind }
	switch k {
	case Note:
		return true
	case Trace, Refer, Judge:
		return c.Form != nil && state == Received
	case Confirm:
		return c.Form != nil && state == Received && c.Traced() != nil
	case Refuse:
		return c.Form != nil && !c.Decided() && !pending(ProposeError)
	case Uphold:
		return c.InForce() && state == IdentityConfirmed && !pending(ProposeError)
	case Agree:
		return r.TwoToWithdraw && c.Wants() == ToWithdraw && state == IdentityConfirmed && !pending(Agree)
	case Withdraw:
		return c.Wants() == ToWithdraw && state == IdentityConfirmed && (!r.TwoToWithdraw || pending(Agree))
	case ProposeError:
		return c.InForce() && !pending(ProposeError)
	case RecordError, RejectError:
		return c.InForce() && pending(ProposeError)
	case Reask:
		return c.InForce() && c.Objection.Ground == ByParent
	}
	return false
}

// officer says whether the officer may take a: nobody decides about themselves
// or a relative, and what needs two people is not done by one.
func (c Case) officer(a Act) error {
	if own := a.By.Number; !own.IsZero() && (own == c.Patient().Number || c.Traced() != nil && slices.Contains(c.Traced().Former, own)) {
		return ErrTheirOwn
	}
	switch a.Kind {
	case Trace, Note, Refer:
		return nil
	case RecordError, Withdraw:
		if p := c.Proposed(); p != nil && p.By.Same(a.By) {
			return ErrTwoPeople
		}
	}
	if !a.Apart {
		return ErrApart
	}
	return nil
}

// worded says whether the words of a are such as it needs.
func worded(a Act) error {
	needed := slices.Contains([]Kind{Refuse, Uphold, ProposeError, RecordError, RejectError, Judge, Refer, Reask, Note}, a.Kind)
	switch {
	case utf8.RuneCountInString(a.Words) > LongestStatement || !Printable(a.Words):
		return ErrLong
	case needed && strings.TrimSpace(a.Words) == "":
		return ErrWords
	}
	return nil
}

// confirmable says whether all is there that puts a form in force, or proves
// who asks for a withdrawal.
func (c Case) confirmable(a Act, today Day) error {
	ground, err := c.Ground(today)
	if err != nil {
		return err
	}
	for _, owed := range ground.Owed() {
		if owed == OwedCompetence {
			if j := c.Last(Judge); j == nil || !j.Competent {
				return ErrCompetence
			}
			continue
		}
		if !slices.ContainsFunc(Proofs, func(p Proof) bool { return p.Owed == owed && slices.Contains(a.Evidence, p.Evidence) }) {
			return fmt.Errorf("%w: %s", ErrEvidence, owed.Words())
		}
	}
	return nil
}

// Words is what is owed, in words.
func (o Owed) Words() string {
	return map[Owed]string{
		OwedIdentity: "of identity", OwedParental: "of parental responsibility",
		OwedAuthority: "of the power of attorney or the court’s order", OwedCompetence: "of competence",
	}[o]
}

// withdrawing is a with all that it ends.
func (r Rules) withdrawing(c Case, a Act, today Day, held []Objection) (Act, error) {
	ground, err := c.Ground(today)
	if err != nil {
		return Act{}, err
	}
	for _, o := range held {
		if !o.State.InForce() {
			continue
		}
		if err := mayWithdraw(ground, o, c.Patient().Born, today); err != nil {
			return Act{}, err
		}
		a.Lifts = append(a.Lifts, Lifting{o.ID, o.Steps})
	}
	if a.Lifts == nil {
		return Act{}, ErrNothing
	}
	if a.Kind == Withdraw {
		a.State = Withdrawn
	} else {
		a.Lifts = nil // nothing ends before the second officer
	}
	return a, nil
}

// mayWithdraw says whether somebody who asks on a ground can end o. What a
// register does not say about who asked counts as the young person's own wish,
// once they were old enough to have one.
func mayWithdraw(by Ground, o Objection, born, today Day) error {
	theirs := o.Ground == Own || o.Ground == Competent || o.Ground != ByParent && Age(born, today) >= YoungAge
	if by == ByParent && theirs {
		return ErrOwnWish
	}
	return nil
}

// DueAgain reports whether the person must be asked themselves now: a parent
// objected for them, and they have become 16. The objection stays in force.
func (c Case) DueAgain(today Day) bool {
	return c.InForce() && c.Objection.Ground == ByParent && c.Last(Reask) == nil && Age(c.Patient().Born, today) >= OwnAge
}
