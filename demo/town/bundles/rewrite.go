package bundles

import (
	"cmp"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"example.org/icr/demo/town/resource"
)

// body is an item as one partner holds it: under the partner's id, referring
// only to what the partner holds.
func (s *splitter) body(h holding, known map[*item]string) resource.Map {
	body := object(s.rewrite(h.item.body, known))
	body["id"] = h.id
	s.own(body, known)
	meta := object(body["meta"])
	if meta == nil {
		meta = resource.Map{}
	}
	meta["versionId"] = "1"
	delete(meta, "profile") // of other countries
	body["meta"] = meta
	if order := s.orders[h.item]; order != "" {
		body["identifier"] = []any{resource.Map{"system": "https://fhir.nhs.uk/Id/laboratory-order", "value": order}}
	}
	if h.change != nil {
		h.change(body)
	}
	return body
}

// own makes the patient the subject of a resource whose subject points to
// nothing in the bundle: it holds one patient.
func (s *splitter) own(body resource.Map, known map[*item]string) {
	for _, element := range []string{"subject", "patient", "for"} {
		if subject := object(body[element]); subject != nil && subject["reference"] == nil {
			body[element] = resource.Map{"reference": known[s.patient], "display": s.person.Name()}
		}
	}
}

// rewrite copies v, its references made the partner's own.
func (s *splitter) rewrite(v any, known map[*item]string) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, inner := range v {
			m[k] = s.rewrite(inner, known)
		}
		s.refer(m, known)
		s.attachment(m)
		if div, ok := m["div"].(string); ok {
			m["div"] = s.clean(div)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, inner := range v {
			l[i] = s.rewrite(inner, known)
		}
		return l
	}
	return v
}

// refer turns a reference into the partner's own, or, where the partner does
// not hold what it points to, into words.
func (s *splitter) refer(m map[string]any, known map[*item]string) {
	ref, ok := m["reference"].(string)
	if !ok || strings.HasPrefix(ref, "#") {
		return
	}
	to := s.resolve(ref)
	display := cmp.Or(text(m["display"]), s.names[ref])
	if s.isStaff(ref) {
		display = plain(display)
	}
	switch own := known[to]; {
	case to == s.patient:
		display = s.person.Name()
		m["reference"] = own
	case to != nil && own != "":
		m["reference"] = own
		display = cmp.Or(display, title(to.body))
	default:
		delete(m, "reference")
		if to != nil {
			display = cmp.Or(display, title(to.body), to.kind)
		}
		display = cmp.Or(display, kindOf(ref))
	}
	if display != "" {
		m["display"] = display
	}
}

// isStaff reports whether a reference is to a person, whose name may have
// digits. No other words lose theirs: think of B12.
func (b *Bundle) isStaff(ref string) bool {
	return b.staff[ref] || strings.HasPrefix(ref, "Practitioner")
}

var typed = regexp.MustCompile(`([A-Z][A-Za-z]+)[/?]`)

// kindOf is the type in a reference that points to nothing here.
func kindOf(ref string) string {
	if m := typed.FindStringSubmatch(ref); m != nil {
		return m[1]
	}
	return "Not sent"
}

// attachment takes the digits out of the names within a text that is carried
// inline.
func (s *splitter) attachment(m map[string]any) {
	data, ok := m["data"].(string)
	if !ok || !strings.HasPrefix(text(m["contentType"]), "text/") {
		return
	}
	if raw, err := base64.StdEncoding.DecodeString(data); err == nil {
		m["data"] = base64.StdEncoding.EncodeToString([]byte(s.clean(string(raw))))
		delete(m, "size")
		delete(m, "hash")
	}
}

var numbered = regexp.MustCompile(`[\pL'’.-]+\pN+`)

// cleaner replaces every name with digits that the bundle gives a person.
func (b *Bundle) cleaner() func(string) string {
	names := map[string]bool{}
	collect := func(v any) {
		for _, name := range numbered.FindAllString(text(v), -1) {
			names[name] = true
		}
	}
	for _, name := range list(b.patient.body["name"]) {
		given, family, _ := nameParts(object(name))
		for _, part := range append(given, family) {
			collect(part)
		}
	}
	for _, it := range b.items {
		walk(it.body, func(m map[string]any) {
			if b.isStaff(text(m["reference"])) {
				collect(m["display"])
			}
		})
	}
	sorted := slices.SortedFunc(func(yield func(string) bool) {
		for name := range names {
			if !yield(name) {
				return
			}
		}
	}, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, name := range sorted {
		pairs = append(pairs, name, plain(name))
	}
	return strings.NewReplacer(pairs...).Replace
}
