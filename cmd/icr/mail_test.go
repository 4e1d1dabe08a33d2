package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestP10_MailSettings(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		url, from, want string
		port            string
		implicit, plain bool
	}{
		"none":            {"", "", "", "", false, false},
		"STARTTLS":        {"smtp://icr@mail.example", "icr@mail.example", "", "587", false, false},
		"implicit":        {"smtps://icr@mail.example", "icr@mail.example", "", "465", true, false},
		"on this machine": {"smtp://localhost:25", "icr@mail.example", "", "25", false, true},
		"password in it":  {"smtp://icr:hunter2@mail.example", "icr@mail.example", "ICR_SMTP_PASSWORD_FILE", "", false, false},
		"not mail":        {"https://mail.example", "icr@mail.example", "ICR_SMTP_URL", "", false, false},
		"no sender":       {"smtp://mail.example", "", "ICR_MAIL_FROM", "", false, false},
		"bad sender":      {"smtp://mail.example", "ICR <x>\n", "ICR_MAIL_FROM", "", false, false},
	} {
		e := &environment{getenv: func(name string) string {
			return map[string]string{"ICR_SMTP_URL": test.url, "ICR_MAIL_FROM": test.from, "ICR_SMTP_PASSWORD_FILE": password}[name]
		}}
		c := e.mail()
		err := e.err()
		switch {
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: %v", name, err)
		case test.want == "" && (err != nil || (c == nil) != (test.url == "")):
			t.Errorf("%s: %v, %v", name, c, err)
		case test.want == "" && c != nil && (c.Port != test.port || c.Implicit != test.implicit || c.Plain != test.plain || c.User != "" && c.Password != "hunter2"):
			t.Errorf("%s: port %s, implicit %v, plain %v", name, c.Port, c.Implicit, c.Plain)
		}
	}
}

// Contacts and testers of the programme file are checked with their line.
func TestP10_ContactsAndTesters(t *testing.T) {
	for _, test := range []struct{ add, want string }{
		{`contact: safety@a.example, testers: ["9001", "https://id.example s1"], `, ""},
		{`contact: "nobody", `, "line 7: "},
		{`contact: "A <a@b.example>", `, "line 7: "},
		{`testers: ["a  b"], `, "line 7: "},
	} {
		p, err := parseProgramme(strings.Replace(good, `url: "http://l`, test.add+`url: "http://l`, 1))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.add, err)
		}
		if err == nil {
			s, ok := p.suppliers().Find("RLT")
			if !ok || s.Contact != "safety@a.example" || s.Testing == nil || len(s.Testing.Testers) != 2 || len(p.testing()) != 1 {
				t.Errorf("%+v", s)
			}
		}
	}
}
