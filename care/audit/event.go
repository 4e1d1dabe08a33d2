// Package audit is the trail: who looked at whom, on what ground, and what
// they were shown, written down before they see it. What cannot be written
// does not happen. Only this package makes a Viewing, without which no partner
// is asked, and a Tracing, without which the demographics service is not.
package audit

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/google/uuid"
)

// Kind is the kind of an event.
type Kind string

// The kinds of event.
const (
	SignedIn         Kind = "signed-in"
	SignInFailed     Kind = "sign-in-failed"
	SignedOut        Kind = "signed-out"
	RoleChosen       Kind = "role-chosen"
	Searched         Kind = "searched"         // before the demographics service is asked to find people
	Listed           Kind = "listed"           // one for each person shown in a list
	Traced           Kind = "traced"           // before the demographics service is asked about one person
	Inquired         Kind = "inquired"         // before the user's organisation is asked whether it cares for a patient
	Launched         Kind = "launched"         // a patient was in context in a local system, from which the viewer was opened
	LaunchFailed     Kind = "launch-failed"    // and could not be taken over
	Opened           Kind = "opened"           // leave to look, before any partner is asked
	Denied           Kind = "denied"           // a refusal
	Disclosed        Kind = "disclosed"        // what is about to be shown
	Printed          Kind = "printed"          // the record for paper, about to be shown
	Downloaded       Kind = "downloaded"       // the record as a file, about to be handed over
	Claimed          Kind = "self-claimed"     // a relationship claimed for a stated reason
	GlassBroken      Kind = "break-glass"      // emergency access taken
	GlassNote        Kind = "glass-note"       // why the glass was broken, said afterwards; its look is the reference of that
	SensitiveOpened  Kind = "sensitive-opened" // sensitive items of a record, opened for a stated reason
	DocumentShown    Kind = "document"         // one document, about to be shown
	IdentityFailed   Kind = "identity-failed"  // safety: a partner answered about somebody else
	TrailRead        Kind = "trail-read"       // the trail itself, about to be shown
	FilterKept       Kind = "filter-kept"      // a search of the trail, kept under a name or forgotten
	ReportMade       Kind = "access-report"    // who has seen a patient's record, about to be told
	ProofTaken       Kind = "proof-taken"      // the proof of such a report, about to be handed over
	RefetchAsked     Kind = "refetch-asked"    // that what was shown be fetched again
	RefetchApproved  Kind = "refetch-approved" // by the other of the two who must agree
	RefetchRefused   Kind = "refetch-refused"  // by the same
	RefetchOpened    Kind = "refetch-opened"   // before partners are asked again for what was shown
	Refetched        Kind = "refetched"        // how what was shown compares now, about to be shown
	ObjectionChanged Kind = "objection"        // an objection recorded or changed
	OverBudget       Kind = "over-budget"      // more searches or patients than is usual: asked to sign in again, and nothing found or opened
	FormReceived     Kind = "form-received"    // somebody's form to object or to withdraw: nothing is in force by it yet
	FormRead         Kind = "form-read"        // such a form, about to be shown
	FormHandled      Kind = "form-handled"     // a form looked into, without an effect on what is in force
	Imported         Kind = "imported"         // a file of relationships or objections
	CallerRefused    Kind = "caller-refused"   // another system, that could not prove who it is or asked for what it may not
	TokenGiven       Kind = "token-given"      // to another system, for a signed assertion
	ObjectionsRead   Kind = "objections-read"  // by another system, or written to a file
	Checked          Kind = "partner-check"    // before partners are asked about the test patient
	SafetyRaised     Kind = "safety-raised"    // something for the safety officers, that came up while a record was put together
	ErrorReported    Kind = "error-reported"   // by somebody who read a record
	SafetyRead       Kind = "safety-read"      // an item of the safety desk, about to be shown
	SafetyHandled    Kind = "safety-handled"   // an item taken, noted or closed
	FeedSwitched     Kind = "feed-switched"    // a partner, or a section of it, switched off or on
	FeedOpened       Kind = "feed-opened"      // whom a new feed is open to
	Started          Kind = "server-started"
	Stopped          Kind = "server-stopped"
	Heartbeat        Kind = "heartbeat"      // the last number of each writer of the trail
	Exported         Kind = "trail-exported" // the trail or a part of it, about to be written to a file
	ProofLate        Kind = "proof-late"     // what was recorded is not signed for, or not witnessed
	BodiesRemoved    Kind = "bodies-removed" // what events of a month said, after its retention
	Failed           Kind = "failed"         // a page that was promised and could not be sent
	CaseRead         Kind = "case-read"      // an alert and what was done about it, about to be shown
	CaseHandled      Kind = "case-handled"   // a step with an alert
	CaseAnswered     Kind = "case-answered"  // a question about an access, answered
	WatchChanged     Kind = "watch-list"     // a patient put on the watch list, or taken off
	SampleReviewed   Kind = "sample-review"  // an access of a random sample, judged

	PossibleObjection Kind = "possible-objection" // a partner's data shows that the patient refused sharing there
	PossibleHandled   Kind = "possible-handled"   // an officer found what a possible objection is
	PossibleRead      Kind = "possible-read"      // the list of possible objections, about to be shown

	RequestEntered Kind = "request-entered" // somebody's request about their own data, entered by an officer
	RequestRead    Kind = "request-read"    // such a request, about to be shown
	RequestHandled Kind = "request-handled" // what was done about it
)

