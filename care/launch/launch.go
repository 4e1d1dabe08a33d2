// Package launch opens the viewer from a local system with a patient in
// context: by SMART App Launch, or by a token that the system posts. What a
// system says waits, for whom it was said alone, until they are signed in; then
// everything is decided as ever.
package launch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/keyset"
	"example.org/icr/auth/signin"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// System is a local system that may open the viewer.
type System struct {
	ID           string
	Name         string      // for the page and the trail
	Organisation nhs.ODSCode // whose system it is
	Trusted      bool        // that it has a patient in context is a ground, for its organisation's own people
	Issuer       string      // the address of the issuer at which its users sign in here
	IssuerID     string      // its id

	FHIR string       // its FHIR server, where it launches by SMART
	HTTP *http.Client // to reach that

	Sender string      // the iss of its tokens, where it posts them
	Keys   *keyset.Set // that they are signed with
}

// Keeper keeps what waits until somebody is signed in. *store.Store is one.
type Keeper interface {
	KeepSearch(ctx context.Context, issuer, subject, kind string, v any) (ref string, err error)
	// TakeSearch fills v with what was kept, and removes it: it is had once.
	TakeSearch(ctx context.Context, issuer, subject, kind, ref string, v any) error
	SaveSession(ctx context.Context, r signin.Row) error
}

// Desk takes launches.
type Desk struct {
	Systems  []System
	Keeper   Keeper
	Key      *Key   // that tokens are encrypted to; nil where none are taken
	Audience string // of tokens: where they are posted to
	Now      func() time.Time
}

// Context is what a system said: who its patient is, or why that cannot be
// told.
type Context struct {
	System string
	Number string
	Family []string
	Born   string
	Gender string
	Reason string // in the system's words
	Failed string // a fixed code; then there is nothing else
	At     time.Time
}

// Waits is how long a context waits for its user to be signed in.
const Waits = 5 * time.Minute

const waiting = "launch"

// Path is where a waiting context is taken up.
const Path = "/launched/"

// Failure is why a launch came to nothing: a fixed code, for the trail and the
// log.
type Failure struct{ Code string }

// Error is the code.
func (f *Failure) Error() string { return "launch: " + f.Code }

func fail(code string) error { return &Failure{code} }

// BySMART returns the system with a FHIR server of exactly this address.
func (d *Desk) BySMART(fhir string) (System, bool) {
	return d.system(func(s System) bool { return fhir != "" && s.FHIR == fhir })
}

func (d *Desk) system(is func(System) bool) (System, bool) {
	if i := slices.IndexFunc(d.Systems, is); i >= 0 {
		return d.Systems[i], true
	}
	return System{}, false
}

// Arrive keeps what a SMART launch says of the patient for who signs in, and
// returns the path where it is taken up. What was wrong with it waits there too.
func (d *Desk) Arrive(ctx context.Context, who auth.Identity, what signin.Launched) (string, error) {
	said := Context{Failed: "unknown-system"}
	if s, ok := d.BySMART(what.FHIR); ok && s.Issuer == who.Issuer {
		said = s.context(ctx, what)
	}
	return d.keep(ctx, who, said)
}

func (d *Desk) keep(ctx context.Context, who auth.Identity, said Context) (string, error) {
	said.At = d.Now()
	ref, err := d.Keeper.KeepSearch(ctx, who.Issuer, who.Subject, waiting, said)
	if err != nil {
		return "", fmt.Errorf("keeping a launch: %w", err)
	}
	return Path + ref, nil
}

// Take returns what waits for u under ref, once, and the system that said it. A
// Failure says why there is nothing to open.
func (d *Desk) Take(ctx context.Context, u auth.User, ref string) (Context, System, error) {
	var said Context
	err := d.Keeper.TakeSearch(ctx, u.Issuer, u.Subject, waiting, ref, &said)
	if errors.Is(err, auth.ErrNoRef) {
		return said, System{}, fail("used-before-or-for-another")
	}
	if err != nil {
		return said, System{}, err
	}
	s, ok := d.system(func(s System) bool { return s.ID == said.System })
	switch {
	case said.Failed != "":
		return said, s, fail(said.Failed)
	case !ok || s.Issuer != u.Issuer:
		return said, s, fail("unknown-system")
	case d.Now().Sub(said.At) > Waits:
		return said, s, fail("too-late")
	}
	return said, s, nil
}

// Grounds reports whether what the system has in context is a ground for u.
func (s System) Grounds(u auth.User) bool { return s.Trusted && s.Organisation == u.Organisation }

// Is reports whether p can be the patient: of family name, birth date and
// gender, as far as they were said, two agree, or the only one.
func (c Context) Is(p record.Person) bool {
	said, agree := 0, 0
	compare := func(given, equal bool) {
		if given {
			said++
		}
		if given && equal {
			agree++
		}
	}
	born := record.ParseDate(c.Born)
	compare(len(c.Family) > 0, slices.ContainsFunc(c.Family, func(f string) bool { return record.FoldName(f) == record.FoldName(p.Family) }))
	compare(c.Born != "", born.Dated() && born.ISO() == p.Born.ISO())
	compare(c.Gender != "", strings.EqualFold(c.Gender, p.Gender))
	return agree >= min(2, said)
}
