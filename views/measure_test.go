package views_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

// reading is one measured value.
func reading(from nhs.ODSCode, id, words, when, number, unit string, change ...func(*record.Entry)) record.Entry {
	e := entry(record.Observations, from, id, words)
	e.What.Codings, e.When = nil, record.ParseDate(when)
	e.Quantity = record.Quantity{Number: number, Unit: unit}
	for _, c := range change {
		c(&e)
	}
	return e
}

func coded(code string) func(*record.Entry) {
	return func(e *record.Entry) {
		e.What.Codings = []record.Coding{{System: "http://snomed.info/sct", Code: code}}
	}
}

func observations(t *testing.T, es ...record.Entry) (*goquery.Document, views.SectionPage) {
	p := views.SectionPage{RecordPage: page(t, answered(surgery, es...)), Section: record.Observations}
	return document(t, views.Section(p)), p
}

func charts(doc *goquery.Document) []string {
	return doc.Find(".icr-chart").Map(func(_ int, s *goquery.Selection) string {
		return strings.Join(strings.Fields(s.Find("h3").Text()), " ") + ": " + s.Find("desc").Text()
	})
}

func TestNoChartJoinsWhatIsMeasuredOtherwise(t *testing.T) {
	doc, _ := observations(t,
		reading("Y99001", "1", "Weight", "2026-01-01", "80", "kg"), reading("Y99001", "2", "Weight", "2026-02-01", "81", "kg"),
		reading("Y99001", "3", "Weight", "2026-03-01", "178", "lb"), reading("Y99001", "4", "Weight", "2026-04-01", "180", "lb"),
		reading("Y99001", "5", "Sodium", "2026-03-01", "140", "mmol/L", coded("1")), reading("Y99001", "6", "Sodium", "2026-04-01", "80", "mmol/L", coded("2")),
		reading("Y99001", "7", "Height", "2026-03-01", "1.80", "m"), reading("Y99001", "8", "Height", "2026-03-02", "n/a", "m"),
	)
	got := strings.Join(charts(doc), "\n")
	want := "Weight: 2 readings from 01-Mar-2026 to 01-Apr-2026, lowest 178, highest 180, last 180 lb.\nWeight: 2 readings from 01-Jan-2026 to 01-Feb-2026, lowest 80, highest 81, last 81 kg."
	if got != want {
		t.Errorf("the charts are\n%s\nwant\n%s", got, want)
	}
	contains(t, "the first chart", doc.Find(".icr-chart svg").First().Text(), "lb", "Date")
	if doc.Find(".icr-chart svg[role=img][aria-labelledby]").Length() != 2 {
		t.Error("a chart has no name")
	}
}

