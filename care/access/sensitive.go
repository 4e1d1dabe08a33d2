package access

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"example.org/icr/auth"
	"example.org/icr/care/record"
)

// Sensitivity is how carefully an item is handled. A greater one goes before a
// lesser.
type Sensitivity uint8

// The sensitivities.
const (
	Plain     Sensitivity = iota
	Sensitive             // a clinician may open it with a stated reason
	Sealed                // the law lets nobody see it here, and nobody is told of it
)

// categories are the categories of the list, each with how its items are
// handled. Assisted conception and gender recognition are protected by law
// (Human Fertilisation and Embryology Act 1990 s.33A, Gender Recognition Act
// 2004 s.22).
var categories = map[string]Sensitivity{
	"assisted-conception": Sealed, "gender-recognition": Sealed, "sti-hiv": Sensitive, "termination": Sensitive, "abuse": Sensitive,
}

// Labels finds sensitive items by their codes and words.
type Labels struct {
	codes map[string]Sensitivity        // of SNOMED CT, and so of dm+d, by code
	other map[record.Coding]Sensitivity // of other systems
	words map[uint32][]phrase           // by the hash of their first words
	first [64]uint64                    // the last 12 bits of these hashes, a bit each: most words begin no phrase
}

type phrase struct {
	words []string // in small letters
	as    Sensitivity
}

//go:embed sensitive.csv
var sensitiveCSV string

// ShippedLabels is the list that the product ships.
var ShippedLabels = sync.OnceValue(func() *Labels {
	l, err := (*Labels)(nil).With(strings.NewReader(sensitiveCSV))
	if err != nil {
		panic(err) // a test reads it
	}
	return l
})

// With returns l with more lines: category, system, code and name, with "words"
// for a system where the name is to be found in what an item says. It fails
// with the number of the first line that cannot be read.
func (l *Labels) With(r io.Reader) (*Labels, error) {
	all := &Labels{codes: map[string]Sensitivity{}, other: map[record.Coding]Sensitivity{}, words: map[uint32][]phrase{}}
	if l != nil {
		maps.Copy(all.codes, l.codes)
		maps.Copy(all.other, l.other)
		maps.Copy(all.words, l.words)
		all.first = l.first
	}
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 4
	for n := 1; ; n++ {
		line, err := lines.Read()
		switch {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("list of sensitive codes: %w", err)
		case n == 1 && line[0] == "category":
			continue
		}
		if err := all.add(line[0], line[1], line[2], line[3]); err != nil {
			return nil, fmt.Errorf("list of sensitive codes, line %d: %w", n, err)
		}
	}
}

func (l *Labels) add(category, system, code, name string) error {
	as, ok := categories[category]
	words := wordsOf(name)
	switch {
	case !ok:
		return fmt.Errorf("there is no category %q", category)
	case system == inWords && code == "" && len(words) > 0:
		first := hashOf(words[0])
		l.words[first] = append(slices.Clip(l.words[first]), phrase{words, as})
		l.first[first>>6%64] |= 1 << (first % 64)
	case system == inWords || system == "" || code == "":
		return fmt.Errorf("it needs a system and a code, or the system %q and a name", inWords)
	case snomed[system]:
		l.codes[code] = max(l.codes[code], as)
	default:
		key := record.Coding{System: system, Code: code}
		l.other[key] = max(l.other[key], as)
	}
	return nil
}

// inWords stands for the system of a line whose name is looked for.
const inWords = "words"

// snomed are the systems of SNOMED CT codes; those of dm+d are some of them.
var snomed = map[string]bool{"http://snomed.info/sct": true, "https://dmd.nhs.uk": true}

