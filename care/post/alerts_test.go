package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/privacy"
	"github.com/google/uuid"
)

type board []privacy.Notice

func (b *board) SendDue(_ context.Context, send func(privacy.Notice) error) (bool, error) {
	if len(*b) == 0 {
		return false, nil
	}
	n := (*b)[0]
	*b = (*b)[1:]
	send(n)
	return true, nil
}

// A notice travels by e-mail and webhook, signed, and names nobody; what the
// log says of one that failed does not either.
func TestP9_NoticesNameNobody(t *testing.T) {
	mailed, config := startMailServer(t, &mailServer{starts: true}, false)
	key := []byte(strings.Repeat("k", 32))
	var posted []byte
	status := http.StatusNoContent
	siem := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posted, _ = io.ReadAll(r.Body)
		h := hmac.New(sha256.New, key)
		h.Write([]byte(r.Header.Get("Webhook-Id") + "." + r.Header.Get("Webhook-Timestamp") + "." + string(posted)))
		if r.Header.Get("Webhook-Signature") != "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)) || r.Method != http.MethodPost {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer siem.Close()
	n := privacy.Notice{Alert: uuid.MustParse("01900000-0000-7000-8000-000000000000"), Reference: "ABCD-EFGH-JKMN", Rule: "watch-list", Severity: privacy.High, Organisation: "RKB", At: time.Unix(1_800_000_000, 0)}
	mail, hook := n, n
	mail.To, hook.To, hook.Hook = "privacy@rkb.example", siem.URL, true
	var log bytes.Buffer
	o := Notices{Mail: &config, Hook: NewAlertHook(key), Programme: "Test ICR", PublicURL: "https://icr.example", Log: slog.New(slog.NewTextHandler(&log, nil))}
	b := board{mail, hook}
	o.Board = &b
	o.Empty(t.Context())
	want := `{"alert":"01900000-0000-7000-8000-000000000000","reference":"ABCD-EFGH-JKMN","rule":"watch-list","severity":"high","organisation":"RKB","at":"2027-01-15T08:00:00Z","url":"https://icr.example/privacy/cases/01900000-0000-7000-8000-000000000000"}`
	if string(posted) != want || len(mailed.messages) != 1 || !strings.Contains(mailed.messages[0], "ABCD-EFGH-JKMN") || log.Len() != 0 {
		t.Errorf("posted %s, %d mailed, %s", posted, len(mailed.messages), &log)
	}
	for _, status = range []int{http.StatusFound, http.StatusBadGateway} {
		if err := o.Hook.Send(t.Context(), hook, o.PublicURL); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%d: %v", status, err)
		}
	}
	siem.Close()
	b = board{hook}
	o.Empty(t.Context())
	if !strings.Contains(log.String(), "could not be reached") || strings.Contains(log.String(), "127.0.0.1") {
		t.Errorf("%s", &log)
	}
	o.Hook, o.Mail = nil, nil
	if o.send(t.Context(), mail) == nil || o.send(t.Context(), hook) == nil {
		t.Error("sent without a way to")
	}
}
