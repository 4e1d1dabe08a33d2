package safety

import (
	"context"
	"log/slog"

	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"github.com/google/uuid"
)

// Keeper keeps what is raised. *store.Store is one.
type Keeper interface {
	// Raise keeps i and e, both or neither. An item that was raised today
	// already is kept once; e is then kept if always is set.
	Raise(ctx context.Context, i Item, e audit.Event, always bool) error

	// RaisePossible keeps a possible objection and e, both or neither, unless the
	// same was raised before and still stands.
	RaisePossible(ctx context.Context, p objection.Possible, e audit.Event) error
}

// Raiser raises to the safety officers what is found in partners' answers.
type Raiser struct {
	Keeper Keeper
	Log    *slog.Logger
}

// Raise raises f. It returns an error only where an answer about somebody else,
// or a patient's dissent, could not be recorded: a record must not be shown
// then. Of anything less that could not be raised, the log has a line.
func (r Raiser) Raise(ctx context.Context, v Leave, f Finding) error {
	for _, d := range f.Dissents {
		if err := r.raisePossible(ctx, v, d); err != nil {
			return err
		}
	}
	for _, item := range f.Items(v) {
		kind := audit.SafetyRaised
		if item.Kind == WrongPatient {
			kind = audit.IdentityFailed
		}
		e := v.Event(kind)
		e.Partners = []audit.Partner{{Code: f.Source.Code, Name: f.Source.Name, State: f.State, Hidden: f.Unreadable}}
		err := r.Keeper.Raise(ctx, item, e, item.Kind == WrongPatient)
		if err == nil {
			continue
		}
		if f.State == record.IdentityCheckFailed {
			return err
		}
		r.Log.Error("nobody could be told of a safety finding", "kind", item.Kind, "partner", f.Source.Code, "err", err)
	}
	return nil
}

// raisePossible raises a patient's dissent to the objections officers.
func (r Raiser) raisePossible(ctx context.Context, v Leave, d Dissent) error {
	e := v.Event(audit.PossibleObjection)
	e.Words = d.Sign.Words()
	e.Partners = []audit.Partner{{Code: d.Partner, Name: d.Name, State: record.Withheld}}
	return r.Keeper.RaisePossible(ctx, objection.Possible{
		ID: uuid.Must(uuid.NewV7()), Patient: v.Person().Number, Partner: d.Partner, PartnerName: d.Name, SeenAt: v.Now(), Evidence: d.Sign,
	}, e)
}
