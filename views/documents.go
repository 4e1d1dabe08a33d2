package views

import (
	"cmp"
	"mime"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/record"
)

// documentGroups are documents by what they are, where the page has them all,
// those of each organisation together, newest first. What its source calls
// superseded, and nothing known replaces, comes last.
func (p RecordPage) documentGroups(lines []record.Line) []group {
	current, over := split(lines)
	past := group{name: "Past", past: true, lines: over, most: summaryLines}
	if !p.full && p.only != record.Documents {
		return []group{{name: "Current", lines: current, most: summaryLines}, past}
	}
	past.name = "Superseded"
	n := p.naming()
	at := map[string]int{}
	var groups []group
	for _, l := range current {
		name := n.words(l.Lead().What.Words())
		key := strings.ToLower(name)
		i, met := at[key]
		if !met {
			i = len(groups)
			at[key] = i
			groups = append(groups, group{name: cmp.Or(capital(name), "Document")})
		}
		groups[i].lines = append(groups[i].lines, l)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.lines, func(a, b record.Line) int { return cmp.Compare(n.name(a.Lead().From), n.name(b.Lead().From)) })
	}
	return append(groups, past)
}

// fileNames are what people call types of file.
var fileNames = map[string]string{
	"application/pdf": "PDF", "text/plain": "Text", "image/png": "Picture", "image/jpeg": "Picture", "image/gif": "Picture", "image/tiff": "Picture (TIFF)",
	"text/rtf": "Rich text", "application/rtf": "Rich text", "application/msword": "Word document", "text/html": "Web page", "application/xml": "XML", "text/xml": "XML",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document", "image/svg+xml": "Drawing (SVG)",
}

// file says what opens: its type, and its size.
func (w *writer) file(e *record.Entry) {
	if e.Document == nil || e.Section != record.Documents && e.Section != record.Results {
		return
	}
	if sent := e.Document.ContentType; w.opens.name == "" || w.opens.sent != sent {
		w.opens = fileType{sent, fileName(sent)}
	}
	w.raw(` <span class="icr-detail icr-file">`)
	w.raw(w.opens.name)
	if e.Document.Size > 0 {
		w.raw(`, `)
		w.raw(fileSize(e.Document.Size))
	}
	if w.naming.hidden {
		w.raw(`, not opened here: the record is restricted`)
	} else if w.document(e) == "" {
		w.raw(`, which was not sent along`)
	}
	w.raw(`</span>`)
}

// fileType is a type of file as it was sent, and as people call it.
type fileType struct{ sent, name string }

func fileName(sent string) string {
	kind, _, err := mime.ParseMediaType(sent)
	if err != nil || fileNames[kind] == "" {
		return "File"
	}
	return fileNames[kind]
}

// fileSize is a number of bytes as people read it.
func fileSize(bytes int) string {
	switch {
	case bytes < 1000:
		return counted(bytes, "byte")
	case bytes < 1000*1000:
		return strconv.Itoa((bytes+500)/1000) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
}

// earlier opens to the versions that a document took the place of.
func (w *writer) earlier(l *record.Line) {
	if len(l.Earlier) == 0 {
		return
	}
	w.raw(`<details class="icr-more icr-more--printed icr-earlier"><summary class="icr-more__summary">`)
	w.raw(counted(len(l.Earlier), "earlier version"))
	w.raw(`<span class="nhsuk-u-visually-hidden"> of `)
	w.text(w.title(l.Lead()))
	w.raw(`</span></summary><div class="icr-more__text"><p class="icr-earlier__warning">Replaced. Read the version above.</p><ul class="icr-earlier__list">`)
	for _, e := range l.Earlier {
		w.raw(`<li>`)
		w.what(e)
		w.file(e)
		w.raw(` `)
		w.date(e)
		w.raw(` `)
		w.status(e)
		w.raw(`</li>`)
	}
	w.raw(`</ul></div></details>`)
}
