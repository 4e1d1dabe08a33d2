package views

import (
	"strings"

	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/views/ui"
)

// MistakePage asks what is wrong with an entry of a record, or with a section.
type MistakePage struct {
	RecordPage
	Section   record.Section
	Entry     *record.Entry // nil where it is the section, or where nobody sent the entry this time
	Gone      bool          // an entry was meant that nobody sent this time
	Key       string        // stands for the entry in the form
	Report    string        // stands for what is kept of it
	Suppliers safety.Suppliers
	Form      MistakeForm
}

// MistakeForm is the form as it was filled in. Its fields are mistake, words
// and, where no entry is named, partner.
type MistakeForm struct {
	Mistake        safety.Mistake
	Words, Partner string
	Errors         []FieldError
}

func (f MistakeForm) errors() ui.Errors { return f.Errors }

// Entries are the entries that stand on the page.
func (p MistakePage) Entries() []*record.Entry {
	if p.Entry == nil {
		return nil
	}
	return []*record.Entry{p.Entry}
}

func (p MistakePage) choice() ui.Choice {
	c := ui.Choice{Name: "mistake", Legend: "What is wrong?", Value: string(p.Form.Mistake), Error: p.Form.errors().For("mistake")}
	for _, m := range safety.Mistakes {
		if p.Entry != nil && m.Mistake == safety.Missing {
			continue
		}
		c.Options = append(c.Options, ui.Option{Value: string(m.Mistake), Text: m.Words})
	}
	return c
}

// partners are all that supply, whoever the patient is: a list of those that
// know the patient would give whereabouts away.
func (p MistakePage) partners() []ui.Option {
	options := []ui.Option{{Text: "Not known, or several"}}
	for _, s := range p.Suppliers {
		options = append(options, ui.Option{Value: string(s.Code), Text: short(s.Name)})
	}
	return options
}

func (p MistakePage) heading() string {
	if p.Entry != nil {
		return "Report an error in this entry"
	}
	return "Report an error in " + strings.ToLower(p.Section.Name())
}

// about is the page of one section alone.
func (p MistakePage) about() RecordPage {
	page := p.RecordPage
	page.only = p.Section
	return page
}

// line is the entry that is reported, as the record shows it.
func (p MistakePage) line() []record.Line {
	return []record.Line{{Entries: []*record.Entry{p.Entry}}}
}

// mistake appends the way to report an error in one source's own statement.
func (w *writer) mistake(e *record.Entry) {
	if w.mistakes == nil {
		return
	}
	w.raw(` <a class="icr-mistake" href="`)
	w.text(w.base)
	w.raw(`/mistake/`)
	w.text(string(e.Section))
	w.raw(`?entry=`)
	w.text(w.mistakes(e))
	w.raw(`" rel="nofollow">Report an error<span class="nhsuk-u-visually-hidden"> in `)
	w.text(brief(w.title(e), 80))
	w.raw(`</span></a>`)
}
