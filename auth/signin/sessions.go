package signin

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"

	"example.org/icr/auth"
)

// Session is where somebody is signed in, as they are told of it.
type Session struct {
	Name        string // of no use but to tell it from the others, as long as it lasts
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
			Name: row.Created.UTC().Format(time.RFC3339Nano), Here: string(row.Hash) == string(held.Hash), Browser: other.Browser,
			Began: row.Created, Used: row.Seen, row: row,
		}
		if other.Chosen != nil {
			one.Post = other.Posts[*other.Chosen]
		}
		all = append(all, one)
	}
	return all, nil
}

// End ends a session that Sessions told of, even if it has changed its id
// since, and says how many there were: none if it had ended already.
func (s *SignIn) End(ctx context.Context, one Session) (int, error) {
	return s.rows.EndBegunSession(ctx, one.row.Issuer, one.row.Subject, one.row.Created)
}

// EndOthers ends all sessions of the request's user but the request's own, and
// says how many there were.
func (s *SignIn) EndOthers(r *http.Request) (int, error) {
	_, held, err := s.held(s.touching, r)
	if err != nil {
		return 0, err
	}
	return s.rows.EndPersonSessions(r.Context(), held.Issuer, held.Subject, held.Hash)
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
