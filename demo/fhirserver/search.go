package fhirserver

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/nhs"
)

// search answers Type?… and Type/_search.
func (s *Server) search(r *http.Request, kind string) answer {
	switch {
	case !s.types[kind]:
		return unsupported(kind)
	case kind == "Patient":
		return s.findPatient(r).asked(kind)
	}
	p, named := s.about(r)
	if !named {
		return outcome(http.StatusBadRequest, "required", "Name the patient").asked(kind)
	}
	found := page{types: append([]string{kind}, included(r.Form["_include"])...), include: r.Form["_include"], base: base(r)}
	if p != nil {
		if a, trouble := s.trouble(r.Context(), p.digits); trouble {
			return a.asked(found.types...)
		}
		for _, h := range p.byType[kind] {
			if h.inCategory(r.Form.Get("category")) && h.inStatus(r.Form.Get("status")) {
				found.matches = append(found.matches, h)
			}
		}
	}
	if !found.sort(r.Form.Get("_sort")) {
		return outcome(http.StatusBadRequest, "invalid", "_sort must be date or -date").asked(kind)
	}
	return s.show(found, r.Form.Get("_count"), usualCount)
}

// about is the person whom a search names, by id or by NHS number; nil where
// nobody here is meant.
func (s *Server) about(r *http.Request) (p *person, named bool) {
	if system, value, ok := strings.Cut(r.Form.Get("patient.identifier"), "|"); ok {
		if system == nhs.NumberSystem {
			p = s.people[cmp.Or(s.behaviour[value].AnswersAbout, value)]
		}
		return p, true
	}
	id := cmp.Or(r.Form.Get("patient"), r.Form.Get("subject"))
	return s.byID[strings.TrimPrefix(id, "Patient/")], id != ""
}

// sort puts what was found in the order that a client asks for, if it is one
// of those that are known here. What has no date comes last.
func (p *page) sort(by string) bool {
	order := 1
	switch by {
	case "":
		return true
	case "-date":
		order = -1
	case "date":
	default:
		return false
	}
	slices.SortStableFunc(p.matches, func(a, b *held) int {
		if a.when.IsZero() || b.when.IsZero() {
			return -a.when.Compare(b.when)
		}
		return order * a.when.Compare(b.when)
	})
	return true
}

// inStatus reports whether h has one of the statuses that a search names.
func (h *held) inStatus(wanted string) bool {
	return wanted == "" || slices.Contains(strings.Split(wanted, ","), h.status)
}

// The sizes of a page, where the client does not say and at most.
const (
	usualCount = 100
	mostCount  = 1000
)

// findPatient answers with the Patient who has the NHS number, or, in one
// story, with somebody else.
func (s *Server) findPatient(r *http.Request) answer {
	system, value, ok := strings.Cut(r.Form.Get("identifier"), "|")
	if !ok {
		system, value = nhs.NumberSystem, system
	}
	if value == "" {
		return outcome(http.StatusBadRequest, "required", "Name the patient by identifier")
	}
	found := page{types: []string{"Patient"}, base: base(r)}
	if system != nhs.NumberSystem {
		return s.show(found, "", usualCount)
	}
	if a, trouble := s.trouble(r.Context(), value); trouble {
		return a
	}
	if p, known := s.people[cmp.Or(s.behaviour[value].AnswersAbout, value)]; known {
		found.matches = p.byType["Patient"]
	}
	return s.show(found, "", usualCount)
}

// everything answers with all that is held about a person, or with the types
// that the client names. Whose record it is goes without saying: the Patient
// comes only when no types are named, or with its name among them.
func (s *Server) everything(r *http.Request, id string) answer {
	var types []string
	for _, named := range r.Form["_type"] {
		types = append(types, strings.Split(named, ",")...)
	}
	p, known := s.byID[id]
	if !known {
		return outcome(http.StatusNotFound, "not-found", "No such Patient").asked(types...)
	}
	if a, trouble := s.trouble(r.Context(), p.digits); trouble {
		return a.asked(types...)
	}
	found := page{types: types, base: base(r)}
	for _, h := range p.items {
		if s.types[h.kind] && (len(types) == 0 && h.kind != "Binary" || slices.Contains(types, h.kind)) {
			found.matches = append(found.matches, h)
		}
	}
	return s.show(found, r.Form.Get("_count"), len(found.matches))
}

// included are the types that _include parameters may add, for the log.
func included(params []string) (types []string) {
	for _, param := range params {
		if parts := strings.Split(param, ":"); len(parts) > 1 && parts[1] == "medication" {
			types = append(types, "Medication")
		}
	}
	return types
}

// includes are the resources that the matches refer to by the elements that
// _include names (MedicationRequest:medication), each once.
func (s *Server) includes(matches []*held, params []string) (found []*held) {
	seen := map[*held]bool{}
	for _, param := range params {
		parts := strings.Split(param, ":")
		if len(parts) < 2 {
			continue
		}
		for _, h := range matches {
			if h.kind != parts[0] {
				continue
			}
			for _, ref := range h.refs[parts[1]] {
				if to := s.byRef[ref]; to != nil && !seen[to] && s.types[to.kind] {
					seen[to] = true
					found = append(found, to)
				}
			}
		}
	}
	return found
}

// show answers with the first page of what was found.
func (s *Server) show(found page, count string, usual int) answer {
	found.size = usual
	if n, err := strconv.Atoi(count); err == nil && n >= 0 {
		found.size = min(n, mostCount)
	} else if count != "" {
		return outcome(http.StatusBadRequest, "invalid", "_count must be a number").asked(found.types...)
	}
	found.total = len(found.matches)
	if found.size == 0 {
		found.matches = nil
	}
	return s.write(found)
}
