package signin

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"example.org/icr/auth"
)

// formerCookie says, sealed, who signed in last at a browser and did not sign
// out. It outlives the session, and opens nothing.
const formerCookie = "__Host-icr-former"

// Former returns who signed in last at the request's browser and did not sign
// out, whether or not their session still stands: whoever sits there now may
// be somebody else.
func (s *SignIn) Former(r *http.Request) (who auth.Identity, known bool) {
	sent := r.CookiesNamed(formerCookie)
	var sealed []byte
	if len(sent) != 1 || s.looking.cookies.Decode(formerCookie, sent[0].Value, &sealed) != nil {
		return auth.Identity{}, false
	}
	data, err := s.seal.Open(nil, nil, sealed, []byte(formerCookie))
	if err != nil || json.Unmarshal(data, &who) != nil {
		return auth.Identity{}, false
	}
	return who, who.Subject != ""
}

func (s *SignIn) remember(w http.ResponseWriter, who auth.Identity) error {
	data, err := json.Marshal(who)
	if err != nil {
		return err
	}
	return s.looking.set(w, formerCookie, s.seal.Seal(nil, nil, data, []byte(formerCookie)), cookieOptions(0))
}

func forgetFormer(w http.ResponseWriter) {
	http.SetCookie(w, sessions.NewCookie(formerCookie, "", cookieOptions(-time.Second)))
}
