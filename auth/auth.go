// Package auth says who somebody is: a member of staff, acting in one role for
// one organisation. It knows no identity provider; auth/signin does.
package auth

import (
	"errors"
	"time"

	"example.org/icr/care/nhs"
)

// ErrNoSession means that nobody is signed in, or no longer.
var ErrNoSession = errors.New("no session")

// ErrNoRole means that somebody signed in whose claims give no role here.
var ErrNoRole = errors.New("no role in this service")

// ErrNoRef means that a stand-in for a patient in a URL is unknown, somebody
// else's, or lapsed: which, is not told.
var ErrNoRef = errors.New("no such reference")

// Role is what a member of staff does here. It comes from the identity
// provider's claims through a mapping; the zero Role may do nothing.
type Role string

// The roles.
const (
	Clinician         Role = "clinician"
	SocialCare        Role = "social-care"
	CareAdmin         Role = "care-admin"
	PrivacyOfficer    Role = "privacy-officer"
	ObjectionsOfficer Role = "objections-officer"
	SafetyOfficer     Role = "safety-officer"
	ServiceAdmin      Role = "service-admin"
	CaldicottGuardian Role = "caldicott-guardian"
)

// Roles are all roles, with the words that pages use.
var Roles = map[Role]string{
	Clinician: "Clinician", SocialCare: "Social care worker", CareAdmin: "Care administrator",
	PrivacyOfficer: "Privacy officer", ObjectionsOfficer: "Objections officer",
	SafetyOfficer: "Clinical safety officer", ServiceAdmin: "Service administrator",
	CaldicottGuardian: "Caldicott Guardian",
}

// Name is the role in words.
func (r Role) Name() string { return Roles[r] }

// Identity is a person as one issuer knows them. Issuer and Subject together
// are the only stable key.
type Identity struct{ Issuer, Subject string }

// Post is one role that a person may act in, for one organisation.
type Post struct {
	Role         Role
	RoleCode     string // the issuer's own code: "R8001"
	RoleName     string // the issuer's own words: "Nurse Access Role"
	RoleID       string // the issuer's id of this person in this role (CIS2: person_roleid)
	Organisation nhs.ODSCode
	Teams        []string // workgroups
}

// User is a signed-in member of staff acting in one post. The zero User may do
// nothing.
type User struct {
	Identity
	Post
	Name             string
	OrganisationName string
	StaffID          string     // national user id (CIS2: nhsid_useruid), where known
	NHSNumber        nhs.Number // the user's own, where known
	Session          string     // hash of the session id: what the trail keeps
	Address          string     // network address from a trusted hop
	AuthTime         time.Time
}
