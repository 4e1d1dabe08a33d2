package views

import (
	"strconv"
	"strings"

	"example.org/icr/care/record"
)

// details are what an entry says besides its name, value, date and status.
// Who, where and why are told on the line only if one source alone speaks;
// else each source's own are below.
func (w *writer) details(e *record.Entry, alone bool) {
	w.dose(e)
	w.grave("Severity", e.Severity, "severe")
	w.grave("Criticality", e.Criticality, "high")
	w.detail("Reaction", strings.Join(e.Reactions, ", "))
	w.detail("Site", e.Site)
	if alone {
		w.circumstances(e)
	}
	if inline(e) {
		for _, note := range e.Notes {
			w.detail("Note", note)
		}
	}
}

// essence is what of an entry tells it from another that it conflicts with.
func (w *writer) essence(e *record.Entry) {
	w.dose(e)
	w.grave("Severity", e.Severity, "severe")
	w.grave("Criticality", e.Criticality, "high")
}

func (w *writer) dose(e *record.Entry) {
	if e.Dose == "" {
		return
	}
	w.raw(` <span class="icr-dose">`)
	w.folded(w.naming.words(e.Dose))
	w.raw(`</span>`)
}

// circumstances are why, by whom and where. For a patient whose whereabouts
// are restricted, whom and where are not told.
func (w *writer) circumstances(e *record.Entry) {
	w.detail("Reason", e.Reason)
	if w.naming.hidden {
		return
	}
	w.detail("By", e.By)
	w.detail("At", e.At)
	w.detail("Phone", e.Phone)
}

// inline reports whether an entry's notes stand on its line: those of what
// warns do.
func inline(e *record.Entry) bool {
	return e.Section == record.Allergies || e.Section == record.Alerts
}

// grave is a detail that stands out if it says the worst.
func (w *writer) grave(label, words, worst string) {
	if !strings.EqualFold(words, worst) {
		w.detail(label, words)
		return
	}
	w.raw(` <strong class="icr-tag icr-tag--grave">`)
	w.raw(label)
	w.wrap(` `, words, `</strong>`)
}

func (w *writer) detail(label, words string) {
	if words == "" {
		return
	}
	w.raw(` <span class="icr-detail"><span class="icr-label">`)
	w.raw(label)
	w.raw(`</span> `)
	w.folded(w.naming.words(words))
	w.raw(`</span>`)
}

// more opens to each source's own words and codes.
func (w *writer) more(l *record.Line) {
	if !hasMore(l) && w.mistakes == nil {
		return
	}
	if len(l.Entries) > 1 || len(l.Lead().Notes) > 0 { // more than codes
		w.raw(`<details class="icr-more icr-more--printed"><summary class="icr-more__summary">`)
	} else {
		w.raw(`<details class="icr-more"><summary class="icr-more__summary">`)
	}
	if n := len(l.Entries); n > 1 {
		w.buf = strconv.AppendInt(w.buf, int64(n), 10)
		w.raw(` sources<span class="nhsuk-u-visually-hidden"> about `)
	} else {
		w.raw(`More<span class="nhsuk-u-visually-hidden"> about `)
	}
	w.text(brief(w.title(l.Lead()), 80))
	w.raw(`</span></summary><div class="icr-more__text">`)
	for i := range l.Entries {
		w.own(l.Entries[i], len(l.Entries) == 1)
	}
	w.raw(`</div></details>`)
}

func hasMore(l *record.Line) bool {
	e := l.Lead()
	return len(l.Entries) > 1 || len(e.What.Codings) > 0 || len(e.Value.Codings) > 0 ||
		len(e.Notes) > 0 && !inline(e) || !e.Recorded.IsZero() && e.Recorded != e.When
}

// own is one source's own statement.
func (w *writer) own(e *record.Entry, alone bool) {
	w.raw(`<div class="icr-own">`)
	if !alone {
		w.source(e.From)
		w.origin(e)
		w.raw(` <span class="icr-own__words">`)
		w.folded(w.title(e))
		w.raw(`</span>`)
		w.circumstances(e)
	}
	w.codes(` <span class="icr-detail"><span class="icr-label">Code</span> `, e.What)
	w.codes(` <span class="icr-detail"><span class="icr-label">Value code</span> `, e.Value)
	w.recorded(e)
	if !inline(e) || !alone {
		for _, note := range e.Notes {
			w.detail("Note", note)
		}
	}
	w.mistake(e)
	w.raw(`</div>`)
}

func (w *writer) recorded(e *record.Entry) {
	if e.Recorded.IsZero() || e.Recorded == e.When {
		return
	}
	w.raw(` <span class="icr-detail"><span class="icr-label">Recorded</span> `)
	w.time(e.Recorded)
	w.raw(`</span>`)
}

func (w *writer) codes(open string, c record.Concept) {
	for i := range c.Codings {
		coding := &c.Codings[i]
		w.raw(open)
		if coding.System != w.system.id {
			w.system = codeSystem{coding.System, coding.SystemName()}
		}
		w.wrap(``, w.system.name, ` `)
		w.wrap(`<span class="icr-code">`, coding.Code, `</span>`)
		if coding.Display != "" {
			w.raw(` `)
			w.folded(w.naming.words(coding.Display))
		}
		w.raw(`</span>`)
	}
}

// codeSystem is a system of codes as codes name it, and as people call it.
type codeSystem struct{ id, name string }
