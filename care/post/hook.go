package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/objection"
)

// Changes keeps whom is yet to be told of which changes. *store.Store is one.
type Changes interface {
	// Notify hands send what a caller is yet to be told of, and keeps how that
	// went. It reports whether there was anything.
	Notify(ctx context.Context, caller string, send func([]objection.Change) error) (bool, error)
}

// Hook tells one caller that objections changed: which, by reference alone. It
// has to ask what they say now.
type Hook struct {
	Caller  string
	URL     string
	Secret  []byte // signs notices
	Client  *http.Client
	Changes Changes
	Log     *slog.Logger
	Every   time.Duration
}

// Run tells what is due until ctx ends.
func (h Hook) Run(ctx context.Context) {
	tick := time.NewTicker(h.Every)
	defer tick.Stop()
	for {
		h.Tell(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Tell tells all that is due now.
func (h Hook) Tell(ctx context.Context) {
	for ctx.Err() == nil {
		var failed error
		sent, err := h.Changes.Notify(ctx, h.Caller, func(changes []objection.Change) error {
			failed = h.tell(ctx, changes)
			return failed
		})
		switch {
		case failed != nil:
			h.Log.Warn("a caller could not be told that objections changed", "caller", h.Caller, "err", failed)
		case err != nil && ctx.Err() == nil:
			h.Log.Error("what callers are to be told cannot be read", "err", err)
		}
		if err != nil || failed != nil || !sent {
			return
		}
	}
}

// tell sends one notice, signed as Standard Webhooks has it. Its error names no
// address.
func (h Hook) tell(ctx context.Context, changes []objection.Change) error {
	notice := struct {
		Type       string   `json:"type"`
		References []string `json:"references"`
	}{Type: "objections.changed"}
	for _, c := range changes {
		if reference := "Consent/" + c.ID.String(); !slices.Contains(notice.References, reference) {
			notice.References = append(notice.References, reference)
		}
	}
	body, err := json.Marshal(notice)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, within/3)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("its address cannot be read")
	}
	id, at := "msg_"+rand.Text(), strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+h.sign(id, at, body))
	res, err := h.Client.Do(req)
	if err != nil {
		return errors.New("it could not be reached")
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("it answered %d", res.StatusCode)
	}
	return nil
}

func (h Hook) sign(id, at string, body []byte) string {
	mac := hmac.New(sha256.New, h.Secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
