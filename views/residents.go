package views

import (
	"time"

	"example.org/icr/care/record"
)

// aboutParts are the parts of a record, in words for a patient.
func aboutParts() []string {
	parts := []string{"Your name, date of birth, address and contacts"}
	for _, s := range record.Sections {
		parts = append(parts, plainly[s])
	}
	return parts
}

// isoDay is a day of a notice as pages write it, or what was written.
func isoDay(iso string) string { return longDay(record.ParseDate(iso).Time()) }

// longDay is a day as letters and notices write it: 1 October 2026.
func longDay(t time.Time) string {
	if t.IsZero() {
		return "a day that is not known"
	}
	return t.Format("2 January 2006")
}
