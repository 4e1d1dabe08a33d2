package signin

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// claims are a JSON object, read by exact name. A claim of another type than
// asked for reads as absent, so that nothing is made of what is not understood.
type claims map[string]json.RawMessage

// parseClaims reads an object; anything else is nil.
func parseClaims(data []byte) claims {
	var c claims
	if json.Unmarshal(data, &c) != nil {
		return nil
	}
	return c
}

// has reports whether there is such a claim, of whatever type.
func (c claims) has(name string) bool {
	raw, ok := c[name]
	return ok && string(raw) != "null"
}

func (c claims) text(name string) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return ""
	}
	return s
}

// words is text for people to read: without control and formatting characters.
func (c claims) words(name string) string {
	s := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, c.text(name)))
	return strings.TrimSpace(string(s[:min(len(s), 200)]))
}

// texts reads an array of strings, or a single string. What is not a string in
// the array is left out.
func (c claims) texts(name string) []string {
	if s := c.text(name); s != "" {
		return []string{s}
	}
	var all []string
	for _, raw := range c.array(name) {
		if s := (claims{"": raw}).text(""); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// objects reads an array of objects, or a single object, in the same way.
func (c claims) objects(name string) []claims {
	if o := parseClaims(c[name]); o != nil {
		return []claims{o}
	}
	var all []claims
	for _, raw := range c.array(name) {
		if o := parseClaims(raw); o != nil {
			all = append(all, o)
		}
	}
	return all
}

// object reads an object; anything else is nil.
func (c claims) object(name string) claims { return parseClaims(c[name]) }

// level reads a level of assurance: a whole number, or its digits as text.
func (c claims) level(name string) int {
	var n int
	if json.Unmarshal(c[name], &n) == nil {
		return n
	}
	if n, err := strconv.Atoi(c.text(name)); err == nil {
		return n
	}
	return 0
}

func (c claims) array(name string) []json.RawMessage {
	var all []json.RawMessage
	if json.Unmarshal(c[name], &all) != nil {
		return nil
	}
	return all
}

// time reads seconds since 1970. The upper bound is where they would have been
// milliseconds.
func (c claims) time(name string) (time.Time, bool) {
	var seconds float64
	if json.Unmarshal(c[name], &seconds) != nil || seconds <= 0 || seconds > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}
