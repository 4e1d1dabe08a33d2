package views

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/record"
	"example.org/icr/views/ui"
)

// value is what was measured or found, with what it is measured against.
func (w *writer) value(e *record.Entry) {
	if e.Quantity.Number != "" {
		w.raw(` `)
		w.quantity(&e.Quantity)
	} else if value := e.Value.Words(); value != "" {
		w.raw(` `)
		w.found(value)
	}
	w.flag(e)
	w.wrap(` <span class="icr-detail">range `, e.Range, `</span>`)
	for i := range e.Parts {
		w.part(e.Section, &e.Parts[i])
	}
}

// part is one of several values. The activities of a plan stand on a line each:
// what is said of one must not be read of the next.
func (w *writer) part(s record.Section, p *record.Part) {
	if s == record.CarePlans || s == record.SocialCare {
		w.raw(` <span class="icr-part icr-part--alone">`)
	} else {
		w.raw(` <span class="icr-part">`)
	}
	name, forbidden := strings.CutPrefix(p.Name, record.NotToBeDone)
	if forbidden {
		w.raw(`<strong>` + record.NotToBeDone + `</strong>`)
	}
	if name != "" {
		w.folded(w.naming.words(name))
		w.raw(` `)
	}
	if p.Value == "" {
		w.quantity(&p.Quantity)
	} else {
		w.found(p.Value)
	}
	w.raw(`</span>`)
}

// longestWhole is how long a quantity may be that stands on one line, which the
// narrowest screen has room for: a number torn from its unit is misread.
const longestWhole = 24

func (w *writer) quantity(q *record.Quantity) {
	if len(q.Comparator)+len(q.Number)+len(" ")+len(q.Unit) > longestWhole {
		w.found(q.String())
		return
	}
	w.raw(`<span class="icr-value icr-value--whole">`)
	if w.naming.hide == nil && q.Comparator == "" && plain(q.Number) && w.plainUnit(q.Unit) {
		w.raw(q.Number)
		w.raw(` `)
		w.raw(q.Unit)
	} else {
		w.words(w.naming.words(q.String()))
	}
	w.raw(`</span>`)
}

// found appends what was found, in words.
func (w *writer) found(words string) {
	w.raw(`<span class="icr-value">`)
	w.folded(w.naming.words(words))
	w.raw(`</span>`)
}

// plain reports whether a number is of digits, with one point at most.
func plain(number string) bool {
	points := 0
	for i := range len(number) {
		if c := number[i]; c == '.' {
			points++
		} else if c < '0' || c > '9' {
			return false
		}
	}
	return number != "" && points < 2
}

// plainUnit reports whether a unit needs no more than to be appended.
func (w *writer) plainUnit(unit string) bool {
	if w.naming.plain.has(unit) {
		return true
	}
	start, _ := abbreviation(unit, 0)
	if start >= 0 || unit == "" || strings.TrimSpace(unit) != unit || !ui.Plain(unit) {
		return false
	}
	w.naming.plain.add(unit)
	return true
}

// flag is what the source says of a value, with a sign for out of range: a
// triangle that points where the value lies, or none where that is not said.
func (w *writer) flag(e *record.Entry) {
	if !e.Abnormal {
		w.wrap(` <span class="icr-tag">`, e.Flag, `</span>`)
		return
	}
	w.raw(` <strong class="icr-tag icr-tag--abnormal`)
	w.raw(lies(e.Flag))
	w.raw(`">`)
	w.text(cmp.Or(e.Flag, "Out of range"))
	w.raw(`</strong>`)
}

// lies is which way a value lies out of range, as its source's flag says.
func lies(flag string) string {
	flag = strings.ToLower(flag)
	low := strings.Contains(flag, "low") || strings.Contains(flag, "below") || slices.Contains([]string{"l", "ll", "lu", "lx", "<"}, flag)
	high := strings.Contains(flag, "high") || strings.Contains(flag, "above") || slices.Contains([]string{"h", "hh", "hu", "hx", ">"}, flag)
	switch {
	case low && !high:
		return " icr-tag--low"
	case high && !low:
		return " icr-tag--high"
	}
	return ""
}