// Kinds are all kinds, with the words that name them on a page.
var Kinds = map[Kind]string{
	SignedIn: "Signed in", SignInFailed: "Sign-in failed", SignedOut: "Signed out", RoleChosen: "Chose a role",
	Searched: "Searched", Listed: "Shown in a list", Traced: "Looked up in the demographics service",
	Launched: "Opened from a local system", LaunchFailed: "Could not be opened from a local system",
	Inquired: "Asked the user’s organisation whether it cares for the patient",
	Opened:   "Record opened", Denied: "Refused", Disclosed: "Record shown",
	Printed: "Record printed", Downloaded: "Record downloaded", Claimed: "Claimed a relationship", SensitiveOpened: "Opened sensitive items",
	GlassBroken: "Emergency access (broken glass)", GlassNote: "Note on an emergency access",
	DocumentShown: "Document shown", IdentityFailed: "Identity check failed", TrailRead: "Read the access log",
	FilterKept: "Changed a saved search of the access log", ReportMade: "Made an access report", ProofTaken: "Took the proof of an access report",
	RefetchAsked: "Asked for what was shown to be fetched again", RefetchApproved: "Approved fetching again", RefetchRefused: "Refused fetching again",
	RefetchOpened: "Fetching again what was shown", Refetched: "Compared what was shown with now",
	ObjectionChanged: "Objection recorded or changed", Imported: "Imported a file", Checked: "Asked partners about the test patient",
	CallerRefused: "Refused another system", TokenGiven: "Let another system in", ObjectionsRead: "Read objections",
	OverBudget:        "Looked for more people than is usual",
	PossibleObjection: "Found a possible objection at an organisation", PossibleHandled: "Handled a possible objection", PossibleRead: "Read the possible objections",
	FormReceived: "Objection form received", FormRead: "Read an objection form", FormHandled: "Handled an objection form",
	SafetyRaised: "Raised to the safety officers", ErrorReported: "Error reported", SafetyRead: "Read a safety item", SafetyHandled: "Handled a safety item",
	FeedSwitched: "Switched a feed off or on", FeedOpened: "Opened a feed",
	Heartbeat: "Trail is being written", Exported: "Exported the access log", ProofLate: "Proof of the access log is late",
	RequestEntered: "Entered a request about somebody’s own data", RequestRead: "Read such a request", RequestHandled: "Handled such a request",
	CaseRead: "Read an alert", CaseHandled: "Handled an alert", CaseAnswered: "Answered a question about an access",
	WatchChanged: "Changed the watch list", SampleReviewed: "Reviewed a sampled access",
	BodiesRemoved: "Removed a month of the access log", Started: "Server started", Stopped: "Server stopped", Failed: "Page failed",
}

// Event is one entry of the trail. Once written it never changes.
type Event struct {
	ID        uuid.UUID // version 7, made by the application
	Reference string    // shared by the events of one viewing; shown on its page
	Look      string    // shared by the viewings of one look at a page
	Kind      Kind
	At        time.Time
	Actor     Actor
	Patient   nhs.Number // zero where no patient is concerned
	Person    *Identity  // of the patient, as it was then: only for an officer's page
	Rule      access.Rule
	Ground    access.Ground
	Claim     access.ClaimReason
	Words     string // the user's own words, or plain words about a failure
	Page      string // the page shown
	Sections  []record.Section
	Partners  []Partner
	Matches   int               // people found
	Writers   map[string]uint64 // of a statement: the last number of each writer of the trail
	Month     string            // of which bodies were removed, like 2019-01
	Digest    string            // SHA-256 of the page, in hex
	Bytes     int               // size of the page

	Marks      Marks // of the patient, for the rules that watch the trail
	Restricted bool  // the patient's whereabouts must not be given away
}

// Identity is a patient's name and birth date as they were at the event.
type Identity struct {
	Name string
	Born string
}

// Actor is who did it, as they were then.
type Actor struct {
	Issuer, Subject  string
	Name             string
	Role             auth.Role
	RoleCode         string
	RoleName         string
	Organisation     nhs.ODSCode
	OrganisationName string
	StaffID          string
	Session          string
	Address          string
}

// Partner is what one partner answered, and what of it was shown.
type Partner struct {
	Code    nhs.ODSCode
	Name    string
	State   record.State
	Why     string
	Millis  int64
	Entries int                 // clinical items in its answer
	Hidden  int                 // of these, not shown to the role, unreadable or in error
	Shown   map[string][]string // by FHIR type: id, or id/version
}

// ActorOf is u as an actor.
func ActorOf(u auth.User) Actor {
	return Actor{
		Issuer: u.Issuer, Subject: u.Subject, Name: u.Name, Role: u.Role, RoleCode: u.RoleCode, RoleName: u.RoleName,
		Organisation: u.Organisation, OrganisationName: u.OrganisationName, StaffID: u.StaffID,
		Session: u.Session, Address: u.Address,
	}
}

// NewEvent returns an event of kind by u, with an id and a reference.
func NewEvent(kind Kind, u auth.User, at time.Time) Event {
	return Event{ID: uuid.Must(uuid.NewV7()), Reference: newReference(), Kind: kind, At: at.UTC().Truncate(time.Microsecond), Actor: ActorOf(u)}
}

var letters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newReference makes a reference that can be read out over a telephone: 60
// random bits in three groups of four letters (Crockford's alphabet).
func newReference() string {
	raw := make([]byte, 8)
	rand.Read(raw)
	s := letters.EncodeToString(raw)
	return strings.Join([]string{s[:4], s[4:8], s[8:12]}, "-")
}
