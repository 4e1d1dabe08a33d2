package store_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/post"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
)

// mailbox takes messages over SMTP on this machine.
func mailbox(t *testing.T) (post.Config, <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	messages := make(chan string, 10)
	go func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			take(conn, messages)
		}
	}()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	return post.Config{Host: host, Port: port, Plain: true, From: "icr@programme.example"}, messages
}

func take(conn net.Conn, messages chan<- string) {
	defer conn.Close()
	io.WriteString(conn, "220 ready\r\n")
	answers := map[string]string{"DATA": "354 go on\r\n", "QUIT": "221 bye\r\n"}
	var message strings.Builder
	inData := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch line := lines.Text(); {
		case inData && line == ".":
			inData = false
			messages <- message.String()
			io.WriteString(conn, "250 taken\r\n")
		case inData:
			message.WriteString(line + "\n")
		default:
			verb, _, _ := strings.Cut(line, " ")
			inData = verb == "DATA"
			if answers[verb] == "" {
				answers[verb] = "250 ok\r\n"
			}
			io.WriteString(conn, answers[verb])
		}
	}
}

// From a row on the trail to an e-mail and a webhook: each is sent once, by one
// replica; what fails is sent again later, and given up in the end. No notice
// names anybody.
func TestP9_NoticesOfAlertsAreSentOnce(t *testing.T) {
	w := newWorld(t)
	mail, mailed := mailbox(t)
	status := http.StatusServiceUnavailable
	var posted []string
	var other *store.Monitor
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		posted = append(posted, string(body))
		if found, err := other.SendDue(t.Context(), func(privacy.Notice) error { return nil }); err != nil || found {
			t.Errorf("another replica has it too: %v, %v", found, err)
		}
		rw.WriteHeader(status)
	}))
	defer hook.Close()
	m := monitor(t, w.db)
	other = monitor(t, w.db)
	m.Notify = func(f privacy.Finding, of nhs.ODSCode) []store.Address {
		if f.Rule != privacy.BreakGlass || of != "RKB" {
			t.Errorf("%s of %s is told", f.Rule, of)
		}
		return []store.Address{{To: "privacy@rkb.example"}, {To: hook.URL, Hook: true}}
	}
	n := number(t, 1)
	e := seen(w.nurse, audit.GlassBroken, n, time.Now())
	e.Claim, e.Rule, e.Ground.Until = access.Emergency, access.GlassBroken, time.Now().Add(time.Hour)
	e.Person, e.Words = &audit.Identity{Name: "CANARYBIRD, Ada"}, "collapsed"
	if err := w.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	s := sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	turn(t, m)
	var log bytes.Buffer
	notices := post.Notices{
		Mail: &mail, Hook: post.NewAlertHook([]byte(strings.Repeat("k", 32))), Board: m, Programme: "Test ICR", PublicURL: "https://icr.example",
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	notices.Empty(t.Context()) // the webhook fails, and is not tried again at once
	notices.Empty(t.Context())
	if len(posted) != 1 || len(mailed) != 1 {
		t.Fatalf("%d posted, %d mailed: %s", len(posted), len(mailed), &log)
	}
	status = http.StatusNoContent
	due := `UPDATE privacy.notice SET due = now() - interval '1 second'`
	if err := exec(t, w.db.Super, due); err != nil {
		t.Fatal(err)
	}
	notices.Empty(t.Context())
	if err := exec(t, w.db.Super, due); err != nil {
		t.Fatal(err)
	}
	notices.Empty(t.Context())
	if len(posted) != 2 || len(mailed) != 1 {
		t.Errorf("%d posted, %d mailed: %s", len(posted), len(mailed), &log)
	}
	said := <-mailed + strings.Join(posted, "") + log.String()
	for _, name := range []string{n.Digits(), "CANARY", "collapsed", w.nurse.Name, w.nurse.Subject, hook.URL} {
		if name != "" && strings.Contains(said, name) {
			t.Errorf("%q is told: %s", name, said)
		}
	}
	if strings.Count(said, e.Reference) < 3 {
		t.Errorf("not told what it is about: %s", said)
	}
	if err := exec(t, w.db.Super, `UPDATE privacy.notice SET sent = NULL, attempts = 23, `+due[len(`UPDATE privacy.notice SET `):]); err != nil {
		t.Fatal(err)
	}
	hook.Close()
	mail.Port = "1"
	notices.Empty(t.Context())
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM privacy.notice WHERE given_up AND failure <> ''`); err != nil || n != 2 {
		t.Errorf("%d are given up, %v", n, err)
	}
}
