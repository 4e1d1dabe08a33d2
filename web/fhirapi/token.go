package fhirapi

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"example.org/icr/auth/caller"
	"example.org/icr/care/audit"
)

const mostForm = 64 << 10

// token gives a caller a token for a signed assertion, once that is on the
// trail.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		outcome(w, http.StatusMethodNotAllowed, "not-supported", "only POST")
		return
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err != nil || kind != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" || r.ParseForm() != nil {
		s.refuseToken(w, r, &caller.Refusal{Code: "invalid_request", Told: "a form is wanted", Why: "it sent no form that can be read"})
		return
	}
	given, c, err := s.Gate.Grant(r.Context(), r.PostForm)
	if refused := caller.AsRefusal(err); refused != nil {
		s.refuseToken(w, r, refused)
		return
	}
	if err == nil {
		err = s.Trail.Record(r.Context(), audit.TokenGiven, c.User(caller.Address(r)), func(e *audit.Event) { e.Words = words(given.Scopes) })
	}
	if err != nil {
		s.Log.Error("a token was not given", "caller", c.ID, "err", err)
		oauth(w, http.StatusServiceUnavailable, map[string]any{"error": "temporarily_unavailable"})
		return
	}
	oauth(w, http.StatusOK, map[string]any{
		"access_token": given.Value, "token_type": "bearer", "expires_in": int(given.Lasts.Seconds()), "scope": scopes(given.Scopes),
	})
}

func (s *Server) refuseToken(w http.ResponseWriter, r *http.Request, refused *caller.Refusal) {
	if !s.recordRefusal(w, r, refused, "/token") {
		return
	}
	status := http.StatusBadRequest
	if refused.Code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	oauth(w, status, map[string]any{"error": refused.Code, "error_description": refused.Told})
}

// configuration tells callers' software how to get a token.
func (s *Server) configuration(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		outcome(w, http.StatusMethodNotAllowed, "not-supported", "only GET")
		return
	}
	oauth(w, http.StatusOK, s.Gate.Configuration())
}

func oauth(w http.ResponseWriter, status int, v map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone: there is nobody to tell
}

func scopes(all []caller.Scope) string {
	var names []string
	for _, s := range all {
		names = append(names, string(s))
	}
	return strings.Join(names, " ")
}

func words(all []caller.Scope) string {
	var names []string
	for _, s := range all {
		names = append(names, caller.Scopes[s])
	}
	return "to " + strings.Join(names, ", ")
}
