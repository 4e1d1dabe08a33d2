// Package post sends the messages of the safety desk by e-mail. A message says
// nothing about anybody: it carries a reference, and asks its reader to sign in.
package post

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"example.org/icr/care/safety"
)

// Config is how the mail server is reached.
type Config struct {
	Host, Port string
	Implicit   bool // TLS from the first byte; otherwise STARTTLS
	Plain      bool // no TLS at all: for a server on this machine
	User       string
	Password   string
	From       string // the sender's address
	TLS        *tls.Config
}

// within is how long sending one message may take.
const within = 30 * time.Second

// Send sends one message. Its error says what failed, and names no address.
func (c Config) Send(ctx context.Context, to, subject, text string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := c.authenticate(client); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return client.Mail(c.From) },
		func() error { return client.Rcpt(to) },
		func() error { return c.write(client, to, subject, text) },
	} {
		if err := step(); err != nil {
			return refusal(err)
		}
	}
	client.Quit() // the message is accepted already
	return nil
}

func (c Config) connect(ctx context.Context) (*smtp.Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(c.Host, c.Port))
	if err != nil {
		return nil, errors.New("the mail server could not be reached")
	}
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	if c.Implicit {
		conn = tls.Client(conn, c.tls())
	}
	client, err := smtp.NewClient(conn, c.Host)
	if err != nil {
		conn.Close()
		return nil, errors.New("the mail server did not answer as one, or its connection is not secure")
	}
	if c.Implicit || c.Plain {
		return client, nil
	}
	if err := client.StartTLS(c.tls()); err != nil {
		client.Close()
		return nil, errors.New("the connection to the mail server could not be made secure")
	}
	return client, nil
}

func (c Config) tls() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		config = c.TLS.Clone()
	}
	config.ServerName = c.Host
	return config
}

func (c Config) authenticate(client *smtp.Client) error {
	if c.User == "" {
		return nil
	}
	if err := client.Auth(smtp.PlainAuth("", c.User, c.Password, c.Host)); err != nil {
		return errors.New("the mail server did not accept the user and password")
	}
	return nil
}

func (c Config) write(client *smtp.Client, to, subject, text string) error {
	w, err := client.Data()
	if err != nil {
		return err
	}
	for _, header := range [][2]string{
		{"From", c.From},
		{"To", to},
		{"Subject", mime.QEncoding.Encode("utf-8", subject)},
		{"Date", time.Now().UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain(c.From) + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(w, "%s: %s\r\n", header[0], strings.NewReplacer("\r", " ", "\n", " ").Replace(header[1]))
	}
	fmt.Fprint(w, "\r\n")
	body := quotedprintable.NewWriter(w)
	fmt.Fprint(body, strings.ReplaceAll(text, "\n", "\r\n"))
	return errors.Join(body.Close(), w.Close())
}

func domain(address string) string {
	_, host, _ := strings.Cut(address, "@")
	return host
}

// refusal is what the mail server answered, without its words, which may name
// an address.
func refusal(err error) error {
	if protocol, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("the mail server refused the message with code %d", protocol.Code)
	}
	return errors.New("the connection to the mail server broke off")
}

// Outbox keeps what is to be sent. *store.Store is one.
type Outbox interface {
	// SendDue hands one message that is due to send, and keeps how that went.
	// It reports whether there was one. No other replica has the same at once.
	SendDue(ctx context.Context, send func(safety.Message) error) (bool, error)
}

// Office sends what is due.
type Office struct {
	Config
	Outbox               Outbox
	Programme, PublicURL string
	Log                  *slog.Logger
	Every                time.Duration
}

// Run sends what is due until ctx ends.
func (o Office) Run(ctx context.Context) {
	tick := time.NewTicker(o.Every)
	defer tick.Stop()
	for {
		o.empty(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// empty sends all that is due now.
func (o Office) empty(ctx context.Context) {
	for ctx.Err() == nil {
		sent, err := o.Outbox.SendDue(ctx, func(m safety.Message) error {
			subject, text := safety.Letter(o.Programme, o.PublicURL, m.Reference)
			err := o.Send(ctx, m.To, subject, text)
			if err != nil {
				o.Log.Warn("a message was not sent", "reference", m.Reference, "partner", m.Partner, "err", err)
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			o.Log.Error("the outbox cannot be read", "err", err)
		}
		if err != nil || !sent {
			return
		}
	}
}
