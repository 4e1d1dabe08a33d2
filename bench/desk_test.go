package bench

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
	"example.org/icr/store"
	"example.org/icr/views"
)

const (
	deskPage = 50  // looks on a page of the trail
	latePage = 400 // as far back as officers are thought to page
)

// paged is a question to the trail that is asked page by page.
type paged struct {
	name  string
	reach audit.Reach
	query audit.Query
}

// questions are one for each filter, and for each kind of officer.
func (c *crowdOf) questions() []paged {
	all, rkb, own := audit.Reach{Programme: true}, audit.Reach{Organisation: "RKB"}, audit.Reach{Organisation: "RKB", Patients: true}
	month := c.began.AddDate(0, 0, crowdDays/2)
	return []paged{
		{"nothing", all, audit.Query{}},
		{"patient", all, audit.Query{Patient: c.numbers[0]}},
		{"member of staff", all, audit.Query{Staff: "subject7"}},
		{"a name that 100 staff have", all, audit.Query{Staff: "CALLED07"}},
		{"organisation", all, audit.Query{Organisation: "RLT"}},
		{"role", all, audit.Query{Role: auth.SocialCare}},
		{"ground", all, audit.Query{Ground: "referral"}},
		{"kind", all, audit.Query{Kind: audit.Denied}},
		{"kind that is rare", all, audit.Query{Kind: audit.IdentityFailed}},
		{"outcome shown", all, audit.Query{Outcome: audit.Shown}},
		{"outcome refused", all, audit.Query{Outcome: audit.Refused}},
		{"dates", all, audit.Query{From: month, To: month.AddDate(0, 2, 0)}},
		{"organisation, kind", all, audit.Query{Organisation: "RLT", Kind: audit.Denied}},
		{"organisation, rare kind", all, audit.Query{Organisation: "RLT", Kind: audit.IdentityFailed}},
		{"role, ground, dates", all, audit.Query{Role: auth.Clinician, Ground: "registered", From: month, To: month.AddDate(0, 2, 0)}},
		{"staff, outcome", all, audit.Query{Staff: "subject7", Outcome: audit.Shown}},
		{"officer of one organisation: nothing", rkb, audit.Query{}},
		{"officer of one organisation: patient", rkb, audit.Query{Patient: c.numbers[0]}},
		{"officer of one organisation: kind", rkb, audit.Query{Kind: audit.Denied}},
		{"officer of one organisation: role", rkb, audit.Query{Role: auth.SocialCare}},
		{"with own patients: nothing", own, audit.Query{}},
		{"with own patients: patient", own, audit.Query{Patient: c.numbers[0]}},
		{"with own patients: kind", own, audit.Query{Kind: audit.Denied}},
		{"with own patients: organisation", own, audit.Query{Organisation: "RLT"}},
		{"with few own patients: nothing", audit.Reach{Organisation: "RYA", Patients: true}, audit.Query{}},
	}
}

