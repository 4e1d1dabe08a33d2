package audit

import (
	"slices"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/record"
)

// Access is one look at a patient's record, whatever number of pages and
// requests it took.
type Access struct {
	From, To time.Time // of its first and last page
	Actor    Actor
	Ground   access.Ground
	Rule     access.Rule
	Kinds    []Kind // how it was shown, each once
	Sections []record.Section
	Events   []Event // that showed it, newest first
}

// Emergency reports whether the glass was broken for it.
func (a Access) Emergency() bool { return a.Rule == access.GlassBroken }

// Accesses are the looks that events, which come newest first, tell of, in the
// same order. What showed nothing of the record is left out.
func Accesses(events []Event) []Access {
	var all []Access
	of := map[string]int{}
	for _, e := range events {
		if !e.Kind.Looked() {
			continue
		}
		i, known := of[e.Look]
		if !known || e.Look == "" {
			i = len(all)
			of[e.Look] = i
			all = append(all, Access{To: e.At, Actor: e.Actor, Ground: e.Ground, Rule: e.Rule})
		}
		a := &all[i]
		a.From = e.At
		a.Events = append(a.Events, e)
		if e.Rule == access.GlassBroken {
			a.Rule, a.Ground = e.Rule, e.Ground
		}
		a.Kinds = union(a.Kinds, e.Kind)
		a.Sections = union(a.Sections, e.Sections...)
	}
	return all
}

func union[T comparable](all []T, more ...T) []T {
	for _, one := range more {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
