package signin

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/sessions"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
)

// account is the Data of a session.
type account struct {
	Name     string      `json:"name"`
	StaffID  string      `json:"staff_id,omitempty"`
	AuthTime time.Time   `json:"auth_time,omitzero"`
	Posts    []auth.Post `json:"posts"`
	Chosen   *int        `json:"chosen,omitempty"`
	ReturnTo string      `json:"return_to,omitempty"` // until a post is chosen
	IDToken  []byte      `json:"id_token,omitempty"`  // sealed; for signing out at the provider
	Own      []byte      `json:"own,omitempty"`       // sealed; the person's own NHS number
	Hint     string      `json:"hint,omitempty"`      // who it would be, for signing in again
	Browser  string      `json:"browser,omitempty"`   // as it calls itself
}

// User returns the signed-in user of the request and counts the session as
// used. auth.ErrNoSession means that nobody is signed in; ErrNoPost, which
// wraps it, that somebody is who has yet to choose a post. The user's Address
// is the caller's to fill.
func (s *SignIn) User(r *http.Request) (auth.User, error) { return s.user(s.touching, r) }

// Glance is User for requests that the user did not make: it does not put off
// the end of an idle session.
func (s *SignIn) Glance(r *http.Request) (auth.User, error) { return s.user(s.looking, r) }

// Ends says when the request's session ends: if it is not used, and in any
// case. Asking does not put it off.
func (s *SignIn) Ends(r *http.Request) (unused, anyhow time.Time, err error) {
	_, held, err := s.held(s.looking, r)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	return held.Seen.Add(s.looking.idle), held.Expires, nil
}

// IDToken returns the ID token that u's live session rests on, for a service
// that takes it in exchange for a token of its own. It does not put off the
// session's end.
func (s *SignIn) IDToken(ctx context.Context, u auth.User) (string, error) {
	key, err := hex.DecodeString(u.Session)
	if err != nil {
		return "", auth.ErrNoSession
	}
	row, err := s.looking.load(ctx, key, s.looking.idle)
	if err != nil {
		return "", err
	}
	held, ok := unpack(row)
	if !ok || held.identity() != u.Identity {
		return "", auth.ErrNoSession
	}
	token, err := s.seal.Open(nil, nil, held.IDToken, []byte(held.Subject))
	if err != nil {
		return "", auth.ErrNoSession
	}
	return string(token), nil
}

// Posts returns what the signed-in person may choose from, and which of them
// they act in, which is -1 until they have chosen.
func (s *SignIn) Posts(r *http.Request) (all []auth.Post, chosen int, err error) {
	_, held, err := s.held(s.touching, r)
	if err != nil {
		return nil, -1, err
	}
	chosen = -1
	if held.Chosen != nil {
		chosen = *held.Chosen
	}
	return slices.Clone(held.Posts), chosen, nil
}

// Choose makes the person act in one of their posts, under a new session id,
// and returns where they were going when they signed in. Choosing again
// switches, and never prolongs the session.
func (s *SignIn) Choose(w http.ResponseWriter, r *http.Request, index int) (auth.User, string, error) {
	ss, held, err := s.held(s.touching, r)
	if err != nil {
		return auth.User{}, "", err
	}
	if index < 0 || index >= len(held.Posts) {
		return auth.User{}, "", auth.ErrNoRole
	}
	back := returnTo(held.ReturnTo)
	held.Chosen, held.ReturnTo = &index, ""
	if held, err = s.save(w, r, ss, held); err != nil {
		return auth.User{}, "", err
	}
	return s.acting(held), back, nil
}

func (s *SignIn) user(from *store, r *http.Request) (auth.User, error) {
	_, held, err := s.held(from, r)
	if err != nil {
		return auth.User{}, err
	}
	if held.Chosen == nil {
		return auth.User{}, ErrNoPost
	}
	return s.acting(held), nil
}

// held is the request's session, if the configuration still grants all that it
// holds: after a role is taken from an issuer's table, its users sign in anew.
func (s *SignIn) held(from *store, r *http.Request) (*sessions.Session, session, error) {
	ss, err := from.Get(r, sessionCookie)
	if err != nil {
		return nil, session{}, err
	}
	held, ok := ss.Values[sessionValue].(session)
	if !ok || ss.ID == "" || !s.stands(held) {
		return ss, session{}, auth.ErrNoSession
	}
	return ss, held, nil
}

func (s *SignIn) stands(held session) bool {
	p, err := s.provider(withURL(held.Issuer))
	if err != nil || held.Chosen != nil && (*held.Chosen < 0 || *held.Chosen >= len(held.Posts)) {
		return false
	}
	if _, err := s.ownNumber(held); err != nil {
		return false
	}
	withdrawn := func(post auth.Post) bool {
		return post.Role == "" || p.Roles[post.RoleCode] != post.Role || !p.speaksFor(post.Organisation)
	}
	return len(held.Posts) > 0 && !slices.ContainsFunc(held.Posts, withdrawn)
}

// save keeps the session under a new id.
func (s *SignIn) save(w http.ResponseWriter, r *http.Request, ss *sessions.Session, held session) (session, error) {
	ss.Values[sessionValue] = held
	if err := ss.Save(r, w); err != nil {
		return session{}, err
	}
	return ss.Values[sessionValue].(session), nil
}

// acting is the user in the chosen post.
func (s *SignIn) acting(held session) auth.User {
	u := s.somebody(held)
	u.Post = held.Posts[*held.Chosen]
	u.OrganisationName = s.organisationName(u.Organisation)
	if u.OrganisationName == "" {
		u.OrganisationName = string(u.Organisation)
	}
	return u
}

// somebody is the user in no post.
func (s *SignIn) somebody(held session) auth.User {
	own, _ := s.ownNumber(held) // a session whose number cannot be read does not stand
	return auth.User{
		Identity: auth.Identity{Issuer: held.Issuer, Subject: held.Subject},
		Name:     held.Name, StaffID: held.StaffID, NHSNumber: own, AuthTime: held.AuthTime,
		Session: hex.EncodeToString(held.Hash),
	}
}

// ownNumber is the person's own NHS number, zero where none is known.
func (s *SignIn) ownNumber(held session) (nhs.Number, error) {
	if held.Own == nil {
		return nhs.Number{}, nil
	}
	digits, err := s.seal.Open(nil, nil, held.Own, []byte("own "+held.Subject))
	if err != nil {
		return nhs.Number{}, err
	}
	return nhs.ParseNumber(string(digits))
}
