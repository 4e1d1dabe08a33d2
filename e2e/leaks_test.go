package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// identifiers are what names each person of the town, each as a whole word.
var identifiers = sync.OnceValue(func() map[*regexp.Regexp]string {
	all := map[*regexp.Regexp]string{}
	add := func(what string, ways ...string) {
		for i, way := range ways {
			ways[i] = strings.ReplaceAll(regexp.QuoteMeta(way), " ", `(?:[ +_-]|%20)?`)
		}
		all[regexp.MustCompile(`(?i)\b(?:`+strings.Join(ways, "|")+`)\b`)] = what
	}
	add("an NHS number", spaced(superseded))
	for _, p := range town.people {
		names := strings.Fields(p.Name)
		add("an NHS number", spaced(p.NHSNumber))
		add("a name or birth date", names[len(names)-1], names[0]+" "+names[len(names)-1], strings.ReplaceAll(p.BirthDate, "-", " "))
	}
	return all
})

// superseded is the number that leads to somebody else's.
const superseded = "9990000255"

// identifies says what in a text names a patient.
func (d *demonstration) identifies(text string) string {
	for identifier, what := range identifiers() {
		if found := identifier.FindString(text); found != "" {
			return what + " (" + found + ")"
		}
	}
	return ""
}

var stands = regexp.MustCompile(`/(?:record|search|events)/([A-Z0-9]{16,})`)

// refs are the stand-ins for patients and searches in the addresses that
// anybody asked for.
var refs struct {
	sync.Mutex
	seen []string
}

func (d *demonstration) visited(url string) {
	if m := stands.FindStringSubmatch(url); m != nil {
		refs.Lock()
		defer refs.Unlock()
		if !slices.Contains(refs.seen, m[1]) {
			refs.seen = append(refs.seen, m[1])
		}
	}
}

// leaked looks through the viewer's log for whatever names a patient, or
// stands for one.
func (d *demonstration) leaked() error {
	text, err := os.ReadFile(filepath.Join(d.state, "icr.log"))
	if err != nil {
		return err
	}
	var leaks []error
	for line := range strings.Lines(string(text)) {
		if what := d.identifies(line); what != "" {
			leaks = append(leaks, fmt.Errorf("P9: the log holds %s: %s", what, line))
		}
	}
	refs.Lock()
	defer refs.Unlock()
	for _, ref := range refs.seen {
		if strings.Contains(string(text), ref) {
			leaks = append(leaks, fmt.Errorf("P9: the log holds %s, which stands for a patient or a search", ref))
		}
	}
	return errors.Join(leaks...)
}
