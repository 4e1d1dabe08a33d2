// Package record is the joined-up record of one patient: what each partner
// contributed, or why it did not, and how contributions become one record.
// It does no I/O.
package record

// Section is a part of the record, as the page and the access table name it.
type Section string

// The sections, in the order of the page.
const (
	Alerts        Section = "alerts"
	Allergies     Section = "allergies"
	Medications   Section = "medications"
	Problems      Section = "problems"
	Results       Section = "results"
	Observations  Section = "observations"
	Visits        Section = "visits"
	CarePlans     Section = "care-plans"
	SocialCare    Section = "social-care"
	CareTeam      Section = "care-team"
	Procedures    Section = "procedures"
	Immunisations Section = "immunisations"
	Documents     Section = "documents"
)

// Sections are all sections, in the order of the page.
var Sections = []Section{
	Alerts, Allergies, Medications, Problems, Results, Observations, Visits,
	CarePlans, SocialCare, CareTeam, Procedures, Immunisations, Documents,
}

var sectionNames = map[Section]string{
	Alerts: "Alerts", Allergies: "Allergies", Medications: "Medications", CarePlans: "Care plans",
	SocialCare: "Social care", CareTeam: "Care team", Visits: "Visits", Problems: "Problems",
	Procedures: "Procedures", Results: "Results", Observations: "Observations",
	Immunisations: "Immunisations", Documents: "Documents",
}

// Name is the section's heading.
func (s Section) Name() string { return sectionNames[s] }

// Known reports whether s is one of Sections.
func (s Section) Known() bool { _, ok := sectionNames[s]; return ok }

// Extent is how much of a section a role may see.
type Extent uint8

// The extents. The zero Extent sees nothing.
const (
	Nothing           Extent = iota
	DatesOnly                // date and organisation of a visit, nothing else
	AllowedCategories        // alerts of the categories that the policy names
	Everything
)

// Scope is what of a record may be asked for and shown. The zero Scope is
// nothing.
type Scope map[Section]Extent

// Sections returns the sections of which anything may be seen, in page order.
func (s Scope) Sections() []Section {
	seen := make([]Section, 0, len(s))
	for _, section := range Sections {
		if s[section] > Nothing {
			seen = append(seen, section)
		}
	}
	return seen
}

// Only returns what s says of the sections named, or all of s where none are.
func (s Scope) Only(sections ...Section) Scope {
	if len(sections) == 0 {
		return s
	}
	only := Scope{}
	for _, section := range sections {
		if extent, ok := s[section]; ok {
			only[section] = extent
		}
	}
	return only
}
