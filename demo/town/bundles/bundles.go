// Package bundles takes FHIR R4 bundles that somebody else made, one patient
// each, and spreads every one over the demonstration's partners: as if the
// patient had been treated by all of them.
package bundles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"example.org/icr/demo/town/resource"
)

// ErrUnusable is wrapped by every reason not to take a bundle.
var ErrUnusable = errors.New("not usable")

// Bundle is one patient's record as it came.
type Bundle struct {
	Entries int            // resources in the bundle
	Dropped map[string]int // resources that are no part of a care record, by type
	patient *item
	items   []*item
	byRef   map[string]*item  // by every reference that may point to it
	names   map[string]string // of staff, organisations and places, which are kept as names, by reference
	staff   map[string]bool   // references to people, whose names have digits
}

// thePatient is a reference that no bundle uses.
const thePatient = "(the patient)"

// item is one resource.
type item struct {
	kind, key string
	body      resource.Map
}

// notCare are the types that a partner in England would not hold about a
// patient: bills, deliveries, the bundle's own bookkeeping.
var notCare = map[string]bool{
	"Claim": true, "ClaimResponse": true, "ExplanationOfBenefit": true, "Coverage": true, "SupplyDelivery": true, "SupplyRequest": true,
	"Provenance": true, "Composition": true, "MessageHeader": true, "Bundle": true, "AuditEvent": true, "OperationOutcome": true, "Parameters": true,
}

// nameOnly are the types that are kept as the words in a reference's display.
var nameOnly = map[string]bool{"Organization": true, "Practitioner": true, "PractitionerRole": true, "Location": true, "HealthcareService": true}

type entry struct {
	FullURL  string
	Resource json.RawMessage
}

// Read reads a bundle of one patient. Its errors wrap ErrUnusable and say why
// in words for whoever made the bundle.
func Read(r io.Reader) (*Bundle, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	var sent struct {
		ResourceType string
		Entry        []entry
	}
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &sent); err != nil {
		return nil, fmt.Errorf("%w: not JSON: %w", ErrUnusable, err)
	}
	if sent.ResourceType != "Bundle" {
		return nil, fmt.Errorf("%w: a %q where a Bundle is wanted", ErrUnusable, sent.ResourceType)
	}
	b := &Bundle{Dropped: map[string]int{}, byRef: map[string]*item{}, names: map[string]string{}, staff: map[string]bool{}}
	patients := 0
	for i, e := range sent.Entry {
		if len(e.Resource) == 0 {
			continue
		}
		kind, err := b.take(e, i)
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d: %w", ErrUnusable, i+1, err)
		}
		if kind == "Patient" {
			patients++
		}
	}
	if patients != 1 {
		return nil, fmt.Errorf("%w: it holds %d patients where one is wanted", ErrUnusable, patients)
	}
	return b, nil
}

// take keeps an entry, or its name, or counts it as dropped.
func (b *Bundle) take(e entry, position int) (kind string, err error) {
	kind, id, err := resource.Type(e.Resource)
	if err != nil {
		return "", err
	}
	b.Entries++
	if notCare[kind] {
		b.Dropped[kind]++
		return kind, nil
	}
	body := resource.Map{}
	d := json.NewDecoder(bytes.NewReader(e.Resource))
	d.UseNumber() // decimals stay as they were written
	if err := d.Decode(&body); err != nil {
		return "", err
	}
	refs := []string{e.FullURL, kind + "/" + id}
	if nameOnly[kind] {
		b.Dropped[kind]++
		for _, ref := range refs {
			b.names[ref] = nameOf(body)
			b.staff[ref] = kind == "Practitioner" || kind == "PractitionerRole"
		}
		return kind, nil
	}
	it := &item{kind: kind, key: fmt.Sprintf("%s/%s/%d", kind, id, position), body: body}
	for _, ref := range refs {
		b.byRef[ref] = it
	}
	if kind == "Patient" {
		b.patient, b.byRef[thePatient] = it, it
	} else {
		b.items = append(b.items, it)
	}
	return kind, nil
}

// nameOf is how an organisation, a person or a place is called.
func nameOf(body resource.Map) string {
	switch name := body["name"].(type) {
	case string:
		return name
	case []any:
		if len(name) > 0 {
			given, family, _ := nameParts(object(name[0]))
			return plain(joined(append(given, family)))
		}
	}
	return ""
}

// NameOnly reports whether resources of a type are kept as names only.
func NameOnly(kind string) bool { return nameOnly[kind] }
