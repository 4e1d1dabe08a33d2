package views_test

import (
	"strings"
	"testing"
	"time"

	"example.org/icr/care/record"
	"example.org/icr/views"
)

// What is planned for today, or for some day of this month, is still to come.
func TestVisitsOfToday(t *testing.T) {
	visit := func(id, kind, status, from, until string) record.Entry {
		e := entry(record.Visits, surgery.Code, id, id)
		e.Item.Type, e.Status, e.When, e.Until = kind, status, record.ParseDate(from), record.ParseDate(until)
		return e
	}
	dates := visit("appointment-of-today-dates-only", "Appointment", "", now.Format("2006-01-02"), "")
	dates.Kind = ""
	doc := document(t, views.Summary(page(t, answered(surgery,
		dates,
		visit("planned-of-today", "Encounter", "planned", now.Format("2006-01-02"), ""),
		visit("planned-undated", "Encounter", "planned", "", ""),
		visit("planned-this-month", "Encounter", "planned", "2026-11", ""),
		visit("referral-active-with-past-period", "ServiceRequest", "active", "2026-10-01", "2026-11-01"),
	))))
	section := said(doc, "[data-section=visits]")
	last := strings.Index(section, "Last")
	for _, words := range []string{"appointment-of-today-dates-only", "planned-of-today", "planned-undated", "planned-this-month", "referral-active-with-past-period"} {
		if at := strings.Index(section, words); last >= 0 && at > last || at < 0 {
			t.Errorf("%s is among the last (%d, %d)", words, at, last)
		}
	}
}

// A stay that has not ended lasts into the days asked for.
func TestAStayThatGoesOnIsInEveryFilterOfDates(t *testing.T) {
	stay := entry(record.Visits, surgery.Code, "stay", "Ward stay")
	stay.Item.Type, stay.Status = "Encounter", "in progress"
	stay.When = record.ParseDate("2025-12-28")
	p := page(t, answered(surgery, stay))
	from := views.Filter{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	doc := said(document(t, views.Section(views.SectionPage{RecordPage: p, Section: record.Visits, Filter: from, FilterRef: "f1"})), "[data-section]")
	contains(t, "the visits", doc, "Ward stay")
}

// Nobody ends an observation: of decisions that were written down again and
// again, the newest counts, and what says that there is none is none (hazard: a
// person is, or is not, resuscitated against what was decided last).
func TestP4_TheNewestDecisionCounts(t *testing.T) {
	at := func(id, words, value, when string) record.Entry {
		e := entry(record.Observations, hospital.Code, id, words)
		e.What.Codings, e.Value, e.When = []record.Coding{{System: "http://snomed.info/sct", Code: "304251008"}}, record.Concept{Text: value}, record.ParseDate(when)
		return e
	}
	doc := document(t, views.Summary(page(t, answered(hospital,
		at("o", "Resuscitation status", "Not for resuscitation", "2015-01-01"), at("n", "Resuscitation status", "For full resuscitation", "2026-01-01")))))
	plans := said(doc, "[data-crisis-plans]")
	if strings.Contains(plans, "Not for resuscitation") && !strings.Contains(plans, "For full resuscitation") {
		t.Errorf("the plans say %q", plans)
	}
	for _, words := range []string{"DNACPR decision cancelled", "DNACPR rescinded", "No DNACPR in place", "DNACPR not in place"} {
		e := entry(record.Problems, hospital.Code, "c", words)
		e.What.Codings = nil
		doc := document(t, views.Summary(page(t, answered(hospital, e))))
		if plans := said(doc, "[data-crisis-plans]"); strings.Contains(plans, words) {
			t.Errorf("%q stands among the plans", plans)
		}
	}
}

func TestHalvesOfTwoArmsAreNoPressure(t *testing.T) {
	half := func(id, name, value, site string) record.Entry {
		return reading("Y99001", id, name+" blood pressure", "2026-03-01", value, "mmHg", func(e *record.Entry) { e.Site = site })
	}
	doc, _ := observations(t, half("1", "Systolic", "190", "Left arm"), half("2", "Diastolic", "60", "Right arm"),
		reading("Y99001", "4", "Systolic blood pressure", "2026-04-01", "130", "mmHg"), reading("Y99001", "5", "Diastolic blood pressure", "2026-04-01", "80", "mmHg"))
	lacks(t, "two arms", said(doc, ".icr-readings__table"), "190/60")
}

func TestManyReadingsOfADayHideNoOtherMeasure(t *testing.T) {
	var es []record.Entry
	for i := range 12 {
		es = append(es, reading("Y99001", "g"+string(rune('a'+i)), "Blood glucose", "2026-03-02", "1"+string(rune('0'+i%10)), "mmol/L"))
	}
	es = append(es, reading("Y99001", "k", "Oxygen saturation", "2026-03-01", "71", "%"))
	contains(t, "the summary", said(document(t, views.Summary(page(t, answered(surgery, es...)))), "[data-section=observations]"), "Oxygen saturation")
}

func TestP4_WhatIsForbiddenIsNotTakenUntilNow(t *testing.T) {
	e := entry(record.Medications, hospital.Code, "f", "Ibuprofen")
	e.Assertion = record.Forbidden
	doc := document(t, views.Section(views.SectionPage{RecordPage: page(t, answered(hospital, e)), Section: record.Medications}))
	row := said(doc, "[data-medicine-timeline] tbody tr")
	if strings.Contains(row, "Now") && !strings.Contains(row, "Not to be given") {
		t.Errorf("the table says %q", row)
	}
}
