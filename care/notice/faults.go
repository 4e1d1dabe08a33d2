package notice

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Fault is something that is missing from a notice or cannot be right. Path
// leads to it, by the keys of the programme file and places in lists.
type Fault struct {
	Path  []any
	Words string
}

// longest is the longest text that a page has room for.
const longest = 1200

type finder struct{ faults []Fault }

func (f *finder) add(words string, path ...any) { f.faults = append(f.faults, Fault{path, words}) }

// Faults are all faults of n, as of today.
func (n Notice) Faults(today time.Time) []Fault {
	f := &finder{}
	for _, t := range []struct{ key, value string }{
		{"people", n.People},
		{"controllers", n.Controllers},
		{"processors", n.Processors},
		{"abroad", n.Abroad},
		{"automated", n.Automated},
	} {
		f.text(t.value, t.key)
	}
	f.contact(n.Contact, "contact")
	f.contact(n.Officer, "data_protection_officer")
	f.contact(n.Regulator, "regulator")
	if n.Contact.Phone == "" {
		f.add("phone is missing: not everybody writes", "contact", "phone")
	}
	f.points(n.Purposes, "purposes")
	f.points(n.Lawful, "lawful_bases")
	f.points(n.Rights, "rights")
	f.list(n.NotFor, "not_for")
	f.retention(n.Retention)
	f.day(n.Reviewed, today, "reviewed")
	f.day(n.Access.Tested, today, "accessibility", "tested")
	f.text(n.Access.By, "accessibility", "by")
	for i, problem := range n.Access.Problems {
		f.text(problem, "accessibility", "problems", i)
	}
	return f.faults
}

func (f *finder) text(value string, path ...any) {
	switch key := path[len(path)-1]; {
	case strings.TrimSpace(value) == "":
		f.add(fmt.Sprintf("%v is missing", key), path...)
	case len([]rune(value)) > longest:
		f.add(fmt.Sprintf("%v is longer than %d characters", key, longest), path...)
	case strings.ContainsFunc(value, func(r rune) bool { return r == '<' || r == '>' }):
		f.add("this is text, not HTML", path...)
	}
}

func (f *finder) list(all []string, path ...any) {
	if len(all) == 0 {
		f.add(fmt.Sprintf("%v is missing", path[0]), path...)
	}
	for i, one := range all {
		f.text(one, at(path, i)...)
	}
}

func (f *finder) points(all []Point, key string) {
	if len(all) == 0 {
		f.add(key+" is missing", key)
	}
	for i, p := range all {
		f.text(p.Name, key, i, "name")
		f.text(p.Words, key, i, "words")
	}
}

func (f *finder) retention(all []Kept) {
	if len(all) == 0 {
		f.add("retention is missing", "retention")
	}
	for i, k := range all {
		f.text(k.What, "retention", i, "what")
		f.text(k.Long, "retention", i, "kept")
		f.text(k.Why, "retention", i, "why")
	}
}

func (f *finder) contact(c Contact, key string) {
	f.text(c.Name, key, "name")
	f.list(c.Post, key, "post")
	if c.Phone != "" && strings.ContainsFunc(c.Phone, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune(" +()", r) }) {
		f.add("a telephone number has digits and spaces only; when it is answered goes under hours", key, "phone")
	}
	if a, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || a.Address != c.Email) {
		f.add(fmt.Sprintf("%q is not an e-mail address", c.Email), key, "email")
	}
	if u, err := url.Parse(c.Website); c.Website != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil) {
		f.add(fmt.Sprintf("%q is not an https address", c.Website), key, "website")
	}
}

// day is a day that has been.
func (f *finder) day(value string, today time.Time, path ...any) {
	day, err := time.Parse(time.DateOnly, value)
	switch key := path[len(path)-1]; {
	case value == "":
		f.add(fmt.Sprintf("%v is missing", key), path...)
	case err != nil:
		f.add(fmt.Sprintf("%v must be a day like 2026-10-01", key), path...)
	case day.After(today):
		f.add(fmt.Sprintf("%v lies in the future", key), path...)
	}
}

// at is a longer path, which shares nothing with path.
func at(path []any, step any) []any { return append(path[:len(path):len(path)], step) }
