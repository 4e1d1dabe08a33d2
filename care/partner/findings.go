package partner

import (
	"context"
	"errors"
	"time"

	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

// WrongPatientError is an ErrWrongPatient with what differed, which its text
// does not tell.
type WrongPatientError struct{ Differences []record.Difference }

// Error says that the answer was about somebody else.
func (e *WrongPatientError) Error() string { return ErrWrongPatient.Error() }

// Is makes a WrongPatientError an ErrWrongPatient.
func (e *WrongPatientError) Is(target error) bool { return target == ErrWrongPatient }

// Raise tells the safety officers of what was found in an answer. An error
// means that nobody was told.
type Raise func(ctx context.Context, v safety.Leave, f safety.Finding) error

// RaiseTo makes findings go to raise. Without it, answers about somebody else
// are put on the trail, and nothing else is told.
func (n *Network) RaiseTo(raise Raise) { n.raise = raise }

func onTheTrail(ctx context.Context, v safety.Leave, f safety.Finding) error {
	if f.State != record.IdentityCheckFailed {
		return nil
	}
	return v.IdentityFailed(ctx, f.Source.Code, f.Source.Name, "")
}

// note keeps what of an answer concerns the safety officers.
func (q Query) note(a Answer, err error) {
	if q.found == nil {
		return
	}
	q.found.Tagged = a.Tagged
	var refused *DissentError
	switch {
	case errors.Is(err, ErrWrongPatient):
		q.found.State = record.IdentityCheckFailed
		if wrong, ok := errors.AsType[*WrongPatientError](err); ok {
			q.found.Differences = wrong.Differences
		}
	case errors.Is(err, ErrUnreadable):
		q.found.State = record.Unreadable
		q.found.Why = err.Error()
	case errors.As(err, &refused):
		q.found.State = record.Withheld
		q.found.Dissents = []safety.Dissent{{Partner: q.Source.Code, Name: q.Source.Name, Sign: refused.Evidence}}
	case err == nil && (len(a.Differences) > 0 || a.Unreadable > 0):
		q.found.State = record.Answered
		q.found.Differences, q.found.Unread, q.found.Unreadable = a.Differences, a.Unread, a.Unreadable
	}
}

// tellWithin is how long one attempt to tell the safety officers may take.
const (
	tellWithin = 5 * time.Second
	tellTimes  = 2
)

// tell tells the safety officers as soon as there is something to tell: whether
// or not any page still waits for the answer.
func (n *Network) tell(ctx context.Context, v safety.Leave, f safety.Finding) (err error) {
	if f.State == "" && len(f.Dissents) == 0 {
		return nil
	}
	for range tellTimes {
		attempt, cancel := context.WithTimeout(ctx, tellWithin)
		err = n.raise(attempt, v, f)
		cancel()
		if err == nil {
			return nil
		}
	}
	return err
}
