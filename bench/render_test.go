package bench

import (
	"bytes"
	"html"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"example.org/icr/views/ui"
)

// everything is the scope of who may see all.
func everything() record.Scope {
	scope := record.Scope{}
	for _, s := range record.Sections {
		scope[s] = record.Everything
	}
	return scope
}

// decoded are the contributions of all partners, read from their bytes.
func decoded(b *testing.B, bundles [][]byte) []record.Contribution {
	all := make([]record.Contribution, len(bundles))
	for i, data := range bundles {
		answer := fhir.NewAnswer(organisations[i], everything(), fhir.Limit{})
		if _, err := answer.Read(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
		all[i] = record.Contribution{Source: organisations[i], State: record.Answered, Entries: answer.Result().Entries}
	}
	return all
}

// typical are the bytes of one patient's record.
func typical() [][]byte {
	bundles := make([][]byte, partnerCount)
	for i := range bundles {
		bundles[i] = bundle(i, patients[0])
	}
	return bundles
}

// merged is the page of the typical record, in a state to be rendered.
func merged(contributions []record.Contribution) views.RecordPage {
	return views.RecordPage{
		Frame: views.Frame{Programme: "Benchmark", Now: time.Now()}, Ref: "ref", Record: record.Merge(contributions), Scope: everything(),
		Person: record.Person{Number: patients[0], Family: "Typical", Given: []string{"Mary"}, Gender: "female", Born: record.ParseDate("1951-03-09")},
	}
}

// BenchmarkLongTable compares the rows of the sections that are long tables,
// and the picture and the table of medicines over time, which grow with them,
// with code that merely appends the same tags, writes the same dates and
// escapes the same words: the cheapest of all ways to make them. What the pages
// cost with one row each is not the rows' and is taken off.
func BenchmarkLongTable(b *testing.B) {
	tune(garbage)
	p := merged(decoded(b, typical()))
	var long, short, rows bytes.Buffer
	render := func(to *bytes.Buffer, lines int) {
		to.Reset()
		for _, s := range []record.Section{record.Results, record.Observations, record.Medications} {
			if err := views.Section(views.SectionPage{RecordPage: p, Section: s, PerPage: lines}).Render(b.Context(), to); err != nil {
				b.Fatal(err)
			}
		}
	}
	render(&long, 10_000)
	pieces := rowsOf(long.String())
	byHand := func() {
		rows.Reset()
		buf := rows.AvailableBuffer()
		for _, piece := range pieces {
			buf = piece.append(buf)
		}
		rows.Write(buf)
	}
	byHand()
	if !strings.Contains(long.String(), rows.String()[:rows.Len()/4]) { // the first table's, or much of it
		b.Fatal("what is appended by hand is something else")
	}
	const times = 40
	var whole, rest, hand []float64
	for b.Loop() {
		for range 3 * rounds {
			whole = append(whole, costOf(times, repeat(times, func() { render(&long, 10_000) })).millis)
			rest = append(rest, costOf(times, repeat(times, func() { render(&short, 1) })).millis)
			hand = append(hand, costOf(times, repeat(times, byHand)).millis)
		}
	}
	note("long tables", "%d rows in %d bytes: %.2f ms, by hand %.2f ms; the pages that they stand on, with their charts, %.2f ms for %d bytes more",
		bytes.Count(rows.Bytes(), []byte("data-entry")), rows.Len(), median(whole)-median(rest), median(hand), median(rest), short.Len())
	figure(b, "5", "processor time of rendering long tables / of appending the same bytes by hand", "render/hand", (median(whole)-median(rest))/median(hand), 2)
	b.ReportMetric(0, "ns/op")
}

func repeat(times int, f func()) func() {
	return func() {
		for range times {
			f()
		}
	}
}

// piece is a run of tags and what follows: a date, of which the markup ends
// where it begins, or words.
type piece struct {
	markup, words string
	when          record.Date
}

func (p piece) append(dst []byte) []byte {
	dst = append(dst, p.markup...)
	if p.when.Dated() {
		return p.when.AppendWords(append(p.when.AppendISO(dst), `">`...))
	}
	return ui.AppendText(dst, p.words)
}

// rowsOf are the rows of a page's tables with entries, and what is shown of
// medicines over time.
func rowsOf(page string) []piece {
	var all []piece
	for _, table := range strings.Split(page, `<tbody class="nhsuk-table__body">`)[1:] {
		rows, _, _ := strings.Cut(table, `</tbody>`)
		if strings.Contains(rows, "data-entry") {
			all = append(all, taken(rows)...)
		}
	}
	for _, figure := range strings.Split(page, `<figure class="icr-medicines"`)[1:] {
		drawn, _, _ := strings.Cut(figure, `</figure>`)
		all = append(all, taken(drawn)...)
	}
	return all
}

// taken takes rows apart into what is constant, what must be written as a
// date, and what must be escaped.
func taken(rows string) []piece {
	var pieces []piece
	markup := ""
	for rows != "" {
		words, rest, _ := strings.Cut(rows, "<")
		tag, after, _ := strings.Cut(rest, ">")
		if plain := html.UnescapeString(words); words != "" && string(ui.AppendText(nil, plain)) == words {
			pieces, markup = append(pieces, piece{markup: markup, words: plain}), ""
		} else {
			markup += words
		}
		if sent, ok := strings.CutPrefix(tag, `time datetime="`); ok {
			when := record.ParseDate(strings.TrimSuffix(sent, `"`))
			pieces, markup, after = append(pieces, piece{markup: markup + `<time datetime="`, when: when}), "", strings.TrimPrefix(after, when.String())
		} else if rest != "" {
			markup += "<" + tag + ">"
		}
		rows = after
	}
	return append(pieces, piece{markup: markup})
}
