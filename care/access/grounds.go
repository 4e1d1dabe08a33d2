package access

import (
	"slices"
	"time"

	"example.org/icr/care/nhs"
)

// RelationshipKind is the kind of a legitimate relationship (the NHS model:
// between a patient and a person, a team or an organisation).
type RelationshipKind string

// The kinds of relationship.
const (
	Registered  RelationshipKind = "registered"  // with the organisation, a GP practice
	Encounter   RelationshipKind = "encounter"   // attended or was admitted
	Appointment RelationshipKind = "appointment" // is or was booked
	Referral    RelationshipKind = "referral"    // was referred to the organisation
	Episode     RelationshipKind = "episode"     // has an open episode of care
	Caseload    RelationshipKind = "caseload"    // is on a team's caseload
	Confirmed   RelationshipKind = "confirmed"   // the organisation said so when it was asked
	Launched    RelationshipKind = "launched"    // is in context in a local system that is trusted to say so; in one session
	Void        RelationshipKind = "void"        // was called off, or told in error: no ground, kept because its feed told of it
)

// RelationshipKinds are all kinds, each with the words that name it on a page.
var RelationshipKinds = map[RelationshipKind]string{
	Registered: "registered with your practice", Encounter: "seen by your organisation",
	Appointment: "has an appointment with your organisation", Referral: "referred to your organisation",
	Episode: "has an open episode of care with your organisation", Caseload: "on your team's caseload",
	Confirmed: "your organisation says that it cares for this patient", Launched: "opened from your local system, for this sign-in only",
}

// Fed reports whether feeds may tell of relationships of this kind.
func (k RelationshipKind) Fed() bool {
	_, known := RelationshipKinds[k]
	return known && k != Confirmed && k != Launched
}

// Relationship is a legitimate relationship as its evidence tells it: the care
// began at Starts and ended at Ends, which is zero while it lasts.
type Relationship struct {
	Kind         RelationshipKind
	Organisation nhs.ODSCode
	Team         string
	Evidence     string // who says so: "import 2026-11-01", "PDS"
	Session      string // in which alone it is a ground; empty for any
	Starts, Ends time.Time
}

const day = 24 * time.Hour

// How long past its care a relationship is a ground (the programme's
// defaults).
const (
	afterEncounter    = 28 * day
	beforeAppointment = 14 * day
	afterAppointment  = 28 * day
	longestReferral   = 548 * day // 18 months
)

// ground is the time in which r is a ground: from, and until, which is zero
// where no end is known.
func (r Relationship) ground() (from, until time.Time) {
	from, until = r.Starts, r.Ends
	switch r.Kind {
	case Encounter:
		until = plus(r.Ends, afterEncounter)
	case Appointment:
		from, until = r.Starts.Add(-beforeAppointment), plus(r.Ends, afterAppointment)
		if r.Ends.IsZero() {
			until = r.Starts.Add(afterAppointment)
		}
	case Referral:
		if limit := r.Starts.Add(longestReferral); until.IsZero() || until.After(limit) {
			until = limit
		}
	}
	return from, until
}

func plus(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(d)
}

func within(now, from, until time.Time) bool {
	return !now.Before(from) && (until.IsZero() || now.Before(until))
}

// Ground is why a record may be seen, as the page and the trail tell it.
type Ground struct {
	Kind     string // a RelationshipKind, or a Rule that rests on a claim
	Code     string // what partners are told: OnRecord, the reason of a claim, or GlassBroken
	Words    string // for the page: "seen by your organisation"
	Evidence string
	Until    time.Time // zero where no end is known
}

// OnRecord is the code of a ground that is a known relationship: which, is no
// matter of the partners'.
const OnRecord = "relationship"

