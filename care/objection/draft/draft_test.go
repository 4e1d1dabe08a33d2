package draft_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/objection"
	"example.org/icr/care/objection/draft"
)

var (
	now   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	today = objection.DayOf(now)
)

// typed is what somebody types into the fields of a whole form.
type typed map[string]string

var base = typed{
	"given_name": "Zoë", "family_name": "O’Brien-Ðặng", "nhs_number": "999 000 0018", "line1": "1 Aviary Lane", "town": "Coventry", "postcode": "cv1  2ab", "statement": "A letter of the court",
}

func (over typed) answers(wants objection.Wants) draft.Answers {
	a := draft.Answers{Wants: wants}
	for range 12 {
		q := a.Missing(today)
		if q == "" {
			break
		}
		a = a.With(q, func(field string) string {
			if v, ok := over[field]; ok {
				return v
			}
			return base[field]
		})
		if len(a.Problems(q, today)) > 0 {
			break
		}
	}
	return a
}

func born(s string) typed {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return typed{"birth_date-day": fmt.Sprint(t.Day()), "birth_date-month": fmt.Sprint(int(t.Month())), "birth_date-year": fmt.Sprint(t.Year())}
}

func (over typed) and(more typed) typed {
	all := typed{}
	for _, m := range []typed{over, more} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

// Who is asked what, and what comes of it.
func TestRoutesThroughTheForm(t *testing.T) {
	for _, test := range []struct {
		name, born string
		says       typed
		questions  string
		asks       objection.Asks
		relation   objection.Relation
	}{
		{"oneself", "1980-02-03", typed{"who": draft.Me}, "who name date-of-birth nhs-number address phone", objection.Oneself, ""},
		{"16 today", "2010-11-22", typed{"who": draft.Me}, "who name date-of-birth nhs-number address phone", objection.Oneself, ""},
		{"16 tomorrow, alone", "2010-11-23", typed{"who": draft.Me, "deciding": draft.Alone}, "who name date-of-birth deciding nhs-number address phone statement", objection.YoungPerson, ""},
		{"13 today, with a parent", "2013-11-22", typed{"who": draft.Me, "deciding": draft.WithParent}, "who name date-of-birth deciding your-name nhs-number address phone", objection.YoungPerson, objection.Parental},
		{"a child of 15", "2011-01-01", typed{"who": draft.Child}, "who name date-of-birth your-name nhs-number address phone", objection.YoungPerson, objection.Parental},
		{"a child who is 13 tomorrow", "2013-11-23", typed{"who": draft.Child}, "who name date-of-birth your-name nhs-number address phone", objection.Child, objection.Parental},
		{"a child born on 29 February", "2024-02-29", typed{"who": draft.Child}, "who name date-of-birth your-name nhs-number address phone", objection.Child, objection.Parental},
		{"an attorney", "1940-02-29", typed{"who": draft.Adult, "authority": "attorney"}, "who name date-of-birth authority your-name nhs-number address phone statement", objection.Authority, objection.Attorney},
		{"a deputy for somebody of 16", "2010-11-22", typed{"who": draft.Adult, "authority": "deputy"}, "who name date-of-birth authority your-name nhs-number address phone statement", objection.Authority, objection.Deputy},
	} {
		for _, wants := range []objection.Wants{objection.ToObject, objection.ToWithdraw} {
			a := test.says.and(born(test.born)).answers(wants)
			if got := strings.Trim(fmt.Sprint(a.Questions(today)), "[]"); got != test.questions || a.Missing(today) != "" {
				t.Errorf("%s: asked %s, then %q", test.name, got, a.Missing(today))
			}
			f := a.Form(now)
			if f.Asks != test.asks || f.Applicant.Relation != test.relation || f.Wants != wants || f.Postcode != "CV1 2AB" || len(f.Address) != 2 || f.Patient.Number.Spaced() != "999 000 0018" {
				t.Errorf("%s: %+v", test.name, f)
			}
			if problems := f.Problems(today); len(problems) > 0 {
				t.Errorf("%s: it cannot be received: %v", test.name, problems)
			}
			for _, q := range a.Questions(today) {
				if !a.May(q, today) {
					t.Errorf("%s: %s cannot be answered again", test.name, q)
				}
			}
		}
	}
}

// An answer that changes what is asked takes nothing with it that is still
// asked, and leaves nothing in the form that is not.
func TestAnswersAreCorrected(t *testing.T) {
	a := typed{"who": draft.Adult, "authority": "attorney"}.and(born("1940-01-01")).answers(objection.ToObject)
	a = a.With(draft.Who, func(string) string { return draft.Me })
	if f := a.Form(now); a.Missing(today) != "" || !f.Applicant.IsZero() || f.Statement != "" || f.Asks != objection.Oneself {
		t.Errorf("%q: %+v", a.Missing(today), f)
	}
	if a.May(draft.Authority, today) || a.May("nonsense", today) {
		t.Error("what is not asked can be answered")
	}
	half := typed{"who": draft.Me, "given_name": ""}.answers(objection.ToObject)
	if half.Missing(today) != draft.Name || half.May(draft.Born, today) || !half.May(draft.Who, today) || half.Before(draft.Name, today) != draft.Who || half.Before(draft.Who, today) != "" {
		t.Errorf("missing %q", half.Missing(today))
	}
	parent := typed{"who": draft.Me, "deciding": draft.WithParent}.and(born("2012-01-01")).answers(objection.ToObject)
	parent = parent.With(draft.Deciding, func(string) string { return draft.Alone })
	if f := parent.Form(now); !f.Applicant.IsZero() || parent.Missing(today) != draft.Statement {
		t.Errorf("%q: %+v", parent.Missing(today), f)
	}
}

func TestP10_WhatIsWrongWithAnAnswer(t *testing.T) {
	long := strings.Repeat("ñ", 40000)
	on := func(d, m, y string) typed {
		return typed{"birth_date-day": d, "birth_date-month": m, "birth_date-year": y}
	}
	me, child, adult := typed{"who": draft.Me}, typed{"who": draft.Child}, typed{"who": draft.Adult, "authority": "deputy"}
	for _, test := range []struct {
		name     string
		says     typed
		question draft.Question
		field    string
		message  string
	}{
		{"nobody", typed{}, draft.Who, "who", "Select who the form is about"},
		{"somebody who is not on the list", typed{"who": "king"}, draft.Who, "who", "Select"},
		{"no name", me.and(typed{"family_name": "  "}), draft.Name, "family_name", "Enter the family name"},
		{"40,000 characters", me.and(typed{"given_name": long}), draft.Name, "given_name", "100 characters or fewer. It has 40000"},
		{"a character that cannot be printed", me.and(typed{"given_name": "A\u0007"}), draft.Name, "given_name", "cannot be printed"},
		{"no date", me.and(on("", "", "")), draft.Born, "birth_date", "Enter the date of birth"},
		{"half a date", me.and(on("1", "", "1980")), draft.Born, "birth_date-month", "must include a month"},
		{"30 February", me.and(on("30", "2", "1980")), draft.Born, "birth_date", "real date"},
		{"29 February of no leap year", me.and(on("29", "2", "1981")), draft.Born, "birth_date", "real date"},
		{"day 0", me.and(on("0", "2", "1981")), draft.Born, "birth_date", "real date"},
		{"tomorrow", child.and(on("23", "11", "2026")), draft.Born, "birth_date", "in the past"},
		{"two digits", me.and(on("1", "1", "80")), draft.Born, "birth_date-year", "4 numbers"},
		{"letters", me.and(on("first", "1", "1980")), draft.Born, "birth_date-day", "1 or 2 numbers"},
		{"other digits", me.and(on("١", "1", "1980")), draft.Born, "birth_date-day", "1 or 2 numbers"},
		{"born in 1880", me.and(on("1", "1", "1880")), draft.Born, "birth_date-year", "Check the year"},
		{"13 tomorrow", me.and(born("2013-11-23")), draft.Born, "birth_date", "You must be 13 or older"},
		{"a child who is 16 today", child.and(born("2010-11-22")), draft.Born, "birth_date", "16 or older"},
		{"an adult who is 16 tomorrow", adult.and(born("2010-11-23")), draft.Born, "birth_date", "under 16"},
		{"undecided", me.and(born("2012-02-29")), draft.Deciding, "deciding", "Select how"},
		{"no authority", typed{"who": draft.Adult}.and(born("1940-01-01")), draft.Authority, "authority", "attorney or their deputy"},
		{"a number that is none", me.and(born("1980-01-01")).and(typed{"nhs_number": "999 000 0019"}), draft.Number, "nhs_number", "not a real NHS number"},
		{"no address", me.and(born("1980-01-01")).and(typed{"line1": ""}), draft.Address, "line1", "first line"},
		{"a town's postcode", me.and(born("1980-01-01")).and(typed{"postcode": "Coventry"}), draft.Address, "postcode", "full UK postcode"},
		{"a telephone that is none", me.and(born("1980-01-01")).and(typed{"phone": "ask my son"}), draft.Phone, "phone", "Enter a telephone number"},
		{"no reason", adult.and(born("1940-01-01")).and(typed{"statement": ""}), draft.Statement, "statement", "Tell us why"},
		{"a long reason", adult.and(born("1940-01-01")).and(typed{"statement": long}), draft.Statement, "statement", "2000 characters or fewer"},
	} {
		a := test.says.answers(objection.ToObject)
		p := a.Problems(test.question, today)
		if a.Missing(today) != test.question || len(p) != 1 || p[0].Field != test.field || !strings.Contains(p[0].Message, test.message) {
			t.Errorf("%s: missing %q, wrong %v", test.name, a.Missing(today), p)
		}
	}
}

// Somebody who becomes 16 between two pages is asked no more than they have to
// be, and their form still fits.
func TestABirthdayWhileTheFormIsFilledIn(t *testing.T) {
	a := typed{"who": draft.Me, "deciding": draft.Alone}.and(born("2010-11-23")).answers(objection.ToObject)
	tomorrow := now.AddDate(0, 0, 1)
	if slices.Contains(a.Questions(objection.DayOf(tomorrow)), draft.Deciding) {
		t.Error("somebody of 16 is asked who decides")
	}
	if f := a.Form(tomorrow); f.Asks != objection.Oneself || len(f.Problems(objection.DayOf(tomorrow))) > 0 {
		t.Errorf("%+v", f)
	}
}
