package notice_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/notice"
	"go.yaml.in/yaml/v3"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// example is the demonstration's notice, which is complete.
func example(t *testing.T) (n notice.Notice) {
	t.Helper()
	text, err := os.ReadFile("../../demo/residents.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheExampleIsComplete(t *testing.T) {
	for _, f := range example(t).Faults(today) {
		t.Errorf("%v: %s", f.Path, f.Words)
	}
}

func TestP10_NothingThatResidentsMustBeToldIsMissing(t *testing.T) {
	for path, spoil := range map[string]func(*notice.Notice){
		"[people]":                        func(n *notice.Notice) { n.People = " " },
		"[contact phone]":                 func(n *notice.Notice) { n.Contact.Phone = "" },
		"[contact post]":                  func(n *notice.Notice) { n.Contact.Post = nil },
		"[data_protection_officer name]":  func(n *notice.Notice) { n.Officer.Name = "" },
		"[data_protection_officer email]": func(n *notice.Notice) { n.Officer.Email = "Jo <dpo@programme.example>" },
		"[regulator website]":             func(n *notice.Notice) { n.Regulator.Website = "http://ico.org.uk" },
		"[regulator phone]":               func(n *notice.Notice) { n.Regulator.Phone = "0303 123 1113 (daily)" },
		"[purposes]":                      func(n *notice.Notice) { n.Purposes = nil },
		"[lawful_bases 0 words]":          func(n *notice.Notice) { n.Lawful[0].Words = "" },
		"[not_for 1]":                     func(n *notice.Notice) { n.NotFor[1] = "<b>ever</b>" },
		"[retention 2 why]":               func(n *notice.Notice) { n.Retention[2].Why = "" },
		"[rights 0 words]":                func(n *notice.Notice) { n.Rights[0].Words = strings.Repeat("a", 1201) },
		"[reviewed]":                      func(n *notice.Notice) { n.Reviewed = "2026-02-30" },
		"[accessibility tested]":          func(n *notice.Notice) { n.Access.Tested = "2026-11-23" },
		"[accessibility problems 0]":      func(n *notice.Notice) { n.Access.Problems = []string{""} },
	} {
		n := example(t)
		spoil(&n)
		faults := n.Faults(today)
		if !slices.ContainsFunc(faults, func(f notice.Fault) bool { return fmt.Sprint(f.Path) == path }) || len(faults) != 1 {
			t.Errorf("%s: %v", path, faults)
		}
	}
	if n := len(notice.Notice{}.Faults(today)); n < 20 {
		t.Errorf("a notice that says nothing has %d faults", n)
	}
}
