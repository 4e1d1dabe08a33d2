package objection_test

import (
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
)

func day(t testing.TB, s string) objection.Day {
	t.Helper()
	d, err := objection.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAgeOnTheDay(t *testing.T) {
	for _, test := range []struct {
		born, on string
		want     int
	}{
		{"2010-11-22", "2026-11-22", 16}, // the 16th birthday
		{"2010-11-23", "2026-11-22", 15},
		{"2013-11-23", "2026-11-22", 12}, // 13 tomorrow
		{"2012-02-29", "2028-02-28", 15},
		{"2012-02-29", "2028-02-29", 16},
		{"2008-02-29", "2021-02-28", 12},
		{"2008-02-29", "2021-03-01", 13},
		{"2026-11-22", "2026-11-22", 0},
		{"2026-11-23", "2026-11-22", -1},
		{"1900-01-01", "2026-11-22", 126},
	} {
		if got := objection.Age(day(t, test.born), day(t, test.on)); got != test.want {
			t.Errorf("born %s, on %s: %d, want %d", test.born, test.on, got, test.want)
		}
		if b := objection.Birthday(day(t, test.born), test.want+1); !day(t, test.on).Before(b) {
			t.Errorf("born %s: the birthday after %s is %s", test.born, test.on, b)
		}
	}
	// In London it is the next day already.
	if got := objection.DayOf(time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)); got != day(t, "2026-07-01") {
		t.Errorf("the day is %s", got)
	}
	for _, wrong := range []string{"2026-02-29", "2026-13-01", "1/2/2026", "", "0000-00-00"} {
		if _, err := objection.ParseDay(wrong); err == nil {
			t.Errorf("%q is taken for a day", wrong)
		}
	}
}

func TestDeadlines(t *testing.T) {
	for _, test := range []struct{ received, identify, decide string }{
		{"2026-11-20", "2026-11-24", "2026-12-21"}, // a Friday; the 20th is a Sunday
		{"2026-01-31", "2026-02-03", "2026-03-02"}, // no 31st; 28 February is a Saturday
		{"2026-11-26", "2026-11-30", "2026-12-29"}, // Boxing Day is a Saturday: Monday instead
		{"2026-12-23", "2026-12-29", "2027-01-25"}, // Christmas, and Boxing Day's substitute
		{"2026-04-01", "2026-04-07", "2026-05-01"}, // Good Friday and Easter Monday
		{"2026-04-04", "2026-04-08", "2026-05-05"}, // early May
		{"2026-04-25", "2026-04-28", "2026-05-26"}, // spring
		{"2026-07-31", "2026-08-04", "2026-09-01"}, // summer
		{"2022-12-22", "2022-12-28", "2023-01-23"}, // Christmas is a Sunday: Tuesday instead
		{"2021-12-23", "2021-12-29", "2022-01-24"}, // both at a weekend: Monday and Tuesday
		{"2022-12-01", "2022-12-05", "2023-01-03"}, // New Year's Day is a Sunday
		{"2024-01-31", "2024-02-02", "2024-02-29"},
	} {
		d := day(t, test.received)
		if got := objection.IdentifyBy(d).String(); got != test.identify {
			t.Errorf("received %s: identity by %s, want %s", test.received, got, test.identify)
		}
		if got := objection.DecideBy(d).String(); got != test.decide {
			t.Errorf("received %s: decide by %s, want %s", test.received, got, test.decide)
		}
	}
}

func TestReferencesAreCheckable(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		r := objection.NewReference()
		if got, err := objection.ParseReference(" " + strings.ToLower(strings.ReplaceAll(r, "-", " "))); err != nil || got != r || len(r) != 9 || seen[r] {
			t.Fatalf("%s is read as %s, %v", r, got, err)
		}
		seen[r] = true
		for i := range r {
			if i == 4 {
				continue
			}
			wrong := []byte(r)
			if wrong[i] = '7'; r[i] == '7' {
				wrong[i] = 'K'
			}
			if _, err := objection.ParseReference(string(wrong)); err == nil {
				t.Fatalf("%s is taken, for %s", wrong, r)
			}
		}
	}
	for _, wrong := range []string{"", "4T7K", strings.Repeat("A", 40000), "UUUU-UUUU", "4T7K-9XÄ2"} {
		if _, err := objection.ParseReference(wrong); err == nil {
			t.Errorf("%.20q is taken", wrong)
		}
	}
}

const today = "2026-11-22"

// whole is a form in which nothing is wrong.
func whole(t testing.TB) objection.Form {
	t.Helper()
	return objection.Form{
		Wants: objection.ToObject, Asks: objection.Oneself, Route: objection.Online,
		Patient: objection.Patient{Given: "Ngũgĩ wa", Family: "O’Neill-Þórsdóttir 山田", Born: day(t, "1980-02-29")},
		Address: []string{"1 Aviary Lane", "Coventry"}, Postcode: "CV99 9ZZ",
	}
}

