package source

import (
	"errors"
	"sync"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// refusals keep what a partner refuses or does not supply, type by type, so
// that one such type does not hide the others.
type refusals struct {
	mu    sync.Mutex
	found map[record.Section]*tally
	deaf  bool // it is not told what the patient refused
}

// unheard notes that the partner does not let it be read what the patient
// refused.
func (r *refusals) unheard() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaf = true
}

// heldBack reports whether nothing may be shown because it is not known what the
// patient refused. A partner that answers of no section has said all.
func (r *refusals) heldBack(scope record.Scope, states map[record.Section]record.State) bool {
	for section := range scope {
		if state := states[section]; r.deaf && state != record.Refused && state != record.NotSupported {
			return true
		}
	}
	return false
}

// tally counts the questions about one section.
type tally struct{ asked, refused, unsupported int }

// note keeps what became of a question about sections. An error that concerns
// more than the question it returns.
func (r *refusals) note(sections []record.Section, err error) error {
	refused, unsupported := errors.Is(err, partner.ErrRefused), errors.Is(err, partner.ErrNotSupported)
	if len(sections) == 0 || err != nil && !refused && !unsupported {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.found == nil {
		r.found = map[record.Section]*tally{}
	}
	for _, section := range sections {
		if r.found[section] == nil {
			r.found[section] = &tally{}
		}
		t := r.found[section]
		t.asked++
		if refused {
			t.refused++
		}
		if unsupported {
			t.unsupported++
		}
	}
	return nil
}

// states are those of the sections of scope about which not every question was
// answered. A section that rests on several types, of which the partner lacks
// some, is as its other types are.
func (r *refusals) states(scope record.Scope, kind record.Kind) map[record.Section]record.State {
	states := map[record.Section]record.State{}
	for section := range scope {
		if len(fhir.Types(record.Scope{section: record.Everything}, kind)) == 0 {
			states[section] = record.NotSupported // nothing is asked of this kind of organisation
		}
	}
	for section, t := range r.found {
		switch {
		case scope[section] == record.Nothing:
		case t.refused == t.asked:
			states[section] = record.Refused
		case t.refused > 0:
			states[section] = record.Incomplete
		case t.unsupported == t.asked:
			states[section] = record.NotSupported
		}
	}
	return states
}