func TestAChartSaysWhatItLeavesOut(t *testing.T) {
	home := func(e *record.Entry) { e.ByPatient = true }
	high := func(e *record.Entry) { e.Abnormal, e.Flag = true, "High" }
	limits := func(words string) func(*record.Entry) { return func(e *record.Entry) { e.Range = words } }
	below := func(e *record.Entry) { e.Quantity.Comparator = "<" }
	doc, _ := observations(t,
		reading("Y99001", "1", "CRP", "2026-01-01", "5", "mg/L", below, limits("up to 10 mg/L")),
		reading("Y99001", "2", "CRP", "2026-02-01T10:00:00Z", "30.0", "mg/L", high, limits("up to 10 mg/L"), home),
		reading("Y99001", "3", "CRP", "", "7", "mg/L"), reading("Y99001", "4", "CRP", "2025", "8", "mg/L"),
		reading("Y99001", "5", "Pulse", "2026-01-01", "70", "/min", limits("60 to 100 /min")), reading("Y99001", "6", "Pulse", "2026-01-02", "72", "/min", limits("55 - 100 /min")),
	)
	crp := doc.Find(".icr-chart:contains('CRP')")
	contains(t, "the caption", crp.Find("figcaption").Text(), "2 readings.", "Shaded: reference range up to 10 mg/L.", "marked out of range by its source",
		"Hollow: taken by the patient or at home.", "A sign beside a point", "2 readings without an exact date not drawn")
	contains(t, "the picture", crp.Find("svg").Text(), "<5", "mg/L")
	rows := crp.Find("tbody tr").Map(func(_ int, s *goquery.Selection) string {
		return strings.Join(s.Find("th, td").Map(func(_ int, c *goquery.Selection) string { return strings.TrimSpace(c.Text()) }), " ")
	})
	want := []string{
		"01-Feb-2026 10:00 30.0 mg/L High at home up to 10 mg/L Spon End Surgery", "01-Jan-2026 <5 mg/L up to 10 mg/L Spon End Surgery",
		"Date unknown or not exact", "2025 8 mg/L  Spon End Surgery", "Date unknown 7 mg/L  Spon End Surgery",
	}
	if strings.Join(rows, "|") != strings.Join(want, "|") {
		t.Errorf("the table is\n%s", strings.Join(rows, "\n"))
	}
	if crp.Find(".icr-chart__range").Length() != 1 || crp.Find("circle").Length() != 1 || crp.Find("path.icr-chart__point--out.icr-chart__point--hollow").Length() != 1 {
		t.Error("the range or the points are not drawn")
	}
	pulse := doc.Find(".icr-chart:contains('Pulse')")
	contains(t, "the other caption", pulse.Find("figcaption").Text(), "Reference ranges differ")
	if pulse.Find(".icr-chart__range").Length() != 0 {
		t.Error("one of two ranges is shaded for both")
	}
}

func TestBloodPressuresArePairs(t *testing.T) {
	panel := func(id, when, high, low string) record.Entry {
		e := reading("Y99001", id, "Blood pressure", when, "", "", coded("75367002"))
		e.Parts = []record.Part{
			{Name: "Diastolic blood pressure", Quantity: record.Quantity{Number: low, Unit: "mmHg"}},
			{Name: "Systolic blood pressure", Quantity: record.Quantity{Number: high, Unit: "mmHg"}},
		}
		return e
	}
	doc, p := observations(t,
		panel("1", "2026-01-01", "140", "80"), panel("2", "2026-02-01", "150", "85"),
		reading("Y99001", "3", "Systolic blood pressure", "2026-03-01T09:00:00Z", "120", "mmHg"), reading("Y99001", "4", "Diastolic blood pressure", "2026-03-01T09:00:00Z", "70", "mmHg"),
		reading("Y99001", "5", "Systolic blood pressure", "2026-04-01T09:00:00Z", "125", "mmHg"), reading("Y99001", "6", "Diastolic blood pressure", "2026-04-02T09:00:00Z", "75", "mmHg"),
	)
	got := charts(doc)
	if len(got) != 2 || !strings.Contains(got[1], "Systolic lowest 140, highest 150, Diastolic lowest 80, highest 85, last 150/85 mmHg") {
		t.Errorf("%q", got)
	}
	table := said(doc, ".icr-chart:first-child .icr-readings__table")
	contains(t, "the table", table, "01-Mar-2026 09:00 120/70 mmHg", "01-Apr-2026 10:00 125/– mmHg", "02-Apr-2026 10:00 –/75 mmHg")
	if n := len(p.Entries()); n != 6 {
		t.Errorf("the trail is told of %d entries", n)
	}
}

