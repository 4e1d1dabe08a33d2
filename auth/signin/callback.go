package signin

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/gorilla/sessions"

	"example.org/icr/auth"
)

// Outcome is a sign-in that succeeded as far as the provider is concerned.
// Chosen is nil where the person has several posts and has yet to choose one.
type Outcome struct {
	Identity        auth.Identity
	Name            string
	Posts           []auth.Post
	Chosen          *auth.User
	ReturnTo        string
	ProviderSession string
}

// Callback takes the provider's answer, and makes a session. The session that
// the browser had before ends once the answer is believed. With auth.ErrNoRole
// the Outcome says who it was that has no role here; no session is made. With any
// other error it says at most where they were going.
func (s *SignIn) Callback(w http.ResponseWriter, r *http.Request, issuer string) (Outcome, error) {
	w.Header().Set("Cache-Control", "no-store")
	p, err := s.provider(withID(issuer))
	if err != nil {
		return Outcome{}, err
	}
	query := r.URL.Query()
	a, err := s.take(r, p, one(query, "state"))
	if err != nil {
		return Outcome{}, err
	}
	who, err := p.identify(r.Context(), query, a)
	if err != nil {
		return Outcome{ReturnTo: a.ReturnTo}, err
	}
	if who.launched != nil {
		if who.launchedTo, err = s.arrived(r.Context(), who.Identity, *who.launched); err != nil {
			return Outcome{}, err
		}
	}
	return s.establish(w, r, a, who)
}

func (s *SignIn) establish(w http.ResponseWriter, r *http.Request, a attempt, who person) (Outcome, error) {
	ss, before, err := s.held(s.looking, r)
	if err != nil && !errors.Is(err, auth.ErrNoSession) {
		return Outcome{}, err
	}
	err = s.looking.end(r.Context(), ss)
	if before.Subject != "" {
		err = s.endWhole(r.Context(), ss, before)
	}
	if err != nil && !errors.Is(err, auth.ErrNoSession) {
		return Outcome{}, err
	}
	ss.ID = ""
	out := Outcome{Identity: who.Identity, Name: who.Name, Posts: who.Posts, ReturnTo: a.ReturnTo, ProviderSession: who.ProviderSession}
	if former, known := s.Former(r); before.Subject != "" && before.identity() != who.Identity || known && former != who.Identity {
		out.ReturnTo = "/" // where they were going is not this person's affair
	}
	if who.launchedTo != "" {
		out.ReturnTo = who.launchedTo
	}
	if len(who.Posts) == 0 {
		return out, errors.Join(auth.ErrNoRole, s.forget(w, r, ss))
	}
	held := s.open(who, chosen(a, before, who), out.ReturnTo)
	held.Hint, held.Browser = a.Hint, browserName(r)
	held, err = s.save(w, r, ss, held)
	if err == nil {
		err = s.standing(r.Context(), ss, held)
	}
	if err == nil {
		err = s.remember(w, who.Identity)
	}
	if err != nil {
		return Outcome{}, err
	}
	if held.Chosen != nil {
		u := s.acting(held)
		out.Chosen = &u
	}
	return out, nil
}

// standing ends a new session that its provider has signed out meanwhile.
func (s *SignIn) standing(ctx context.Context, ss *sessions.Session, held session) error {
	over, err := s.overAlready(ctx, held)
	if err != nil || !over {
		return err
	}
	return errors.Join(refuse(ErrState, "signed-out-meanwhile"), s.endWhole(ctx, ss, held))
}

// open is a new session. It ends with the sign-in at the provider that it
// rests on, when that is older than ours.
func (s *SignIn) open(who person, choice *int, back string) session {
	now := s.now()
	began := now
	if !who.AuthTime.IsZero() && who.AuthTime.Before(now) {
		began = who.AuthTime
	}
	held := session{
		Row: Row{
			Issuer: who.Issuer, Subject: who.Subject, ProviderSession: who.ProviderSession,
			Created: now, Seen: now, Expires: began.Add(s.absolute),
		},
		account: account{Name: who.Name, StaffID: who.StaffID, AuthTime: who.AuthTime, Posts: who.Posts, Chosen: choice, ReturnTo: back},
	}
	held.IDToken = s.seal.Seal(nil, nil, []byte(who.IDToken), []byte(who.Subject))
	if !who.NHSNumber.IsZero() {
		held.Own = s.seal.Seal(nil, nil, []byte(who.NHSNumber.Digits()), []byte("own "+who.Subject))
	}
	return held
}

// chosen is the only post, or the one that the same person was acting in when
// they were asked to sign in afresh.
func chosen(a attempt, before session, who person) *int {
	i := -1
	if a.Fresh && before.Chosen != nil && before.identity() == who.Identity {
		was := before.Posts[*before.Chosen]
		i = slices.IndexFunc(who.Posts, func(p auth.Post) bool { return reflect.DeepEqual(p, was) })
	}
	if len(who.Posts) == 1 {
		i = 0
	}
	if i < 0 {
		return nil
	}
	return &i
}

func (held session) identity() auth.Identity {
	return auth.Identity{Issuer: held.Issuer, Subject: held.Subject}
}

// forget takes the cookies from the browser.
func (s *SignIn) forget(w http.ResponseWriter, r *http.Request, ss *sessions.Session) error {
	forgetFormer(w)
	ss.Options = cookieOptions(-time.Second)
	return ss.Save(r, w)
}
