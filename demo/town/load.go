package town

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/bundles"
	"example.org/icr/demo/town/resident"
)

// Load is the town of the stories with a person more for every FHIR R4 bundle
// in dir (.json, .json.gz). What cannot be used is named in LeftOut; only a
// folder that cannot be read is an error.
func Load(dir string) (*Town, error) { return LoadOn(dir, time.Now()) }

// LoadOn is Load, on the given day.
func LoadOn(dir string, today time.Time) (*Town, error) {
	t, err := StoriesOn(today)
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("bundles: %w", err)
	}
	l := loader{town: t, today: today, next: firstStem, dropped: map[string]int{}}
	for next := range readAhead(dir, files) {
		f := <-next
		if f.err == nil {
			f.err = l.add(f.name, f.bundle)
		}
		if f.err != nil {
			t.LeftOut = append(t.LeftOut, fmt.Sprintf("%s: %v", f.name, f.err))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(l.dropped)) {
		t.LeftOut = append(t.LeftOut, fmt.Sprintf("%d %s: %s", l.dropped[kind], kind, why(kind)))
	}
	return t, nil
}

func why(kind string) string {
	if bundles.NameOnly(kind) {
		return "kept as names only"
	}
	return "no part of a care record"
}

// firstStem is the first nine digits of the numbers that loaded patients get.
const firstStem = 999100000

// file is a bundle as its file holds it.
type file struct {
	name   string
	bundle *bundles.Bundle
	err    error
}

// readAhead reads the files in their order, the next few while one is added, so
// that only those are in memory whole.
func readAhead(dir string, files []os.DirEntry) <-chan chan file {
	ahead := make(chan chan file, 2)
	go func() {
		defer close(ahead)
		for _, f := range files {
			if f.IsDir() {
				continue
			}
			next := make(chan file, 1)
			ahead <- next
			go func() {
				b, err := read(filepath.Join(dir, f.Name()))
				next <- file{f.Name(), b, err}
			}()
		}
	}()
	return ahead
}

// loader adds one bundle after the other.
type loader struct {
	town    *Town
	today   time.Time
	next    int
	dropped map[string]int
}

func (l *loader) add(name string, b *bundles.Bundle) error {
	p := b.Person()
	own, ok := b.Number()
	if p.Number = own; !ok || l.taken(own) {
		p.Number = l.number()
	}
	split, err := b.Split(p, l.today)
	if err != nil {
		return err
	}
	if err := l.town.settle(p, l.story(name, p, b, split), "ed.nurse", split.Files); err != nil {
		return err
	}
	l.relate(p)
	for _, in := range split.Injected {
		truth := Injected{Kind: in.Kind, NHSNumber: p.Number}
		for _, item := range in.Items {
			truth.Items = append(truth.Items, Item(item))
		}
		l.town.Truth = append(l.town.Truth, truth)
	}
	for kind, n := range b.Dropped {
		l.dropped[kind] += n
	}
	l.town.Loaded++
	return nil
}

func read(path string) (*bundles.Bundle, error) {
	name := strings.ToLower(path)
	if !strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".json.gz") {
		return nil, errors.New("neither .json nor .json.gz")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	return bundles.Read(r)
}

// number is the next NHS number that nobody in the town has.
func (l *loader) number() nhs.Number {
	for {
		stem := l.next
		l.next++
		for check := range 10 {
			n, err := nhs.ParseNumber(fmt.Sprintf("%09d%d", stem, check))
			if err == nil && !l.taken(n) {
				return n
			}
		}
	}
}

func (l *loader) taken(n nhs.Number) bool {
	_, current := l.town.Demographics[n.Digits()]
	_, former := l.town.Superseded[n.Digits()]
	return current || former
}

// relate gives a loaded patient an episode of care at the trust and at the
// council, beside the registration with the practice.
func (l *loader) relate(p resident.Person) {
	since := l.today.AddDate(0, -1, 0)
	l.town.ground(p.Number, p.Practice, "registered", since)
	l.town.ground(p.Number, bundles.Acute, "episode", since)
	l.town.ground(p.Number, bundles.Council, "episode", since)
}

// story says where a loaded patient comes from, and what keeps the record
// from being shown.
func (l *loader) story(file string, p resident.Person, b *bundles.Bundle, split bundles.Split) string {
	story := fmt.Sprintf("Loaded from %s: %d items over %d partners", file, b.Entries, len(split.Files))
	if born, err := time.Parse(time.DateOnly, p.Born); err == nil && born.AddDate(18, 0, 0).After(l.today) {
		story += "; under 18"
	}
	if len(p.Died) >= 4 {
		story += "; died in " + p.Died[:4]
	}
	return story
}
