package record_test

import (
	"testing"
	"time"

	"example.org/icr/care/record"
)

func TestDatesStayAsPreciseAsTheyWereSent(t *testing.T) {
	for sent, want := range map[string]string{
		"1980":                      "1980",
		"1980-08":                   "Aug-1980",
		"1980-08-14":                "14-Aug-1980",
		"1980-08-14T09:05:00Z":      "14-Aug-1980 10:05",
		"2017-10-09T15:25+00:00":    "09-Oct-2017 16:25",
		"2026-03-29T00:59:59Z":      "29-Mar-2026 00:59",
		"2026-03-29T01:00:00Z":      "29-Mar-2026 02:00",
		"2026-10-25T00:30:00Z":      "25-Oct-2026 01:30",
		"2026-10-25T01:30:00Z":      "25-Oct-2026 01:30",
		"2020-02-01T23:30:00-05:00": "02-Feb-2020 04:30",
		"2020-02-01T10:00:00":       "01-Feb-2020 10:00",
		"13/10/1936 00:00:00":       "13/10/1936 00:00:00",
		"not a date":                "not a date",
		"1980-13":                   "1980-13",
		"2023-02-30":                "2023-02-30",
		"":                          "",
	} {
		if got := record.ParseDate(sent).String(); got != want {
			t.Errorf("%q reads %q, want %q", sent, got, want)
		}
	}
}

func TestUnreadableDatesAreUndated(t *testing.T) {
	d := record.ParseDate("soon")
	if d.Dated() || d.ISO() != "" || d.IsZero() {
		t.Errorf("%+v", d)
	}
	if record.ParseDate("1901").Compare(d) <= 0 {
		t.Error("what has no date must not come before what has one")
	}
}

func TestAge(t *testing.T) {
	for _, test := range []struct {
		born, on string
		want     int
		known    bool
	}{
		{"2008-11-22", "2026-11-22T00:00:00Z", 18, true},
		{"2008-11-23", "2026-11-22T23:59:59Z", 17, true},
		{"2008-02-29", "2026-02-28T12:00:00Z", 17, true},
		{"2008-02-29", "2026-03-01T00:00:00Z", 18, true},
		{"2008-07-01", "2026-06-30T23:30:00Z", 18, true}, // it is 1 July in London already
		{"1980", "2026-11-22T00:00:00Z", 0, false},
		{"", "2026-11-22T00:00:00Z", 0, false},
	} {
		on, err := time.Parse(time.RFC3339, test.on)
		if err != nil {
			t.Fatal(err)
		}
		got, known := record.Person{Born: record.ParseDate(test.born)}.Age(on)
		if got != test.want || known != test.known {
			t.Errorf("born %s, on %s: %d %v", test.born, test.on, got, known)
		}
	}
}

// The two ways to write a date agree with the time package's, in summer and
// winter, and when London's clocks were otherwise: minutes off until 1847, and
// an hour ahead all winter in 1970.
func TestDatesAreWrittenAsTheTimePackageWritesThem(t *testing.T) {
	layouts := map[record.Precision][2]string{
		record.Year: {"2006", "2006"}, record.Month: {"Jan-2006", "2006-01"}, record.Day: {"02-Jan-2006", "2006-01-02"}, record.Instant: {"02-Jan-2006 15:04", time.RFC3339},
	}
	for _, sent := range []string{
		"0001", "1846-12", "1846-12-01", "1846-12-01T12:00:00Z", "1970-01-15T00:30:00Z", "1999-12-31T23:59:59Z", "2024-02-29", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z",
		"2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z", "2026-07-01T23:30:00-05:00", "2026-07", "9999-12-31", "9999-12-31T23:30:00-05:00",
	} {
		d := record.ParseDate(sent)
		want := layouts[d.Precision()]
		if at := d.Time(); d.String() != at.Format(want[0]) || d.ISO() != at.Format(want[1]) {
			t.Errorf("%s is %s and %s, want %s and %s", sent, d, d.ISO(), at.Format(want[0]), at.Format(want[1]))
		}
	}
	for _, d := range []record.Date{{}, record.ParseDate("in spring")} {
		if d.ISO() != "" || len(d.AppendWords(nil)) > 0 {
			t.Errorf("%q is a date", d)
		}
	}
}
