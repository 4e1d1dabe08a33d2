package demo

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town"
)

// relationshipsCSV is the file that `icr import relationships` reads.
func relationshipsCSV(list []town.Relationship) ([]byte, error) {
	rows := [][]string{{"nhs_number", "organisation", "kind", "source_id", "starts", "ends"}}
	for _, r := range list {
		rows = append(rows, []string{r.NHSNumber.Digits(), string(r.Organisation), r.Kind, r.SourceID, instant(r.Starts), instant(r.Ends)})
	}
	return writeCSV(rows)
}

// objectionsCSV is the file that `icr import objections` reads: how each
// person's objection stands, without how it came to that.
func objectionsCSV(list []town.Objection) ([]byte, error) {
	rows := [][]string{{"nhs_number", "family_name", "given_name", "birth_date", "state", "at"}}
	for _, o := range latest(list) {
		rows = append(rows, []string{o.NHSNumber.Digits(), o.FamilyName, o.GivenName, o.BirthDate, o.State, instant(o.At)})
	}
	return writeCSV(rows)
}

// latest keeps the last state of each person's objection.
func latest(list []town.Objection) []town.Objection {
	var last []town.Objection
	at := map[nhs.Number]int{}
	for _, o := range list {
		i, seen := at[o.NHSNumber]
		switch {
		case !seen:
			at[o.NHSNumber] = len(last)
			last = append(last, o)
		case o.At.After(last[i].At):
			last[i] = o
		}
	}
	return last
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func writeCSV(rows [][]string) ([]byte, error) {
	var file bytes.Buffer
	err := csv.NewWriter(&file).WriteAll(rows)
	return file.Bytes(), err
}

// tail is the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
