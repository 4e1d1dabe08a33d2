package access

import (
	"errors"
	"fmt"
	"maps"

	"example.org/icr/auth"
	"example.org/icr/care/record"
)

// Privilege is what a role may see of a record.
type Privilege struct {
	Identity bool // the demographics service's answer: banner and contacts
	Scope    record.Scope
}

// Table is what each role may see. A role that is not in it sees nothing.
type Table map[auth.Role]Privilege

// shipped is the widest table there is. Other roles (privacy, objections,
// safety, service) never see a record.
var shipped = Table{
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

// mayBreakGlass are the roles that may open a record in an emergency.
var mayBreakGlass = map[auth.Role]bool{auth.Clinician: true}

// Shipped returns a copy of the table as it ships, the widest there is.
func Shipped() Table {
	t := Table{}
	for role, p := range shipped {
		t[role] = Privilege{Identity: p.Identity, Scope: maps.Clone(p.Scope)}
	}
	return t
}

// ScopeOf returns a copy of what role may see of a record's sections.
func (t Table) ScopeOf(role auth.Role) record.Scope {
	scope := record.Scope{}
	maps.Copy(scope, t[role].Scope)
	return scope
}

// Narrow leaves role only those of its sections that are named, each to the
// extent that it was seen before. A section that the role does not see is an
// error: a table may be narrowed and never widened.
func (t Table) Narrow(role auth.Role, to []record.Section) error {
	before, narrowed := t[role].Scope, record.Scope{}
	var faults []error
	for _, section := range to {
		if before[section] == record.Nothing {
			faults = append(faults, fmt.Errorf("%s does not see the section %q: access can be narrowed, not widened", role, section))
			continue
		}
		narrowed[section] = before[section]
	}
	if len(faults) == 0 && auth.Roles[role] == "" {
		faults = append(faults, fmt.Errorf("there is no role %q", role))
	}
	if len(faults) == 0 && len(before) > 0 {
		t[role] = Privilege{Identity: t[role].Identity, Scope: narrowed}
	}
	return errors.Join(faults...)
}

// ScopeOf returns a copy of what role may see of a record's sections here.
func (p *Policy) ScopeOf(role auth.Role) record.Scope { return p.table().ScopeOf(role) }

// table is the programme's own, or the one that ships.
func (p *Policy) table() Table {
	if p.Table == nil {
		return shipped
	}
	return p.Table
}

// SeesRecord reports whether role may see any part of a record.
func SeesRecord(role auth.Role) bool { return shipped[role].Identity }

// handsOver are the roles that may take a record away as a file, and only on a
// recorded care relationship: nobody does so on their own word.
var handsOver = map[auth.Role]bool{auth.Clinician: true}

// MayHandOver reports whether role may take a record away as a file.
func MayHandOver(role auth.Role) bool { return handsOver[role] }

// MayClaim reports whether role may claim a relationship.
func MayClaim(role auth.Role) bool { return mayClaim[role] }

// MayBreakGlass reports whether role may open a record in an emergency.
func MayBreakGlass(role auth.Role) bool { return mayBreakGlass[role] }

// AllowedAlerts are the categories of alerts that a role sees whose extent is
// record.AllowedCategories: what somebody needs to know before a visit, and
// nothing about third parties or crime. The codes are those of HL7's
// flag-category and of Interweave's FlagCategory.
var AllowedAlerts = []string{"safety", "contact", "diet", "advance-directive", "RTS", "SGC"}

// Masking is what becomes of sensitive items: those that a partner labels as
// restricted or very restricted, and those of the list of Labels.
type Masking uint8

// The maskings. The zero Masking hides without a word.
const (
	MaskSilently Masking = iota // hidden, and no count that would give them away
	MaskOpenly                  // hidden, and said to be
	NoMask
)
