package views_test

import (
	"strings"
	"testing"

	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

// What is not to be given or done stands first, however much has been since,
// and says so before it names anything.
func TestP4_WhatIsForbiddenIsNotPast(t *testing.T) {
	forbid := func(s record.Section, id, words string) record.Entry {
		e := entry(s, hospital.Code, id, words)
		e.Assertion, e.When = record.Forbidden, record.ParseDate("2019-01-01")
		return e
	}
	medicines := append(entries(record.Medications, surgery.Code, 30, record.Current), forbid(record.Medications, "i", "Ibuprofen"))
	visits := append(entries(record.Visits, surgery.Code, 30, record.Past), forbid(record.Visits, "r", "Cardiopulmonary resuscitation"))
	doc := document(t, views.Summary(page(t, answered(surgery, append(medicines[:30:30], visits[:30]...)...), answered(hospital, medicines[30], visits[30]))))
	for section, want := range map[string]string{"medications": "Not to be given Ibuprofen", "visits": "Not to be done Cardiopulmonary resuscitation"} {
		first := said(doc, "[data-section="+section+"] .icr-group + ul li .icr-line__what")
		if !strings.HasPrefix(first, want) {
			t.Errorf("%s begin with %.80q", section, first)
		}
	}
	contains(t, "the plans", said(doc, "[data-crisis-plans]"), "Not to be done", "Cardiopulmonary resuscitation")
	lacks(t, "care plans", said(doc, "[data-section=care-plans]"), "No plan has been received")
}

// A visit that is over by its own dates is not now, whatever its status.
func TestVisitsThatAreOverAreNotNow(t *testing.T) {
	visit := func(id, kind, status, from, until string) record.Entry {
		e := entry(record.Visits, surgery.Code, id, id)
		e.Item.Type, e.Status, e.When, e.Until = kind, status, record.ParseDate(from), record.ParseDate(until)
		return e
	}
	doc := document(t, views.Summary(page(t, answered(surgery,
		visit("stay-of-2015", "Encounter", "in progress", "2015-01-01", "2015-01-09"), visit("planned-and-past", "Encounter", "planned", "2024-01-01", ""),
		visit("on-the-ward", "Encounter", "in progress", "2026-11-20", ""), visit("until-today", "Encounter", "in progress", "2026-11-01", now.Format("2006-01-02")),
		visit("asked-for", "ServiceRequest", "active", "2024-05-01", ""), visit("appointment-of-2024", "Appointment", "booked", "2024-05-01", ""),
	))))
	section := said(doc, "[data-section=visits]")
	at := func(words string) int { return strings.Index(section, words) }
	for _, words := range []string{"on-the-ward", "until-today"} {
		if at(words) < at("Now") || at(words) > at("Referrals and requests") {
			t.Errorf("%s is not now: %s", words, section)
		}
	}
	for _, words := range []string{"stay-of-2015", "planned-and-past", "appointment-of-2024"} {
		if at(words) < at("Last") {
			t.Errorf("%s is not among the last: %s", words, section)
		}
	}
	if at("asked-for") < at("Referrals and requests") || at("asked-for") > at("Last") {
		t.Errorf("a request is a visit: %s", section)
	}
}

// An acute medicine of years ago that nobody ended is shown, and not as one of
// the last twelve months.
func TestAcuteMedicinesOfLongAgoStandApart(t *testing.T) {
	medicine := func(id string, standing record.Standing, course record.Course, when string) record.Entry {
		e := entry(record.Medications, surgery.Code, id, id)
		e.Standing, e.Course, e.When, e.Issued = standing, course, record.ParseDate(when), record.Date{}
		return e
	}
	issued := medicine("issued-again", record.Current, record.AcuteCourse, "2015-03-01")
	issued.Issued = record.ParseDate("2026-10-01")
	doc := document(t, views.Summary(page(t, answered(surgery,
		medicine("repeat", record.Current, record.RepeatCourse, "2015-03-01"), issued, medicine("ended-lately", record.Past, record.AcuteCourse, "2026-09-01"),
		medicine("of-2015", record.Current, record.AcuteCourse, "2015-03-01"), medicine("undated", record.Current, record.AcuteCourse, ""),
		medicine("ended-long-ago", record.Past, record.AcuteCourse, "2014-09-01"),
	))))
	under := ""
	got := map[string]string{}
	doc.Find("[data-section=medications]").Find(".icr-group, .icr-line__what").Each(func(_ int, s *goquery.Selection) {
		words := strings.Join(strings.Fields(s.Text()), " ")
		if s.HasClass("icr-group") {
			under = words
		} else {
			got[strings.Fields(words)[0]] = under
		}
	})
	const apart = "Acute, older or undated, not marked as ended"
	for id, want := range map[string]string{
		"repeat": "Repeat", "issued-again": "Acute in the last 12 months", "ended-lately": "Acute in the last 12 months",
		"of-2015": apart, "undated": apart, "ended-long-ago": "Stopped or finished",
	} {
		if !strings.HasPrefix(got[id], want) {
			t.Errorf("%s stands under %q", id, got[id])
		}
	}
}
