package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"example.org/icr/auth"
)

const (
	sessionCookie = "__Host-icr"
	browserCookie = "__Host-icr-signin"
)

// store is a gorilla store over Rows. The cookie holds a signed random id and
// nothing else, and every Save gives the session a new id.
type store struct {
	rows    Rows
	load    func(ctx context.Context, hash []byte, idle time.Duration) (Row, error)
	cookies *securecookie.SecureCookie
	idle    time.Duration
}

var _ sessions.Store = (*store)(nil)

// session is the one value in a gorilla session.
type session struct {
	Row
	account
}

const sessionValue = "session"

// Get returns the request's session, which it loads once.
func (s *store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New loads the session of the request's cookie. A forged, idle, expired or
// unreadable one is an absent one, and no error.
func (s *store) New(r *http.Request, name string) (*sessions.Session, error) {
	ss := sessions.NewSession(s, name)
	ss.Options, ss.IsNew = cookieOptions(0), true
	id, ok := s.id(r, name)
	if !ok {
		return ss, nil
	}
	row, err := s.load(r.Context(), hash(id), s.idle)
	if errors.Is(err, auth.ErrNoSession) {
		return ss, nil
	}
	if err != nil {
		return ss, fmt.Errorf("load session: %w", err)
	}
	held, ok := unpack(row)
	if ok {
		ss.ID, ss.IsNew = string(id), false
		ss.Values[sessionValue] = held
	}
	return ss, nil
}

// Save keeps the session under a new id in place of its old one, or nowhere if
// its MaxAge is negative. An old id that is dead already is auth.ErrNoSession:
// of two requests that would carry a session on, one does.
func (s *store) Save(r *http.Request, w http.ResponseWriter, ss *sessions.Session) error {
	if ss.Options.MaxAge < 0 {
		if err := s.end(r.Context(), ss); err != nil {
			return err
		}
		http.SetCookie(w, sessions.NewCookie(ss.Name(), "", ss.Options))
		return nil
	}
	held, id := ss.Values[sessionValue].(session), random()
	data, err := json.Marshal(held.account)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	held.Hash, held.Data = hash(id), data
	if ss.ID == "" {
		err = s.rows.SaveSession(r.Context(), held.Row)
	} else {
		err = s.rows.ReplaceSession(r.Context(), hash([]byte(ss.ID)), held.Row)
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	ss.ID, ss.Values[sessionValue] = string(id), held
	return s.set(w, ss.Name(), id, ss.Options)
}

func (s *store) end(ctx context.Context, ss *sessions.Session) error {
	if ss.ID == "" {
		return nil
	}
	_, err := s.rows.EndSession(ctx, hash([]byte(ss.ID)))
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	ss.ID = ""
	return nil
}

// id is the one that the request's cookie holds. Browsers send one cookie of
// a name like ours; who sends two has something in mind, and has none.
func (s *store) id(r *http.Request, name string) ([]byte, bool) {
	sent := r.CookiesNamed(name)
	if len(sent) != 1 {
		return nil, false
	}
	var id []byte
	err := s.cookies.Decode(name, sent[0].Value, &id)
	return id, err == nil && len(id) == sha256.Size
}

func (s *store) set(w http.ResponseWriter, name string, id []byte, o *sessions.Options) error {
	value, err := s.cookies.Encode(name, id)
	if err != nil {
		return fmt.Errorf("sign cookie: %w", err)
	}
	http.SetCookie(w, sessions.NewCookie(name, value, o))
	return nil
}

// cookieOptions are Lax, because a Strict cookie would not come back with the
// browser from the provider.
func cookieOptions(age time.Duration) *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: int(age.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func unpack(row Row) (session, bool) {
	held := session{Row: row}
	if row.Subject == "" || json.Unmarshal(row.Data, &held.account) != nil {
		return session{}, false
	}
	return held, true
}

func random() []byte {
	b := make([]byte, sha256.Size)
	rand.Read(b) // never fails: it crashes the program instead
	return b
}

func hash(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
