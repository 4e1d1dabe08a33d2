package post

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/safety"
)

// mailServer takes messages over SMTP: with STARTTLS, with TLS from the first
// byte, or with neither.
type mailServer struct {
	net.Listener
	tls     *tls.Config
	starts  bool   // offers STARTTLS
	refuses string // what it answers to RCPT in place of 250

	mu       sync.Mutex
	messages []string
}

func startMailServer(t *testing.T, s *mailServer, implicit bool) (*mailServer, Config) {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, which names example.com
	t.Cleanup(web.Close)
	s.tls = &tls.Config{Certificates: web.TLS.Certificates}
	var err error
	if s.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Listener.Close() })
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			if implicit {
				conn = tls.Server(conn, s.tls)
			}
			go s.serve(conn)
		}
	}()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	host, port, _ := net.SplitHostPort(s.Addr().String())
	return s, Config{Host: host, Port: port, Implicit: implicit, From: "icr@programme.example", TLS: &tls.Config{RootCAs: roots}}
}

func (s *mailServer) serve(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	lines, starts := bufio.NewReader(conn), s.starts
	say := func(words string) { io.WriteString(conn, words+"\r\n") }
	say("220 ready")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); {
		case verb == "EHLO" && starts:
			say("250-hello\r\n250 STARTTLS")
		case verb == "STARTTLS" && !starts:
			say("502 not here")
		case verb == "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, s.tls)
			lines = bufio.NewReader(conn)
			starts = false
		case verb == "RCPT" && s.refuses != "":
			say(s.refuses)
		case verb == "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				l, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				text.WriteString(l)
			}
			s.mu.Lock()
			s.messages = append(s.messages, text.String())
			s.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func TestP9_MessagesTravelByTLSAndNameNobody(t *testing.T) {
	subject, text := safety.Letter("Test ICR", "https://icr.example", "ABCD-EFGH-JKMN")
	for _, implicit := range []bool{false, true} {
		s, config := startMailServer(t, &mailServer{starts: !implicit}, implicit)
		if err := config.Send(t.Context(), "safety@rkb.example", subject, text); err != nil {
			t.Fatalf("implicit %v: %v", implicit, err)
		}
		if len(s.messages) != 1 {
			t.Fatalf("%d messages", len(s.messages))
		}
		headers, body, _ := strings.Cut(s.messages[0], "\r\n\r\n")
		said, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
		if err != nil || !strings.Contains(string(said), "ABCD-EFGH-JKMN") || !strings.Contains(string(said), "https://icr.example/safety") {
			t.Errorf("%v: %s", err, said)
		}
		for _, header := range []string{"To: safety@rkb.example", "From: icr@programme.example", "Auto-Submitted: auto-generated", "Message-ID: <"} {
			if !strings.Contains(headers, header) {
				t.Errorf("no %q in %s", header, headers)
			}
		}
	}
}

func TestP10_WhatCannotBeSentSaysWhy(t *testing.T) {
	for name, test := range map[string]struct {
		server *mailServer
		change func(*Config)
		want   string
	}{
		"no STARTTLS":       {&mailServer{}, func(*Config) {}, "could not be made secure"},
		"unknown authority": {&mailServer{starts: true}, func(c *Config) { c.TLS = nil }, "could not be made secure"},
		"refused":           {&mailServer{starts: true, refuses: "550 no such user secret@rkb.example"}, func(*Config) {}, "code 550"},
		"not there":         {&mailServer{starts: true}, func(c *Config) { c.Port = "1" }, "could not be reached"},
	} {
		s, config := startMailServer(t, test.server, false)
		test.change(&config)
		err := config.Send(t.Context(), "safety@rkb.example", "s", "t")
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "@") {
			t.Errorf("%s: %v", name, err)
		}
		if len(s.messages) != 0 {
			t.Errorf("%s: it was sent", name)
		}
	}
	s, config := startMailServer(t, &mailServer{}, false)
	config.Plain = true
	if err := config.Send(t.Context(), "a@b.example", "s", "t"); err != nil || len(s.messages) != 1 {
		t.Errorf("on this machine without TLS: %v", err)
	}
}

// box is an outbox of messages that stay until they are sent.
type box struct {
	mu      sync.Mutex
	waiting []safety.Message
	failed  int
}

func (b *box) SendDue(_ context.Context, send func(safety.Message) error) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		return false, nil
	}
	m := b.waiting[0]
	b.waiting = b.waiting[1:]
	if send(m) != nil {
		b.failed++
	}
	return true, nil
}

func TestTheOfficeEmptiesTheOutbox(t *testing.T) {
	s, config := startMailServer(t, &mailServer{starts: true}, false)
	b := &box{waiting: []safety.Message{{Reference: "A", To: "a@b.example"}, {Reference: "B", To: "a@b.example"}}}
	o := Office{Config: config, Outbox: b, Log: slog.New(slog.DiscardHandler), Every: time.Hour}
	ctx, cancel := context.WithCancel(t.Context())
	o.empty(ctx)
	cancel()
	o.Run(ctx) // ends at once
	if b.failed != 0 || len(s.messages) != 2 {
		t.Errorf("%d failed, %d sent", b.failed, len(s.messages))
	}
}
