package views_test

import (
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/views"
)

func TestEachEventHasItsRow(t *testing.T) {
	var events []audit.Event
	for kind := range audit.Kinds {
		events = append(events, event(t, kind))
	}
	doc := document(t, views.Events(views.EventsPage{Frame: frame(), Events: events, Reach: "the whole programme", Next: "/privacy/events?before=x"}))
	for kind, words := range audit.Kinds {
		row := "[data-event=" + string(kind) + "]"
		contains(t, row, said(doc, row), words, "22-Nov-2026 06:31:00", "Amina Osei", "Clinician, University Hospitals", "RAVENSWORTH, Margaret (Mrs)",
			"Born 09-Mar-1948", "999 000 0018", "Seen by their organisation (import)", "13 sections", "1 of 2 organisations answered", "Reference 7QK4-M2XA-09TD",
			"Staff id 555021935107", "Words said so", "George Eliot Hospital (RLT) did not answer in time: no answer in 4 s", "Spon End Surgery (Y99001) answered 412 7 2 2 Condition")
	}
	contains(t, "the page", said(doc, "main[data-page=privacy-events]"), "It covers the whole programme.", "Reading this log is recorded too.")
	if doc.Find(`a[rel=next][href="/privacy/events?before=x"]`).Length() != 1 {
		t.Error("no link to older events")
	}
}

func TestEventWithoutAPatient(t *testing.T) {
	e := event(t, audit.Started)
	e.Patient, e.Person, e.Partners, e.Sections = nhs.Number{}, nil, nil, nil
	doc := document(t, views.Events(views.EventsPage{Frame: frame(), Events: []audit.Event{e}}))
	contains(t, "the row", said(doc, "[data-event=server-started]"), "Server started")
	lacks(t, "the row", said(doc, "[data-event=server-started]"), "Born", "999")
}

func TestLogFilterKeepsWhatWasTyped(t *testing.T) {
	form := views.EventForm{
		Patient: "999 000 0018", Staff: "osei", FromDay: "1", FromMonth: "11", FromYear: "2026", ToDay: "40", ToMonth: "11", ToYear: "2026", Kind: "denied",
		Errors: []views.FieldError{{Field: "to", Message: "The date must be a real date"}},
	}
	doc := document(t, views.Events(views.EventsPage{Frame: frame(), Form: form, Events: []audit.Event{event(t, audit.Denied)}}))
	for name, want := range map[string]string{
		"nhs_number": "999 000 0018", "staff": "osei", "from-day": "1", "from-month": "11", "from-year": "2026", "to-day": "40", "to-month": "11", "to-year": "2026",
	} {
		if got := doc.Find(`form[action="/privacy/events"][method=post] input[name="`+name+`"]`).AttrOr("value", ""); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if doc.Find("select[name=kind] option[value=denied][selected]").Length() != 1 || doc.Find(`.nhsuk-error-summary a[href="#to-day"]`).Length() != 1 {
		t.Error("the kind is forgotten, or the error does not lead to its field")
	}
	if doc.Find("[data-event]").Length() != 0 {
		t.Error("a wrong filter lists events")
	}
	contains(t, "an empty log", said(document(t, views.Events(views.EventsPage{Frame: frame()})), "main"), "Nothing in the log matches.")
}
