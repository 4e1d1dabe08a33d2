package views

import (
	"example.org/icr/care/record"
	"github.com/a-h/templ"
)

// column is one column of a section's table. Its heading is ours.
type column struct {
	heading string
	cell    func(w *writer, l *record.Line)
}

var (
	dateColumn   = column{"Date", func(w *writer, l *record.Line) { w.date(l.Lead()) }}
	statusColumn = column{"Status", func(w *writer, l *record.Line) { w.status(l.Lead()) }}
	sourceColumn = column{"Source", func(w *writer, l *record.Line) { w.sources(l) }}
	nameCell     = func(w *writer, l *record.Line) {
		w.what(l.Lead())
		w.marks(l)
		w.more(l)
	}
)

var readingColumns = []column{
	{"Test or measurement", nameCell},
	{"Result", func(w *writer, l *record.Line) {
		w.value(l.Lead())
		w.trend(l.Lead())
		w.file(l.Lead())
		w.details(l.Lead(), len(l.Entries) == 1)
	}},
	dateColumn, statusColumn, sourceColumn,
}

var prescribed = []column{
	{"Medicine", nameCell},
	{"Dose and details", func(w *writer, l *record.Line) {
		w.details(l.Lead(), false)
		w.detail("Reason", l.Lead().Reason)
		w.value(l.Lead())
	}},
	{"Prescriber", (*writer).prescriber},
	dateColumn,
	{"Last issued", (*writer).issued},
	statusColumn, sourceColumn,
}

// tables are the sections that read better as tables, with their columns. The
// first column names the row.
var tables = map[record.Section][]column{
	record.Medications: prescribed, record.Results: readingColumns, record.Observations: readingColumns,
}

// table is a section's lines as a table. Its caption is seen only if it is not
// the section's name.
func (p RecordPage) table(columns []column, caption string, lines []record.Line) templ.Component {
	section := p.only
	var trends map[*record.Entry]*measure
	if measured(section) {
		trends = p.measures(section).trends
	}
	return p.written(func(w *writer) {
		w.trends = trends
		w.raw(`<table class="nhsuk-table nhsuk-table--responsive icr-table`)
		if len(columns) > 5 {
			w.raw(` icr-table--wide`)
		}
		w.raw(`" role="table">`)
		if caption == "" {
			w.wrap(`<caption class="nhsuk-u-visually-hidden">`, section.Name(), `</caption>`)
		} else {
			w.wrap(`<caption class="nhsuk-table__caption nhsuk-table__caption--s">`, caption, `</caption>`)
		}
		w.raw(`<thead class="nhsuk-table__head" role="rowgroup"><tr class="nhsuk-table__row" role="row">`)
		for _, c := range columns {
			w.wrap(`<th class="nhsuk-table__header" scope="col" role="columnheader">`, c.heading, `</th>`)
		}
		w.raw(`</tr></thead><tbody class="nhsuk-table__body">`)
		cells := cells(columns)
		for i := range lines {
			w.row(columns, cells, &lines[i])
			w.passOn()
		}
		w.raw(`</tbody></table>`)
	})
}

// cells is what stands before each column's cell in every row. Where columns
// stand one under the other, their headings are told with the cells.
func cells(columns []column) []string {
	cells := []string{`><th class="nhsuk-table__header icr-table__name" scope="row" role="rowheader">`}
	end := `</th>`
	for _, c := range columns[1:] {
		cells = append(cells, end+`<td class="nhsuk-table__cell" role="cell"><span class="nhsuk-table__heading" aria-hidden="true">`+c.heading+` </span>`)
		end = `</td>`
	}
	return cells
}

func (w *writer) row(columns []column, cells []string, l *record.Line) {
	w.raw(`<tr class="nhsuk-table__row" role="row" data-entry`)
	w.group(l)
	for i, before := range cells {
		w.raw(before)
		columns[i].cell(w, l)
	}
	w.raw(`</td></tr>`)
}