func TestP10_FormsSayWhatIsWrong(t *testing.T) {
	parent := objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Parental}
	attorney := objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Attorney}
	long := strings.Repeat("ü", 40000)
	for name, test := range map[string]struct {
		change func(*objection.Form)
		fields string
	}{
		"whole":         {func(*objection.Form) {}, ""},
		"16 today":      {func(f *objection.Form) { f.Patient.Born = day(t, "2010-11-22") }, ""},
		"16 tomorrow":   {func(f *objection.Form) { f.Patient.Born = day(t, "2010-11-23") }, "born"},
		"in the future": {func(f *objection.Form) { f.Patient.Born = day(t, "2026-11-23") }, "born"},
		"too old":       {func(f *objection.Form) { f.Patient.Born = day(t, "1850-11-23") }, "born"},
		"no birth date": {func(f *objection.Form) { f.Patient.Born = objection.Day{} }, "born"},
		"half a form":   {func(f *objection.Form) { *f = objection.Form{} }, "wants asks route given family born"},
		"long":          {func(f *objection.Form) { f.Patient.Family, f.Statement, f.Phone = long, long, long }, "family phone statement"},
		"long lines":    {func(f *objection.Form) { f.Address = []string{"1", long} }, "address"},
		"many lines":    {func(f *objection.Form) { f.Address = make([]string, 6) }, "address"},
		"control":       {func(f *objection.Form) { f.Patient.Given = "A\x00da" }, "given"},
		"no text":       {func(f *objection.Form) { f.Patient.Given = "A\xff" }, "given"},
		"blank":         {func(f *objection.Form) { f.Patient.Given = " \t " }, "given"},
		"signed for":    {func(f *objection.Form) { f.Applicant = parent }, "applicant_given"},
		"young, alone":  {func(f *objection.Form) { f.Asks, f.Patient.Born = objection.YoungPerson, day(t, "2013-11-22") }, ""},
		"young, signed": {func(f *objection.Form) {
			f.Asks, f.Patient.Born, f.Applicant = objection.YoungPerson, day(t, "2010-11-23"), parent
		}, ""},
		"13 tomorrow": {func(f *objection.Form) { f.Asks, f.Patient.Born = objection.YoungPerson, day(t, "2013-11-23") }, "born"},
		"child": {func(f *objection.Form) {
			f.Asks, f.Patient.Born, f.Applicant = objection.Child, day(t, "2013-11-23"), parent
		}, ""},
		"child, alone": {func(f *objection.Form) { f.Asks, f.Patient.Born = objection.Child, day(t, "2013-11-23") }, "applicant_given applicant_family relation"},
		"child, attorney": {func(f *objection.Form) {
			f.Asks, f.Patient.Born, f.Applicant = objection.Child, day(t, "2020-11-23"), attorney
		}, "relation"},
		"attorney": {func(f *objection.Form) {
			f.Asks, f.Applicant, f.Statement = objection.Authority, attorney, "Registered in 2024"
		}, ""},
		"attorney, silent": {func(f *objection.Form) { f.Asks, f.Applicant = objection.Authority, attorney }, "statement"},
		"parent of adult":  {func(f *objection.Form) { f.Asks, f.Applicant, f.Statement = objection.Authority, parent, "Ill" }, "relation"},
		"an import":        {func(f *objection.Form) { f.Route = objection.Register }, "route"},
	} {
		f := whole(t)
		test.change(&f)
		var fields []string
		for _, p := range f.Problems(day(t, today)) {
			if fields = append(fields, p.Field); p.Message == "" || len(p.Message) > 200 {
				t.Errorf("%s: %s has the message %q", name, p.Field, p.Message)
			}
		}
		if got := strings.Join(fields, " "); got != test.fields {
			t.Errorf("%s: wrong are %q, want %q", name, got, test.fields)
		}
	}
}

// Who may ask is worked out from the birth date that the demographics service
// gives, whatever the form says.
func TestWhoMayAsk(t *testing.T) {
	parent := objection.Applicant{Given: "Ada", Family: "Shah", Relation: objection.Parental}
	for _, test := range []struct {
		asks   objection.Asks
		signed bool
		born   string
		want   objection.Ground
		err    error
	}{
		{objection.Oneself, false, "2010-11-22", objection.Own, nil},
		{objection.Oneself, false, "2010-11-23", objection.Competent, nil}, // said to be 16
		{objection.Oneself, false, "2013-11-23", "", objection.ErrParentNeeded},
		{objection.YoungPerson, false, "2013-11-22", objection.Competent, nil},
		{objection.YoungPerson, true, "2013-11-22", objection.ByParent, nil},
		{objection.YoungPerson, false, "2010-11-22", objection.Own, nil}, // 16 meanwhile
		{objection.YoungPerson, true, "2010-11-22", "", objection.ErrOfAge},
		{objection.Child, true, "2024-11-22", objection.ByParent, nil},
		{objection.Child, true, "1980-11-22", "", objection.ErrOfAge},
		{objection.Authority, true, "1940-11-22", objection.ByProxy, nil},
		{objection.Authority, true, "2011-11-22", "", objection.ErrNoDeputy},
		{objection.Oneself, false, "2026-11-23", "", objection.ErrNotBorn},
	} {
		f := objection.Form{Asks: test.asks}
		if test.signed {
			f.Applicant = parent
		}
		if got, err := f.Ground(day(t, test.born), day(t, today)); got != test.want || err != test.err {
			t.Errorf("%s, signed %t, born %s: %q, %v", test.asks, test.signed, test.born, got, err)
		}
	}
}

func number(t testing.TB, s string) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
