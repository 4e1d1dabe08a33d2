package post

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"example.org/icr/care/privacy"
)

// AlertHook tells another system of alerts: a POST with JSON, signed as
// Standard Webhooks has it with a key that both have. It follows no redirect.
type AlertHook struct {
	Key  []byte
	HTTP *http.Client
}

// NewAlertHook returns the hook of a key.
func NewAlertHook(key []byte) *AlertHook {
	return &AlertHook{Key: key, HTTP: &http.Client{Timeout: within, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// Send sends one notice. Its error says what failed, and names nobody.
func (h *AlertHook) Send(ctx context.Context, n privacy.Notice, publicURL string) error {
	body, err := json.Marshal(n.Posted(publicURL))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.To, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of the webhook cannot be used")
	}
	id, at := "msg_"+n.Alert.String(), strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+Hook{Secret: h.Key}.sign(id, at, body))
	res, err := h.HTTP.Do(req)
	if err != nil {
		return errors.New("the webhook could not be reached")
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answered with status %d", res.StatusCode)
	}
	return nil
}

// Noticeboard keeps the notices that are to be sent. *store.Monitor is one.
type Noticeboard interface {
	// SendDue hands one notice that is due to send, and keeps how that went. It
	// reports whether there was one. No other replica has the same at once.
	SendDue(ctx context.Context, send func(privacy.Notice) error) (bool, error)
}

// Notices sends notices of alerts.
type Notices struct {
	Mail                 *Config    // nil where no e-mail is sent
	Hook                 *AlertHook // nil where there is no webhook
	Board                Noticeboard
	Programme, PublicURL string
	Log                  *slog.Logger
}

// Empty sends all that is due now.
func (o Notices) Empty(ctx context.Context) {
	for ctx.Err() == nil {
		sent, err := o.Board.SendDue(ctx, func(n privacy.Notice) error {
			err := o.send(ctx, n)
			if err != nil {
				o.Log.Warn("a notice was not sent", "reference", n.Reference, "organisation", n.Organisation, "hook", n.Hook, "err", err)
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			o.Log.Error("the notices cannot be read", "err", err)
		}
		if err != nil || !sent {
			return
		}
	}
}

func (o Notices) send(ctx context.Context, n privacy.Notice) error {
	switch {
	case n.Hook && o.Hook != nil:
		return o.Hook.Send(ctx, n, o.PublicURL)
	case !n.Hook && o.Mail != nil:
		subject, text := n.Letter(o.Programme, o.PublicURL)
		return o.Mail.Send(ctx, n.To, subject, text)
	}
	return errors.New("this way of sending is not configured any more")
}
