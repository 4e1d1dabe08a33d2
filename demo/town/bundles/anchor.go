package bundles

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
)

// The partners that a bundle is spread over.
const (
	Practice    nhs.ODSCode = "Y99001" // where every loaded patient is registered
	OldPractice nhs.ODSCode = "Y99002" // where some were before
	Acute       nhs.ODSCode = "RKB"
	Council     nhs.ODSCode = "E08000026"

	second  nhs.ODSCode = "RLT" // the second provider of a bundle
	third   nhs.ODSCode = "RJC"
	further nhs.ODSCode = "RYG"
)

// acuteClasses are the classes of encounter that an acute trust provides.
var acuteClasses = map[string]bool{"IMP": true, "EMER": true, "OBSENC": true, "ACUTE": true, "NONAC": true, "SS": true}

// anchors finds the encounter to which each item belongs: its own, that of
// what points to it, or the latest begun by its date.
func (b *Bundle) anchors() map[*item]*item {
	found := map[*item]*item{}
	var encounters, loose []*item
	for _, it := range b.items {
		if it.kind == "Encounter" {
			encounters = append(encounters, it)
		}
		if e := b.ownEncounter(it); e != nil {
			found[it] = e
		}
	}
	for _, it := range b.items {
		b.pointedAt(it, func(to *item) {
			if found[to] == nil && found[it] != nil {
				found[to] = found[it]
			}
		})
	}
	slices.SortStableFunc(encounters, func(a, b *item) int { return when(a.body).Compare(when(b.body)) })
	for _, it := range b.items {
		if found[it] == nil {
			loose = append(loose, it)
		}
	}
	for _, it := range loose {
		if e := latest(encounters, it); e != nil {
			found[it] = e
		}
	}
	return found
}

// ownEncounter is the encounter that an item itself names.
func (b *Bundle) ownEncounter(it *item) *item {
	if it.kind == "Encounter" {
		return it
	}
	for _, v := range []any{it.body["encounter"], it.body["context"], first(object(it.body["context"])["encounter"])} {
		if e := b.resolve(text(object(v)["reference"])); e != nil && e.kind == "Encounter" {
			return e
		}
	}
	return nil
}

// resolve finds the item that a reference points to, in any of its forms.
func (b *Bundle) resolve(ref string) *item {
	ref, _, _ = strings.Cut(ref, "/_history/")
	if ref == "" {
		return nil
	}
	return b.byRef[ref]
}

// pointedAt calls each for everything that an item refers to, but the patient
// and encounters.
func (b *Bundle) pointedAt(it *item, each func(*item)) {
	walk(it.body, func(m map[string]any) {
		if to := b.resolve(text(m["reference"])); to != nil && to != b.patient && to.kind != "Encounter" {
			each(to)
		}
	})
}

// walk calls each for every object within v, itself included.
func walk(v any, each func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		each(v)
		for _, inner := range v {
			walk(inner, each)
		}
	case []any:
		for _, inner := range v {
			walk(inner, each)
		}
	}
}

// latest is the last encounter begun by the time of it, or else the first.
func latest(encounters []*item, it *item) *item {
	if len(encounters) == 0 {
		return nil
	}
	at, best := when(it.body), encounters[0]
	for _, e := range encounters {
		if when(e.body).After(at) {
			break
		}
		best = e
	}
	return best
}

// partners says which partner provides each encounter: the acute trust what
// is acute, the practice most of the rest, and other providers one trust each.
func (b *Bundle) partners() map[*item]nhs.ODSCode {
	counts, order := map[string]int{}, []string{}
	for _, it := range b.items {
		if p := provider(it); it.kind == "Encounter" && !isAcute(it) {
			if counts[p] == 0 {
				order = append(order, p)
			}
			counts[p]++
		}
	}
	slices.SortStableFunc(order, func(x, y string) int { return cmp.Compare(counts[y], counts[x]) })
	by := map[string]nhs.ODSCode{}
	for rank, p := range order {
		by[p] = []nhs.ODSCode{Practice, second, third, further}[min(rank, 3)]
	}
	places := map[*item]nhs.ODSCode{}
	for _, it := range b.items {
		switch {
		case it.kind != "Encounter":
		case isAcute(it):
			places[it] = Acute
		default:
			places[it] = by[provider(it)]
		}
	}
	return places
}

func isAcute(encounter *item) bool {
	return slices.ContainsFunc(codes(encounter.body["class"]), func(c string) bool { return acuteClasses[c] })
}

func provider(encounter *item) string {
	p := object(encounter.body["serviceProvider"])
	return cmp.Or(text(p["reference"]), text(p["display"]))
}
