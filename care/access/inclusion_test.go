package access_test

import (
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"pgregory.net/rapid"
)

// on decides about somebody with a ground at a time of the day in London.
func on(t rapid.TB, at string, change func(*record.Person, *access.Facts)) access.Decision {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", at, london)
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time { return record.ParseDate(s).Time() }
	p := *policy
	p.Now = func() time.Time { return when.UTC() }
	p.Programme.Terms = map[nhs.ODSCode]access.Term{
		"Y99002": {From: day("2026-04-01")}, "Y99003": {Until: day("2026-04-01")}, "Y99004": {From: day("2026-04-01"), Until: day("2026-10-01")},
	}
	req, facts := request(auth.Clinician), access.Facts{Objection: access.NoObjection}
	facts.Relationships = []access.Relationship{{Kind: access.Episode, Organisation: "RKB", Starts: day("1940-01-01")}}
	change(&req.Person, &facts)
	return p.Apply(req, facts)
}

// Who is included is seen at the moment of the look: by the day in London on
// which somebody turns 18, by where they are registered then, and by when their
// practice came to the areas or left them.
func TestInclusionByDate(t *testing.T) {
	born := func(date string) func(*record.Person, *access.Facts) {
		return func(p *record.Person, _ *access.Facts) { p.Born = record.ParseDate(date) }
	}
	at := func(practice nhs.ODSCode, feeds ...nhs.ODSCode) func(*record.Person, *access.Facts) {
		return func(p *record.Person, f *access.Facts) { p.Practice, f.Practices = practice, feeds }
	}
	for _, test := range []struct {
		name, on string
		who      func(*record.Person, *access.Facts)
		want     access.Rule
	}{
		{"the day before the 18th birthday", "2026-11-21 23:59", born("2008-11-22"), access.NotIncluded},
		{"the 18th birthday", "2026-11-22 00:00", born("2008-11-22"), access.HasGround},
		{"a birthday in summer, at an hour that is yesterday in UTC", "2026-07-01 00:30", born("2008-07-01"), access.HasGround},
		{"the evening before it", "2026-06-30 23:30", born("2008-07-01"), access.NotIncluded},
		{"born on 29 February, on 28 February of a common year", "2026-02-28 23:59", born("2008-02-29"), access.NotIncluded},
		{"born on 29 February, on 1 March of a common year", "2026-03-01 00:00", born("2008-02-29"), access.HasGround},
		{"born on 1 March, on 29 February of a leap year", "2028-02-29 23:59", born("2010-03-01"), access.NotIncluded},
		{"born on 28 February, on 28 February of a leap year", "2028-02-28 00:00", born("2010-02-28"), access.HasGround},
		{"the year of birth alone", "2026-11-22 12:00", born("1980"), access.NotIncluded},
		{"the month of birth alone", "2026-11-22 12:00", born("1980-05"), access.NotIncluded},
		{"no date of birth", "2026-11-22 12:00", born(""), access.NotIncluded},
		{"born tomorrow", "2026-11-22 12:00", born("2026-11-23"), access.NotIncluded},

		{"registered in the areas", "2026-11-22 12:00", at("Y99001"), access.HasGround},
		{"registered elsewhere", "2026-11-22 12:00", at("C82001"), access.NotIncluded},
		{"moved away, though a feed still has them here", "2026-11-22 12:00", at("C82001", "Y99001"), access.NotIncluded},
		{"moved here, though a feed still has them elsewhere", "2026-11-22 12:00", at("Y99001", "C82001"), access.HasGround},
		{"registered nowhere", "2026-11-22 12:00", at(""), access.NotIncluded},
		{"where is not told, and a feed knows", "2026-11-22 12:00", at("", "Y99001"), access.HasGround},
		{"the eve of the practice's joining", "2026-03-31 23:59", at("Y99002"), access.NotIncluded},
		{"the practice joins", "2026-04-01 00:00", at("Y99002"), access.HasGround},
		{"the practice's last evening", "2026-03-31 23:59", at("Y99003"), access.HasGround},
		{"the practice has left", "2026-04-01 00:00", at("Y99003"), access.NotIncluded},
		{"a practice for a summer", "2026-07-01 12:00", at("Y99004"), access.HasGround},
		{"and after it", "2026-10-01 00:00", at("Y99004"), access.NotIncluded},
	} {
		d := on(t, test.on, test.who)
		if d.Rule() != test.want {
			t.Errorf("%s: %s", test.name, d.Rule())
		}
		if !d.Permitted() && access.Explain(d) != access.NotInRecord {
			t.Errorf("%s: told %s", test.name, access.Explain(d))
		}
		stranger := on(t, test.on, func(p *record.Person, f *access.Facts) { test.who(p, f); f.Relationships = nil })
		if access.Explain(stranger) != access.GiveReason {
			t.Errorf("%s: somebody without a ground is told %s", test.name, access.Explain(stranger))
		}
	}
}

// Nobody is included before their 18th birthday, everybody from it on, and that
// day is 1 March where it would be 29 February of a common year.
func TestInclusionFromTheBirthdayOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(1950, 1, 1, 12, 0, 0, 0, time.UTC)
		born := first.AddDate(0, 0, rapid.IntRange(0, 30_000).Draw(t, "born"))
		if rapid.Bool().Draw(t, "leap") {
			born = time.Date(1948+4*rapid.IntRange(0, 20).Draw(t, "cycle"), 2, 29, 12, 0, 0, 0, time.UTC)
		}
		birthday := time.Date(born.Year()+18, born.Month(), born.Day(), 12, 0, 0, 0, time.UTC) // 29 February becomes 1 March
		days := rapid.IntRange(-800, 800).Draw(t, "days")
		d := on(t, birthday.AddDate(0, 0, days).Format("2006-01-02 15:04"), func(p *record.Person, _ *access.Facts) { p.Born = record.ParseDate(born.Format(time.DateOnly)) })
		if d.Permitted() != (days >= 0) {
			t.Errorf("born %s, %d days after the birthday: %s", born.Format(time.DateOnly), days, d.Rule())
		}
	})
}
