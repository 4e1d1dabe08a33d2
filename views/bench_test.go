package views_test

import (
	"io"
	"testing"

	"example.org/icr/care/record"
	"example.org/icr/views"
)

func BenchmarkSummary(b *testing.B) {
	p := fullPage(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := views.Summary(p).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSection840(b *testing.B) {
	p := views.SectionPage{RecordPage: page(b, answered(surgery, entries(record.Results, surgery.Code, 840, record.Current)...)), Section: record.Results, PerPage: 840}
	b.ReportAllocs()
	for b.Loop() {
		if err := views.Section(p).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
