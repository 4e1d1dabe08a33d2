package views_test

import (
	"testing"

	"example.org/icr/care/record"
	"example.org/icr/views"
)

func TestPlansForACrisisAreNeverCut(t *testing.T) {
	plans := entries(record.CarePlans, surgery.Code, 30, record.Current)
	old := entry(record.CarePlans, surgery.Code, "old", "Mental health crisis plan")
	old.When = record.ParseDate("2019")
	form := entry(record.Documents, hospital.Code, "form", "ReSPECT form")
	over := entry(record.CarePlans, surgery.Code, "over", "Contingency plan")
	over.Standing = record.Past
	p := page(t, answered(surgery, append(plans, old, over)...), answered(hospital, form))
	doc := document(t, views.Summary(p))
	contains(t, "the plans", said(doc, "[data-crisis-plans]"), "Mental health crisis plan", "ReSPECT", "George Eliot Hospital")
	lacks(t, "the plans", said(doc, "[data-crisis-plans]"), "Contingency", "Care plans number")
	if first := doc.Find("[data-section=care-plans] .icr-what").First().Text(); first != "Mental health crisis plan" {
		t.Errorf("care plans begin with %q", first)
	}
	if doc.Find("[data-crisis-plans] [data-entry]").Length() != 0 {
		t.Error("plans count twice")
	}
	none := document(t, views.Summary(page(t, answered(surgery, plans...))))
	contains(t, "care plans", said(none, "[data-section=care-plans]"), "No plan has been received whose code or title says")
}

// What is said of one activity must not be read of the next.
func TestP4_ActivitiesOfAPlanStandApart(t *testing.T) {
	plan := entry(record.CarePlans, surgery.Code, "1", "Escalation plan")
	plan.Parts = []record.Part{{Name: record.NotToBeDone + "Resuscitation"}, {Name: "Admission", Value: "in progress"}}
	doc := document(t, views.Summary(page(t, answered(surgery, plan))))
	parts := doc.Find("[data-section=care-plans] .icr-part--alone")
	if parts.Length() != 2 || parts.Find("strong").Text() != record.NotToBeDone {
		t.Errorf("%d activities, forbidden %q", parts.Length(), parts.Find("strong").Text())
	}
}
