package safety

import (
	"context"
	"log/slog"

	"example.org/icr/care/audit"
	"example.org/icr/care/record"
)

// Keeper keeps what is raised. *store.Store is one.
type Keeper interface {
	// Raise keeps i and e, both or neither. An item that was raised today
	// already is kept once; e is then kept if always is set.
	Raise(ctx context.Context, i Item, e audit.Event, always bool) error
}

// Raiser raises to the safety officers what is found in partners' answers.
type Raiser struct {
	Keeper Keeper
	Log    *slog.Logger
}

// Raise raises f. It returns an error only where an answer about somebody else
// could not be recorded: a record must not be shown then. Of anything less that
// could not be raised, the log has a line.
func (r Raiser) Raise(ctx context.Context, v Leave, f Finding) error {
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
