package access

import (
	"example.org/icr/auth"
	"example.org/icr/care/record"
)

// Privilege is what a role may see of a record.
type Privilege struct {
	Identity bool // the demographics service's answer: banner and contacts
	Scope    record.Scope
}

// table is what each role may see. A role that is not in it sees nothing.
// Other roles (privacy, objections, safety, service) never see a record.
var table = map[auth.Role]Privilege{
	auth.Clinician: {Identity: true, Scope: record.Scope{
		record.Alerts: record.Everything, record.Allergies: record.Everything, record.Medications: record.Everything,
		record.CarePlans: record.Everything, record.SocialCare: record.Everything, record.CareTeam: record.Everything,
		record.Visits: record.Everything, record.Problems: record.Everything, record.Procedures: record.Everything,
		record.Results: record.Everything, record.Observations: record.Everything,
		record.Immunisations: record.Everything, record.Documents: record.Everything,
	}},
	auth.SocialCare: {Identity: true, Scope: record.Scope{
		record.Alerts: record.AllowedCategories, record.Allergies: record.Everything, record.Medications: record.Everything,
		record.CarePlans: record.Everything, record.SocialCare: record.Everything, record.CareTeam: record.Everything,
		record.Visits: record.DatesOnly,
	}},
	auth.CareAdmin: {Identity: true},
}

// mayClaim are the roles that may claim a relationship, with a reason.
var mayClaim = map[auth.Role]bool{auth.Clinician: true, auth.SocialCare: true}

// ScopeOf returns a copy of what role may see of a record's sections.
func ScopeOf(role auth.Role) record.Scope {
	scope := record.Scope{}
	for section, extent := range table[role].Scope {
		scope[section] = extent
	}
	return scope
}

// SeesRecord reports whether role may see any part of a record.
func SeesRecord(role auth.Role) bool { return table[role].Identity }

// MayClaim reports whether role may claim a relationship.
func MayClaim(role auth.Role) bool { return mayClaim[role] }

// AllowedAlerts are the categories of alerts that a role sees whose extent is
// record.AllowedCategories: what somebody needs to know before a visit, and
// nothing about third parties or crime. The codes are those of HL7's
// flag-category and of Interweave's FlagCategory.
var AllowedAlerts = []string{"safety", "contact", "diet", "advance-directive", "RTS", "SGC"}

// Masking is what becomes of sensitive items, those that a partner labels as
// restricted or very restricted.
type Masking uint8

// The maskings. The zero Masking hides without a word.
const (
	MaskSilently Masking = iota // hidden, and no count that would give them away
	MaskOpenly                  // hidden, and said to be
	NoMask
)

// Masks says what becomes of sensitive items of a section for a role.
// Allergies are never masked, nor are medicines from clinicians.
func Masks(role auth.Role, s record.Section) Masking {
	switch {
	case s == record.Allergies, s == record.Medications && role == auth.Clinician:
		return NoMask
	case role == auth.Clinician:
		return MaskOpenly
	}
	return MaskSilently
}