// currentGround returns the relationship that lasts longest among those that
// are a ground now.
func currentGround(req Request, f Facts, now time.Time) (Ground, bool) {
	var best Ground
	found := false
	for _, r := range f.Relationships {
		from, until := r.ground()
		if !concerns(r, req) || !within(now, from, until) {
			continue
		}
		if !found || !best.Until.IsZero() && (until.IsZero() || until.After(best.Until)) {
			best, found = Ground{string(r.Kind), OnRecord, RelationshipKinds[r.Kind], r.Evidence, until}, true
		}
	}
	return best, found
}

// concerns reports whether r is with the organisation that the user acts for,
// and, for a caseload, with a team of theirs; and, where it is bound to a
// session, whether it is this one.
func concerns(r Relationship, req Request) bool {
	_, known := RelationshipKinds[r.Kind]
	bound := r.Kind == Launched || r.Session != ""
	if !known || r.Organisation != req.User.Organisation || bound && (r.Session == "" || r.Session != req.User.Session) {
		return false
	}
	ofTheirs := r.Team != "" && slices.Contains(req.User.Teams, r.Team)
	return r.Kind != Caseload && r.Kind != Confirmed || ofTheirs || r.Kind == Confirmed && r.Team == ""
}

// Claim is what a user stated to get at a record: it is on the trail, and it
// lasts until Until.
type Claim struct {
	Rule     Rule // SelfClaimed or GlassBroken
	Why      ClaimReason
	Evidence string // the reference of its event
	Session  string // in which it was stated
	At       time.Time
	Until    time.Time
}

// ClaimReason is the reason code of a claim; partners are told it.
type ClaimReason string

// The reasons for which a relationship may be claimed.
const (
	CareNotRecorded ClaimReason = "care-not-yet-recorded"
	Consent         ClaimReason = "consent"
	Safeguarding    ClaimReason = "safeguarding"
)

// ClaimReasons are all reasons for a claim, in words.
var ClaimReasons = map[ClaimReason]string{
	CareNotRecorded: "I am caring for this patient, and it is not recorded yet",
	Consent:         "The patient has asked me to look, or agreed to it",
	Safeguarding:    "I am protecting the patient or somebody else (safeguarding)",
}

// The code under which a broken glass is on the trail.
const Emergency ClaimReason = "emergency"

// How long a claim lasts, and how many relationships somebody may claim in
// ClaimsWithin before only breaking the glass is left.
const (
	SelfClaimLasts = 12 * time.Hour
	GlassLasts     = 30 * time.Minute
	MostClaims     = 10
	ClaimsWithin   = 24 * time.Hour
)

// NoteOwedWithin is how soon somebody who broke the glass has to say why.
const NoteOwedWithin = 24 * time.Hour

// currentClaim returns the ground that a claim on the trail gives now, and the
// rule under which it does. A self-claim never opens a restricted record; a
// broken glass opens in its own session alone. made reports whether there is
// a claim at all, even one that opens nothing: the user may then be told so.
func currentClaim(req Request, f Facts, now time.Time) (g Ground, rule Rule, made bool) {
	restricted := req.Person.Restricted || f.Restricted
	for _, rule := range []Rule{SelfClaimed, GlassBroken} {
		for _, c := range f.Claims {
			if c.Rule != rule || !within(now, c.At, c.Until) || c.Until.IsZero() {
				continue
			}
			if rule == GlassBroken && (c.Session == "" || c.Session != req.User.Session) {
				continue
			}
			made = true
			if rule == SelfClaimed && restricted {
				continue
			}
			return Ground{string(rule), claimCode(c), claimWords(c), c.Evidence, c.Until}, rule, true
		}
	}
	return Ground{}, "", made
}

// claimCode is a claim's code for partners. Words that are no reason's code do
// not travel.
func claimCode(c Claim) string {
	if _, ok := ClaimReasons[c.Why]; ok && c.Rule == SelfClaimed {
		return string(c.Why)
	}
	return string(c.Rule)
}

func claimWords(c Claim) string {
	if c.Rule == GlassBroken {
		return "emergency access"
	}
	return "you said: " + ClaimReasons[c.Why]
}