// BenchmarkDesk tells what pages of the trail cost, early and late, with 1
// million events, or in the long run with 20 million.
func BenchmarkDesk(b *testing.B) {
	events := 1_000_000
	if os.Getenv("ICR_SOAK") != "" {
		events = 20_000_000
	}
	tune(garbage)
	began := time.Now()
	c := newCrowd(b, events)
	n, disk, bare, err := c.size(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	loaded := time.Since(began).Seconds()
	b.Logf("loaded %d events in %.0f s", n, loaded)
	note("trail", "%d events, %.1f GB of which %.1f GB are rows, loaded in %.0f s", n, disk, bare, loaded)
	desk, err := store.OpenDesk(b.Context(), c.database.URL("icr_desk", "icr"))
	if err != nil {
		b.Fatal(err)
	}
	defer desk.Close()
	for b.Loop() {
		worst, slowest := 0.0, 0.0
		for _, q := range c.questions() {
			first, late, page := pages(b, desk, q)
			slowest = max(slowest, first, late)
			if page == latePage { // a last page must find out besides that there is no more
				worst = max(worst, late/first)
			}
		}
		figure(b, "D1", "page 400 of the trail / page 1, the worst of all filters with as many", "ratio", worst, 2)
		figure(b, "D2", "ms for a page of the trail, the slowest of all filters", "ms", slowest, 100)
		c.report(b, desk)
	}
	b.ReportMetric(0, "ns/op")
}

// pages are the milliseconds that page 1 and page 400 of a question take, or
// the last where there are fewer, which it says: the median of several.
func pages(b *testing.B, desk *store.Desk, q paged) (first, late float64, page int) {
	b.Helper()
	before, page := turn(b, desk, q)
	var firsts, lates []float64
	for range 9 {
		firsts = append(firsts, q.time(b, desk, audit.Cursor{}))
		lates = append(lates, q.time(b, desk, before))
	}
	first, late = median(firsts), median(lates)
	b.Logf("%s: page 1 %.1f ms, page %d %.1f ms", q.name, first, page, late)
	note("desk: "+q.name, "page 1 %.1f ms, page %d %.1f ms (%.2f); slowest %.0f and %.0f ms", first, page, late, late/first, slices.Max(firsts), slices.Max(lates))
	return first, late, page
}

// turn pages as far as page 400, or to the last page where there are fewer,
// five at a time, and returns what is before that page.
func turn(b *testing.B, desk *store.Desk, q paged) (before audit.Cursor, page int) {
	b.Helper()
	q.query.Looks, q.query.Limit = true, 6*deskPage
	for page = 1; page < latePage; {
		events, err := desk.Events(b.Context(), q.reach, q.query)
		if err != nil || page == 1 && len(events) <= deskPage {
			b.Fatalf("%s: %d events, %v", q.name, len(events), err)
		}
		more := min(5, latePage-page, (len(events)-1)/deskPage)
		if more == 0 {
			break
		}
		last := events[more*deskPage-1]
		q.query.Before, page = audit.Cursor{At: last.At, ID: last.ID}, page+more
	}
	return q.query.Before, page
}

// time is what one page takes, as the desk asks for it: the looks of the page,
// one more, and the events of each.
func (q paged) time(b *testing.B, desk *store.Desk, before audit.Cursor) float64 {
	b.Helper()
	began := time.Now()
	q.query.Looks, q.query.Limit, q.query.Before = true, deskPage+1, before
	events, err := desk.Events(b.Context(), q.reach, q.query)
	if err != nil || len(events) == 0 {
		b.Fatalf("%s: %d events, %v", q.name, len(events), err)
	}
	var looks []string
	for _, e := range events[:min(deskPage, len(events))] {
		looks = append(looks, e.Look)
	}
	if _, err := desk.Within(b.Context(), q.reach, q.query, looks, events[len(events)-1].At, events[0].At); err != nil {
		b.Fatal(err)
	}
	if _, err := desk.Lateness(b.Context()); err != nil {
		b.Fatal(err)
	}
	return time.Since(began).Seconds() * 1000
}

// report tells what the access report of a patient with 500 accesses takes:
// reading and counting them, finding their places in the log, the page, and
// the row that says it was made.
func (c *crowdOf) report(b *testing.B, desk *store.Desk) {
	b.Helper()
	s, err := store.Open(b.Context(), store.Config{URL: c.database.URL("icr_server", "icr"), Secret: secret, Idle: signin.MaxIdle, Conns: 4})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	reach, patient := audit.Reach{Programme: true}, c.numbers[1]
	by := auth.User{Identity: auth.Identity{Issuer: "https://id", Subject: "officer"}, Post: auth.Post{Role: auth.PrivacyOfficer, Organisation: "QWU"}, Name: "Officer"}
	var took []float64
	var accesses, size int
	for range 15 {
		began := time.Now()
		events, err := desk.Events(b.Context(), reach, audit.Query{Patient: patient, Accesses: true, Limit: 5001})
		if err != nil {
			b.Fatal(err)
		}
		page := views.ReportPage{Person: record.Person{Number: patient, Family: "Shah"}, Told: true, Accesses: audit.Accesses(events), By: by, Event: audit.NewEvent(audit.ReportMade, by, time.Now())}
		if page.Places, err = desk.Places(b.Context(), reach, events); err != nil || len(page.Places) != len(events) {
			b.Fatal(len(page.Places), err)
		}
		var html bytes.Buffer
		if err := views.Report(page).Render(b.Context(), &html); err != nil {
			b.Fatal(err)
		}
		if err := s.Append(b.Context(), page.Event); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began).Seconds()*1000)
		accesses, size = len(page.Accesses), html.Len()
	}
	if accesses != reported {
		b.Fatalf("%d accesses, want %d", accesses, reported)
	}
	note("access report", "of %d accesses: %.0f ms in the median, %.0f at most; %d KiB", accesses, median(took), slices.Max(took), size/1024)
	figure(b, "D3", "ms for the access report of a patient with 500 accesses", "report-ms", median(took), 300)
}
