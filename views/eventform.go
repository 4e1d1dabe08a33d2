package views

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/views/ui"
)

// EventForm is the filter of the access log as it was filled in. Its fields
// are nhs_number, staff, organisation, role, ground, kind, outcome, from-day,
// -month and -year, to-day, -month and -year, and save_as.
type EventForm struct {
	Patient, Staff               string
	Organisation, Role, Ground   string
	FromDay, FromMonth, FromYear string
	ToDay, ToMonth, ToYear       string
	Kind, Outcome                string
	SaveAs                       string       `json:"-"`
	Organisations                []Choice     `json:"-"` // whose staff the officer may see, where they are several
	Errors                       []FieldError `json:"-"`
}

// Choice is one of several values of a field, and its words.
type Choice struct{ Value, Text string }

// SavedSearch is a search of the log that an officer kept.
type SavedSearch struct{ Ref, Name string }

func (f EventForm) errors() ui.Errors { return f.Errors }

func (f EventForm) field(name, label, value string) ui.Field {
	return ui.Field{Name: name, Label: label, Value: value, Error: f.errors().For(name)}
}

func (f EventForm) number() ui.Field {
	return ui.Field{Name: "nhs_number", Label: "Patient’s NHS number", Value: f.Patient, Error: f.errors().For("nhs_number"), Code: true, Numeric: true, Width: 10}
}

func (f EventForm) staff() ui.Field {
	return ui.Field{Name: "staff", Label: "Member of staff", Hint: "Part of the name, or the whole staff id", Value: f.Staff, Error: f.errors().For("staff")}
}

func (f EventForm) from() ui.DateField {
	return ui.DateField{Name: "from", Legend: "From", Day: f.FromDay, Month: f.FromMonth, Year: f.FromYear, Errors: f.errors()}
}

func (f EventForm) to() ui.DateField {
	return ui.DateField{Name: "to", Legend: "To", Day: f.ToDay, Month: f.ToMonth, Year: f.ToYear, Errors: f.errors()}
}

func (f EventForm) kind() ui.Field { return f.field("kind", "What happened", f.Kind) }

// WithoutPatient is the filter in words, for the trail, which has a place of
// its own for the patient.
func (f EventForm) WithoutPatient() string {
	f.Patient = ""
	return f.Applied()
}

// Applied is the filter in words, or nothing where it leaves nothing out.
func (f EventForm) Applied() string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("%s", audit.Kinds[audit.Kind(f.Kind)])
	add("%s", strings.ToLower(audit.Outcomes[audit.Outcome(f.Outcome)]))
	add("about the patient %s", spacedNumber(f.Patient))
	add("by members of staff called “%s”", f.Staff)
	add("staff of %s", cmp.Or(wordsOf(f.Organisations, f.Organisation), f.Organisation))
	add("in the role %s", auth.Role(f.Role).Name())
	add("on the ground “%s”", strings.ToLower(wordsOf(groundChoices(), f.Ground)))
	add("from %s", dayWords(f.FromDay, f.FromMonth, f.FromYear))
	add("to %s", dayWords(f.ToDay, f.ToMonth, f.ToYear))
	return capital(strings.Join(parts, ", "))
}

func spacedNumber(s string) string {
	digits := strings.ReplaceAll(s, " ", "")
	if len(digits) != 10 {
		return s
	}
	return digits[:3] + " " + digits[3:6] + " " + digits[6:]
}

func dayWords(day, month, year string) string {
	if day+month+year == "" {
		return ""
	}
	n, err := strconv.Atoi(month)
	if err != nil || n < 1 || n > 12 {
		return day + " " + month + " " + year
	}
	return day + " " + [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[n-1] + " " + year
}

func wordsOf(choices []Choice, value string) string {
	if i := slices.IndexFunc(choices, func(c Choice) bool { return c.Value == value }); i >= 0 && value != "" {
		return choices[i].Text
	}
	return ""
}

// options are choices with one before them that leaves nothing out.
func options(choices []Choice) []ui.Option {
	all := []ui.Option{{Text: "Any"}}
	for _, c := range choices {
		all = append(all, ui.Option{Value: c.Value, Text: c.Text})
	}
	return all
}

func sorted(choices []Choice) []Choice {
	slices.SortFunc(choices, func(a, b Choice) int { return cmp.Compare(a.Text, b.Text) })
	return choices
}

func roleChoices() (all []Choice) {
	for role, name := range auth.Roles {
		all = append(all, Choice{string(role), name})
	}
	return sorted(all)
}

func outcomeChoices() (all []Choice) {
	for outcome, name := range audit.Outcomes {
		all = append(all, Choice{string(outcome), name})
	}
	return sorted(all)
}

// groundChoices are the kinds of ground, as an officer reads them.
func groundChoices() []Choice {
	all := []Choice{
		{string(access.SelfClaimed), "Claimed by the member of staff"}, {string(access.GlassBroken), "Emergency access (broken glass)"},
	}
	for kind, words := range access.RelationshipKinds {
		all = append(all, Choice{string(kind), capital(theirs.Replace(words))})
	}
	return sorted(all)
}

// KnownGround reports whether events can be searched by a ground.
func KnownGround(ground string) bool { return wordsOf(groundChoices(), ground) != "" }

// EventHref is where an event has a page of its own.
func EventHref(e audit.Event) string {
	return "/privacy/events/" + strconv.FormatInt(e.At.UnixMicro(), 10) + "-" + e.ID.String()
}

// requests counts the requests and events of one look.
func requests(look []audit.Event) string {
	seen := map[string]bool{}
	for _, e := range look {
		seen[e.Reference] = true
	}
	return counted(len(seen), "request") + ", " + counted(len(look), "event")
}