// Of several pressures of one time nobody knows which halves belong together,
// in whatever order they come; of one resource, the names say it.
func TestP4_BloodPressuresAreNeverPairedByGuess(t *testing.T) {
	half := func(id, name, value string) record.Entry {
		return reading("Y99001", id, name+" blood pressure", "2026-03-01", value, "mmHg")
	}
	for _, ids := range []string{"abcd", "acbd", "dcba", "bdac", "adbc"} {
		doc, _ := observations(t, half(ids[0:1], "Diastolic", "110"), half(ids[1:2], "Systolic", "190"), half(ids[2:3], "Diastolic", "60"), half(ids[3:4], "Systolic", "110"))
		table := said(doc, ".icr-readings__table")
		contains(t, ids, table, "190/– mmHg", "110/– mmHg", "–/110 mmHg", "–/60 mmHg")
		lacks(t, ids, table, "190/60", "110/110", "190/110", "110/60")
	}
	quantity := func(name, value string) record.Part {
		return record.Part{Name: name + " blood pressure", Quantity: record.Quantity{Number: value, Unit: "mmHg"}}
	}
	panel := func(id, when string) record.Entry {
		e := reading("Y99001", id, "Lying and standing blood pressure", when, "", "")
		e.Parts = []record.Part{quantity("Lying systolic", "150"), quantity("Standing systolic", "90"), quantity("Lying diastolic", "85"), quantity("Standing diastolic", "50")}
		return e
	}
	doc, _ := observations(t, panel("1", "2026-03-01"), panel("2", "2026-04-01"))
	contains(t, "lying and standing", said(doc, ".icr-readings__table"), "150/85 mmHg", "90/50 mmHg")
	lacks(t, "lying and standing", said(doc, ".icr-readings__table"), "150/50", "90/85")
	contains(t, "the titles", said(doc, ".icr-chart h3"), "lying", "standing")
}

// Each half of a pressure has its own range.
func TestP4_TheRangeOfOneHalfIsNotTheOthers(t *testing.T) {
	half := func(id, name, when, value, limits string) record.Entry {
		return reading("Y99001", id, name+" blood pressure", when, value, "mmHg", func(e *record.Entry) { e.Range = limits })
	}
	doc, _ := observations(t,
		half("1", "Diastolic", "2026-03-01", "75", "60 to 90 mmHg"), half("2", "Systolic", "2026-03-01", "130", "90 to 140 mmHg"),
		half("3", "Diastolic", "2026-04-01", "80", "60 to 90 mmHg"), half("4", "Systolic", "2026-04-01", "135", "90 to 140 mmHg"))
	if doc.Find(".icr-chart__range").Length() != 0 {
		t.Error("a range is shaded for both halves")
	}
	contains(t, "the table", said(doc, ".icr-readings__table"), "130/75 mmHg", "Systolic 90 to 140 mmHg", "Diastolic 60 to 90 mmHg")
}

// Of two readings that may be of one time neither hides the other, whatever the
// organisations are called; and the trend says what its line does.
func TestP4_NoReadingHidesAnotherOfItsTime(t *testing.T) {
	for name, pair := range map[string][2]record.Entry{
		"corrected":      {reading("Y99001", "a", "Potassium", "2026-03-01T09:00:00Z", "2.1", "mmol/L"), reading("Y99001", "b", "Potassium", "2026-03-01T09:00:00Z", "5.1", "mmol/L")},
		"elsewhere":      {reading("RLT", "1", "Potassium", "2026-03-01T09:00:00Z", "4.2", "mmol/L"), reading("Y99001", "1", "Potassium", "2026-03-01T09:00:00Z", "7.4", "mmol/L")},
		"of that day":    {reading("Y99001", "1", "Potassium", "2026-03-01T09:00:00Z", "4.1", "mmol/L"), reading("Y99001", "2", "Potassium", "2026-03-01", "6.9", "mmol/L")},
		"right and left": {sided("1", "2026-03-01T10:05:00Z", "48", "Right eye"), sided("2", "2026-03-01T10:06:00Z", "14", "Left eye")},
	} {
		older := reading("Y99001", "old", pair[0].What.Words(), "2025-01-01", "3.9", pair[0].Quantity.Unit)
		doc := document(t, views.Summary(page(t, answered(surgery, pair[0], pair[1], older))))
		shown := said(doc, "[data-section=observations]")
		contains(t, name, shown, pair[0].Quantity.String(), pair[1].Quantity.String())
		doc.Find("[data-section=observations] [data-entry]").Each(func(_ int, line *goquery.Selection) {
			if trend := line.Find(".icr-trend").Text(); trend != "" && !strings.Contains(trend, "last "+line.Find(".icr-value").First().Text()) {
				t.Errorf("%s: the line says %q, its trend %q", name, line.Find(".icr-value").First().Text(), trend)
			}
		})
	}
	doc, _ := observations(t, sided("1", "2026-03-01", "48", "Right eye"), sided("2", "2026-03-01", "14", "Left eye"), sided("3", "2026-04-01", "40", "Right eye"), sided("4", "2026-04-01", "15", "Left eye"))
	contains(t, "the titles", said(doc, ".icr-chart h3"), "Right eye", "Left eye")
}

