package main

import (
	"net/mail"
	"net/url"
	"strings"

	"example.org/icr/care/post"
)

// mail reads how e-mail is sent, or nil where it is not.
func (e *environment) mail() *post.Config {
	address := e.getenv("ICR_SMTP_URL")
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" {
		e.fault("ICR_SMTP_URL", "must be like smtp://user@mail.example:587 or smtps://user@mail.example:465") // never quoted: it may hold a password
		return nil
	}
	if _, ok := u.User.Password(); ok {
		e.fault("ICR_SMTP_URL", "must not hold a password: ICR_SMTP_PASSWORD_FILE names a file with it")
	}
	c := &post.Config{Host: u.Hostname(), Port: u.Port(), Implicit: u.Scheme == "smtps", User: u.User.Username(), From: e.required("ICR_MAIL_FROM")}
	c.Plain = !c.Implicit && onThisMachine(u)
	if c.Port == "" {
		c.Port = map[bool]string{true: "465", false: "587"}[c.Implicit]
	}
	if c.User != "" {
		c.Password = strings.TrimSpace(e.file("ICR_SMTP_PASSWORD_FILE"))
	}
	if parsed, err := mail.ParseAddress(c.From); c.From != "" && (err != nil || parsed.Address != c.From) {
		e.fault("ICR_MAIL_FROM", "must be an e-mail address like icr@programme.example")
	}
	return c
}
