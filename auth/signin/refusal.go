package signin

import (
	"errors"
	"fmt"

	"example.org/icr/auth"
)

// What can go wrong, for the web's table of errors.
var (
	// ErrIssuer means that no such provider is configured.
	ErrIssuer = errors.New("no such identity provider")
	// ErrState means that the answer belongs to no attempt of this browser, or
	// to one already used or too old. The user starts again.
	ErrState = errors.New("no such attempt to sign in")
	// ErrProvider means that the provider said no, or could not be reached.
	ErrProvider = errors.New("identity provider")
	// ErrToken means that the provider's answer was not to be believed.
	ErrToken = errors.New("token refused")
	// ErrCancelled is an ErrProvider: it, or the user there, ended the sign-in.
	ErrCancelled = fmt.Errorf("%w: cancelled", ErrProvider)
	// ErrTooWeak is an ErrToken: the user is known, and did not sign in by a
	// method that is strong enough here.
	ErrTooWeak = fmt.Errorf("%w: too weak a sign-in", ErrToken)
	// ErrNoPost means that somebody is signed in and has still to choose a
	// role. To code that asks no further it is auth.ErrNoSession.
	ErrNoPost = fmt.Errorf("%w: no role chosen yet", auth.ErrNoSession)
)

// Refusal is an error with a reason for the log: a fixed code of this package,
// never anything that a provider or a browser sent.
type Refusal struct {
	Kind   error
	Reason string
}

func (r *Refusal) Error() string { return r.Kind.Error() + ": " + r.Reason }
func (r *Refusal) Unwrap() error { return r.Kind }

func refuse(kind error, reason string) error { return &Refusal{kind, reason} }