// Of is how carefully an entry is handled, by what it says it is. What its
// source labels as restricted is for the caller to know.
func (l *Labels) Of(e *record.Entry) Sensitivity {
	if l == nil {
		l = ShippedLabels()
	}
	as := max(l.concept(e.What), l.concept(e.Value), l.concept(record.Concept{Codings: e.Aside}), l.says(e.Kind), l.says(e.Reason))
	for _, p := range e.Parts {
		as = max(as, l.says(p.Name), l.says(p.Value))
	}
	if e.Section == record.Allergies {
		return as // which are never masked, whatever is noted
	}
	as = max(as, l.says(e.At), l.says(e.Dose))
	for _, note := range e.Notes {
		as = max(as, l.says(note))
	}
	return as
}

func (l *Labels) concept(c record.Concept) (as Sensitivity) {
	as = l.says(c.Text)
	for _, coding := range c.Codings {
		if snomed[coding.System] || coding.System == "" {
			as = max(as, l.codes[coding.Code])
		} else if len(l.other) > 0 {
			as = max(as, l.other[record.Coding{System: coding.System, Code: coding.Code}])
		}
		if coding.Display != c.Text {
			as = max(as, l.says(coding.Display))
		}
	}
	return as
}

// says finds the phrases of the list in a text, whole words only.
func (l *Labels) says(text string) (as Sensitivity) {
	for at := 0; at < len(text); {
		start, end, hash := nextWord(text, at)
		at = end
		if l.first[hash>>6%64]&(1<<(hash%64)) == 0 {
			continue
		}
		for _, p := range l.words[hash] {
			if p.as > as && p.stands(text, start) {
				as = p.as
			}
		}
	}
	return as
}

// stands reports whether the phrase stands at a place in a text.
func (p phrase) stands(text string, at int) bool {
	for _, word := range p.words {
		start, end, _ := nextWord(text, at)
		if !strings.EqualFold(text[start:end], word) {
			return false
		}
		at = end
	}
	return true
}

// nextWord finds the next word at or behind a place in a text, and its hash,
// in which small and capital letters are alike (FNV-1a).
func nextWord(text string, at int) (start, end int, hash uint32) {
	for at < len(text) && !inWord(text[at]) {
		at++
	}
	hash = 2166136261
	for end = at; end < len(text) && inWord(text[end]); end++ {
		c := text[end]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		hash = (hash ^ uint32(c)) * 16777619
	}
	return at, end, hash
}

func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func hashOf(word string) uint32 {
	_, _, hash := nextWord(word, 0)
	return hash
}

func wordsOf(text string) (words []string) {
	for at := 0; at < len(text); {
		start, end, _ := nextWord(text, at)
		if end > start {
			words = append(words, strings.ToLower(text[start:end]))
		}
		at = max(end, start)
	}
	return words
}

// barredAlerts are the alerts that concern third parties or crime, by
// Interweave's FlagType: whatever their category, roles that see only some
// categories do not see them.
var barredAlerts = map[string]bool{"MAPPA": true, "MARAC": true, "ALPERP": true, "RTC": true, "RTM": true, "RTW": true}

// BarredAlert reports whether an alert concerns third parties or crime.
func BarredAlert(e *record.Entry) bool {
	if e.Section != record.Alerts {
		return false
	}
	for _, coding := range e.What.Codings {
		if barredAlerts[strings.ToUpper(coding.Code)] {
			return true
		}
	}
	said := append([]string{e.What.Text}, e.Notes...)
	for _, coding := range e.What.Codings {
		said = append(said, coding.Display)
	}
	return slices.ContainsFunc(wordsOf(strings.Join(said, " ")), func(word string) bool {
		return word == "mappa" || word == "marac" || word == "perpetrator"
	})
}

// Masks says what becomes of an item for a role, by its section and
// sensitivity. Opened is whether the user has stated why they need to see what
// is sensitive. Allergies are never masked, nor are medicines from clinicians.
func Masks(role auth.Role, s record.Section, as Sensitivity, opened bool) Masking {
	switch {
	case as == Plain, s == record.Allergies, s == record.Medications && role == auth.Clinician:
		return NoMask
	case as == Sealed || role != auth.Clinician:
		return MaskSilently
	case opened:
		return NoMask
	}
	return MaskOpenly
}
