package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"example.org/icr/auth"
)

// Session is where somebody is signed in, as they are told of it.
type Session struct {
	Hash        string // as in auth.User.Session
	Here        bool   // the one that asks
	Browser     string // as the browser calls itself
	Began, Used time.Time
	Post        auth.Post // zero where none is chosen yet

	row Row
}

// Sessions are all live sessions of the request's user, the last used first.
// There may be any number: people work at several machines.
func (s *SignIn) Sessions(r *http.Request) ([]Session, error) {
	_, held, err := s.held(s.touching, r)
	if err != nil {
		return nil, err
	}
	rows, err := s.rows.PersonSessions(r.Context(), held.Issuer, held.Subject, s.looking.idle)
	if err != nil {
		return nil, err
	}
	var all []Session
	for _, row := range rows {
		other, ok := unpack(row)
		if !ok || !s.stands(other) {
			continue
		}
		one := Session{
			Hash: hex.EncodeToString(row.Hash), Here: string(row.Hash) == string(held.Hash), Browser: other.Browser,
			Began: row.Created, Used: row.Seen, row: row,
		}
		if other.Chosen != nil {
			one.Post = other.Posts[*other.Chosen]
		}
		all = append(all, one)
	}
	return all, nil
}

// End ends a session that Sessions told of. One that has ended already is no
// error.
func (s *SignIn) End(ctx context.Context, one Session) error {
	_, err := s.rows.EndSession(ctx, one.row.Hash)
	if errors.Is(err, auth.ErrNoSession) {
		return nil
	}
	return err
}

// browserName is what the browser calls itself, as far as it is fit to be kept.
func browserName(r *http.Request) string {
	name := []rune(strings.Map(func(c rune) rune {
		if !unicode.IsGraphic(c) {
			return -1
		}
		return c
	}, r.UserAgent()))
	return string(name[:min(len(name), 300)])
}

// Again sends the browser of somebody who is signed in to their provider, to
// sign in afresh, and from there back to a path of ours.
func (s *SignIn) Again(w http.ResponseWriter, r *http.Request, back string) error {
	_, held, err := s.held(s.looking, r)
	if err != nil {
		return err
	}
	p, err := s.provider(withURL(held.Issuer))
	if err != nil {
		return err
	}
	return s.Begin(w, r, p.ID, BeginOptions{LoginHint: held.Hint, ReturnTo: back, Fresh: true})
}
