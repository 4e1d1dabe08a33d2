package privacy

import (
	"slices"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
)

// Look is an event of the trail with what is known around it.
type Look struct {
	Event    audit.Event
	Patient  string       // the mark of the patient's number
	Staff    *Staff       // who did it, as their organisation's list has them; nil where it does not
	Roster   *Roster      // the list; nil where there is none
	Watched  []Watch      // of the patient, that count now
	Ordinary bool         // claims are the organisation's ordinary way
	Day      *Day         // so far; nil except for the last event of each person among those looked at together
	Table    access.Table // what each role may see
}

// Watch is an entry of the watch list: a patient whose record is looked at
// more closely for a time.
type Watch struct {
	ID           int64
	Patient      nhs.Number
	Kind         WatchKind
	Organisation nhs.ODSCode // whose staff it concerns; empty for everybody's
	Reason       string
	Since, Until time.Time // Until is the first moment when it counts no more
	By           string
}

// WatchKind is why a patient is on the watch list.
type WatchKind string

// The kinds of watch.
const (
	PublicFigure WatchKind = "public-figure"
	Colleague    WatchKind = "colleague"
	Incident     WatchKind = "incident"
)

// WatchKinds are all kinds, in order.
var WatchKinds = []WatchKind{PublicFigure, Colleague, Incident}

// Words are the kind as a page says it.
func (k WatchKind) Words() string {
	return map[WatchKind]string{PublicFigure: "Public figure", Colleague: "Colleague", Incident: "Incident"}[k]
}

// Counts reports whether w concerns a look at a time by staff of an
// organisation.
func (w Watch) Counts(at time.Time, of nhs.ODSCode) bool {
	return (w.Organisation == "" || w.Organisation == of) && !at.Before(w.Since) && at.Before(w.Until)
}

// shown reports whether something of a record was about to be shown.
func shown(e *audit.Event) bool {
	switch e.Kind {
	case audit.Disclosed, audit.Printed, audit.Downloaded, audit.DocumentShown:
		return true
	}
	return false
}

// tried reports whether somebody looked at a record, or was refused.
func tried(e *audit.Event) bool { return shown(e) || e.Kind == audit.Denied }

// Staff is a member of staff as their organisation's list has them: marks, and
// no name or address.
type Staff struct {
	Organisation nhs.ODSCode
	ID           string // the staff id or the subject that their sign-in says
	Team         string
	Manager      string // the ID of who answers for them
	Number       string // the mark of their own NHS number
	Marks        audit.Marks
}

// Roster is the list of one organisation's staff.
type Roster struct {
	byID   map[string]*Staff
	byTeam map[string][]*Staff
	names  map[string]int
}

// NewRoster returns the roster of a list.
func NewRoster(list []Staff) *Roster {
	r := &Roster{byID: map[string]*Staff{}, byTeam: map[string][]*Staff{}, names: map[string]int{}}
	for i := range list {
		s := &list[i]
		r.byID[s.ID] = s
		if s.Team != "" {
			r.byTeam[s.Team] = append(r.byTeam[s.Team], s)
		}
		r.names[s.Marks.Family]++
	}
	return r
}

// Find returns the member of staff who acted, or nil.
func (r *Roster) Find(a audit.Actor) *Staff {
	if r == nil {
		return nil
	}
	if s := r.byID[a.StaffID]; s != nil && a.StaffID != "" {
		return s
	}
	return r.byID[a.Subject]
}

// colleague is somebody else of the same team for whom is holds, or nil.
func (l *Look) colleague(is func(*Staff) bool) *Staff {
	if l.Staff == nil || l.Roster == nil || l.Staff.Team == "" {
		return nil
	}
	team := l.Roster.byTeam[l.Staff.Team]
	i := slices.IndexFunc(team, func(s *Staff) bool { return s.ID != l.Staff.ID && is(s) })
	if i < 0 {
		return nil
	}
	return team[i]
}

// same reports whether two marks are known and equal.
func same(a, b string) bool { return a != "" && a == b }
