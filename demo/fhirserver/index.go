package fhirserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// index finds stored resources by person, type and id. It is made once.
type index struct {
	people map[string]*person // by digits
	byID   map[string]*person // by the Patient's id here
	byRef  map[string]*held   // by Type/id
}

// person is everything held about one person.
type person struct {
	digits string
	items  []*held // as stored, the Patient first
	byType map[string][]*held
}

// held is one stored resource: its bytes, and what searches look at.
type held struct {
	kind, id   string
	raw        json.RawMessage
	owner      *person
	categories []string // code, and system|code
	status     string
	when       time.Time           // that searches sort by, zero where it has none
	refs       map[string][]string // Type/id by the element that refers to it
}

func newIndex(records map[string][]json.RawMessage) (x *index, unreadable []string) {
	x = &index{people: map[string]*person{}, byID: map[string]*person{}, byRef: map[string]*held{}}
	for _, digits := range slices.Sorted(maps.Keys(records)) {
		p := &person{digits: digits, byType: map[string][]*held{}}
		for i, raw := range records[digits] {
			h, err := parse(raw)
			if err != nil {
				unreadable = append(unreadable, fmt.Sprintf("item %d of a record: %v", i+1, err))
				continue
			}
			h.owner = p
			p.items = append(p.items, h)
			p.byType[h.kind] = append(p.byType[h.kind], h)
			x.byRef[h.kind+"/"+h.id] = h
			if h.kind == "Patient" {
				x.byID[h.id] = p
			}
		}
		x.people[digits] = p
	}
	return x, unreadable
}

func parse(raw json.RawMessage) (*held, error) {
	var elements map[string]json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, err
	}
	h := &held{raw: raw, refs: map[string][]string{}}
	if err := cmp.Or(json.Unmarshal(elements["resourceType"], &h.kind), json.Unmarshal(elements["id"], &h.id)); err != nil {
		return nil, fmt.Errorf("no type or no id: %w", err)
	}
	json.Unmarshal(elements["status"], &h.status) // what is no text is no status
	h.when = whenOf(elements, datesOf[h.kind])
	for element, value := range elements {
		if element == "category" {
			h.categories = codes(value)
			continue
		}
		name := strings.TrimSuffix(element, "Reference")
		h.refs[name] = append(h.refs[name], references(value)...)
	}
	return h, nil
}

// datesOf are the elements that a search by date looks at, by type of resource.
var datesOf = map[string][]string{
	"Observation": {"effectiveDateTime", "effectivePeriod", "effectiveInstant"}, "DiagnosticReport": {"effectiveDateTime", "effectivePeriod"},
	"Encounter": {"period"}, "Procedure": {"performedDateTime", "performedPeriod"}, "Immunization": {"occurrenceDateTime"},
}

// whenOf is the first moment that one of some elements can mean.
func whenOf(elements map[string]json.RawMessage, dates []string) time.Time {
	for _, name := range dates {
		var text string
		var period struct{ Start string }
		if json.Unmarshal(elements[name], &text) != nil && json.Unmarshal(elements[name], &period) == nil {
			text = period.Start
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02", "2006-01", "2006"} {
			if when, err := time.Parse(layout, text); err == nil {
				return when
			}
		}
	}
	return time.Time{}
}

// codes are the codes of one concept or several, each alone and with its
// system.
func codes(raw json.RawMessage) (found []string) {
	type concept struct {
		Coding []struct{ System, Code string }
		Code   string
	}
	var list []concept
	if json.Unmarshal(raw, &list) != nil {
		list = make([]concept, 1)
		if json.Unmarshal(raw, &list[0]) != nil {
			return nil
		}
	}
	for _, c := range list {
		for _, coding := range c.Coding {
			found = append(found, coding.Code, coding.System+"|"+coding.Code)
		}
	}
	return found
}

// references are the literal references of an element, one or several.
func references(raw json.RawMessage) (found []string) {
	type reference struct{ Reference string }
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return nil
	}
	var list []reference
	if json.Unmarshal(raw, &list) != nil {
		var one reference
		if json.Unmarshal(raw, &one) != nil {
			return nil
		}
		list = []reference{one}
	}
	for _, r := range list {
		if r.Reference != "" {
			found = append(found, r.Reference)
		}
	}
	return found
}

// inCategory reports whether h has one of the categories that a search names:
// a comma between two means either.
func (h *held) inCategory(wanted string) bool {
	return wanted == "" || slices.ContainsFunc(strings.Split(wanted, ","), func(c string) bool { return slices.Contains(h.categories, c) })
}

// content answers with what a Binary carries.
func (h *held) content() answer {
	var binary struct {
		ContentType string
		Data        []byte
	}
	if err := json.Unmarshal(h.raw, &binary); err != nil {
		return outcome(http.StatusInternalServerError, "exception", "The document cannot be read")
	}
	return answer{status: http.StatusOK, contentType: binary.ContentType, body: binary.Data, count: 1}
}
