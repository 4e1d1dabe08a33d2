package fhirapi_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/objection"
	"example.org/icr/care/post"
	"github.com/jackc/pgx/v5"
)

// A caller is told which objections changed, by a reference that it can read,
// signed, once, whatever failed at first; and nothing of anybody.
func TestCallersAreToldThatObjectionsChanged(t *testing.T) {
	w := newWorld(t)
	secret := []byte(strings.Repeat("s", 32))
	var mu sync.Mutex
	var told []string
	fail := true
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, secret)
		io.WriteString(mac, r.Header.Get("Webhook-Id")+"."+r.Header.Get("Webhook-Timestamp")+"."+string(body))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); err != nil || r.Header.Get("Webhook-Signature") != want {
			t.Errorf("not signed: %s, %v", body, err)
		}
		if strings.Contains(string(body), "999000") || strings.Contains(string(body), "Canary") {
			t.Errorf("P9: %s", body)
		}
		if fail {
			fail = false
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		var notice struct{ References []string }
		if err := json.Unmarshal(body, &notice); err != nil {
			t.Error(err)
		}
		told = append(told, notice.References...)
	}))
	defer receiver.Close()
	received := func() []string { mu.Lock(); defer mu.Unlock(); return told }
	hook := post.Hook{Caller: "tie", URL: receiver.URL, Secret: secret, Client: receiver.Client(), Changes: w.store, Log: slog.New(slog.DiscardHandler), Every: time.Hour}
	once := func() { hook.Tell(t.Context()) }

	w.object(t, "9990000018", "Canarybird", objection.Upheld)
	w.object(t, "9990000026", "Never", objection.Received)
	once()
	if n := received(); len(n) != 0 {
		t.Fatalf("told %v by a notice that failed", n)
	}
	once() // not yet again
	c, err := pgx.Connect(t.Context(), w.db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), `UPDATE objection_notices SET due = now()`); err != nil { // as after a minute
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for range 2 { // two replicas
		both.Go(once)
	}
	both.Wait()
	once()
	if n := received(); len(n) != 1 || !strings.HasPrefix(n[0], "Consent/") {
		t.Fatalf("told %v", n)
	}
	if status, text := w.call(t, w.token(t), "/"+told[0], nil); status != http.StatusOK || !strings.Contains(text, "9990000018") {
		t.Error(status, text)
	}
}