func sided(id, when, value, site string) record.Entry {
	return reading("Y99001", id, "Intraocular pressure", when, value, "mmHg", func(e *record.Entry) { e.Site = site })
}

func TestRangesThatAreNotPlainAreNotShaded(t *testing.T) {
	for words, shaded := range map[string]bool{
		"3.5 - 5.3": true, "3.5–5.3 mmol/L": true, "3.5 to 5.3 mmol/L": true, "up to 5": true, "<5": true, "≥ 60": true, "over 60": true, "60 mmol/L or more": true,
		"men 13 to 17": false, "5.3 - 3.5": false, "3.5 - 5.3 g/L": false, "1-2; 3-4": false, "see lab": false, "": false, "normal": false, "1,000 - 2,000": false, "-2 to -0.5": true, "over .2": false, "3. - 5": false, "3.5 - 5.3 or so": false,
	} {
		limit := func(e *record.Entry) { e.Range = words }
		doc, _ := observations(t, reading("Y99001", "1", "Potassium", "2026-01-01", "4", "mmol/L", limit), reading("Y99001", "2", "Potassium", "2026-02-01", "5", "mmol/L", limit))
		if got := doc.Find(".icr-chart .icr-chart__range").Length() == 1; got != shaded {
			t.Errorf("%q is shaded: %v", words, got)
		}
		contains(t, words, doc.Find(".icr-readings__table").Text(), words)
	}
}

// What a trend on the summary shows, the trail says.
func TestP1_TrendsAreOnTheTrail(t *testing.T) {
	var es []record.Entry
	for i := range 20 {
		es = append(es, reading("Y99001", fmt.Sprint(i), "Weight", fmt.Sprintf("2026-01-%02d", i+1), fmt.Sprint(80+i), "kg"))
	}
	p := page(t, answered(surgery, es...))
	doc := document(t, views.Summary(p))
	trend := doc.Find(`[data-section=observations] [data-entry] a.icr-trend`)
	if trend.Length() != 1 || doc.Find("[data-section=observations] [data-entry]").Length() != 1 {
		t.Fatalf("%d trends, %d lines", trend.Length(), doc.Find("[data-section=observations] [data-entry]").Length())
	}
	contains(t, "the trend", trend.Text(), "12 readings from 09-Jan-2026 to 20-Jan-2026, lowest 88, highest 99, last 99 kg")
	contains(t, "the section", said(doc, "[data-section=observations]"), "Showing 1 of 20. Of what was measured again, the latest.")
	if n := len(p.Entries()); n != 12 {
		t.Errorf("the trail is told of %d entries, 12 are drawn", n)
	}
	section := document(t, views.Section(views.SectionPage{RecordPage: p, Section: record.Observations}))
	href, _ := trend.Attr("href")
	_, anchor, _ := strings.Cut(href, "#")
	if !strings.HasPrefix(href, "/record/k3v9d0q2/observations#") || section.Find("figure#"+anchor).Length() != 1 {
		t.Errorf("the trend leads to %s", href)
	}
}

func TestWhatIsMeasuredAlwaysTheSameHasAChart(t *testing.T) {
	for _, number := range []string{"0", "7", "-3.5", "1000000", "0.0001"} {
		doc, _ := observations(t, reading("Y99001", "1", "X", "2026-01-01T10:00:00Z", number, ""), reading("Y99001", "2", "X", "2026-01-01T10:00:00Z", number, ""))
		if html, _ := doc.Find("svg.icr-chart__picture").Html(); html == "" || strings.Contains(html, "NaN") || strings.Contains(html, "Inf") {
			t.Errorf("%s: %s", number, html)
		}
	}
}
