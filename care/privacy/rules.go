package privacy

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Name names a rule.
type Name string

// Limits are the thresholds of a rule; which of them it has, its shipped ones
// say.
type Limits struct {
	Least      int     // patients in a day, below which nothing is unusual
	Deviations float64 // how many standard deviations above the average is
	Share      float64 // of the staff list: a family name that more have is common
}

// Rule is one reason to ask about a look. find returns what it found in words
// that name nobody, or nothing.
type Rule struct {
	Name     Name
	Words    string // as officers read it in a list
	Severity Severity
	Limits   Limits
	find     func(*Look, Limits) string
	once     func(*Look) string
}

// The rules that other parts of the program know by name. The first four are
// alerts from the moment that their events are written.
const (
	SelfClaim     = Name(audit.Claimed)
	BreakGlass    = Name(audit.GlassBroken)
	SensitiveOpen = Name(audit.SensitiveOpened)
	OverBudget    = Name(audit.OverBudget)
	Sampled       = Name("sampled") // no rule: an officer asks about an access of a sample
)

// Rules are all rules as they ship.
var Rules = []Rule{
	{SelfClaim, "Relationship self-claimed", Medium, Limits{}, selfClaim, event},
	{BreakGlass, "Emergency access (broken glass)", High, Limits{}, breakGlass, event},
	{SensitiveOpen, "Sensitive items opened", Medium, Limits{}, sensitiveOpened, event},
	{OverBudget, "Looked for more patients than is usual", High, Limits{}, overBudget, event},
	{"own-record", "Own record", High, Limits{}, ownRecord, patientDay},
	{"objection", "Record of somebody who objects", Low, Limits{}, objected, patientDay},
	{"restricted", "Restricted record, without a relationship", High, Limits{}, restricted, patientDay},
	{"watch-list", "Patient on the watch list", High, Limits{}, watched, patientDay},
	{"same-family-name", "Same family name as the member of staff", Medium, Limits{Share: 0.001}, sameFamily, patientDay},
	{"same-address", "Same address or postcode as the member of staff", High, Limits{}, sameAddress, patientDay},
	{"colleague", "Colleague, or somebody who lives with one", High, Limits{}, colleague, patientDay},
	{"volume", "Unusually many records", Medium, Limits{Least: 40, Deviations: 6}, volume, day},
	{"hours", "Unusual hours", Medium, Limits{Least: 8, Deviations: 6}, hours, day},
	{"strangers", "Many patients without a relationship", High, Limits{Least: 6, Deviations: 5}, strangers, day},
	{"searches", "Searches without opening", Medium, Limits{Least: 15, Deviations: 6}, searches, day},
	{"claims", "More claims than is ordinary there", Medium, Limits{Least: 15, Deviations: 5}, claims, day},
	{"role-section", "Sections that the role may not see", High, Limits{}, roleSection, look},
}

// RuleWords are a rule's words, or its name where there is none of that name.
func RuleWords(n Name) string {
	if n == Sampled {
		return "Asked about after a sample"
	}
	for _, r := range Rules {
		if r.Name == n {
			return r.Words
		}
	}
	return string(n)
}

// AtOnce is what an alert says that is written together with its event, before
// any rule has looked at it.
func AtOnce(n Name, severities map[Name]Severity) (Severity, string) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == n })
	if i < 0 {
		return Medium, ""
	}
	r := Rules[i]
	return cmp.Or(severities[n], r.Severity), r.find(&Look{Event: audit.Event{Kind: audit.Kind(n)}}, r.Limits)
}

// What findings have in common that are one alert: the event, the look, the
// person with the patient on one day, or the person's day.

func event(l *Look) string { return l.Event.ID.String() }

func look(l *Look) string { return l.Event.Look }

func day(l *Look) string {
	a := l.Event.Actor
	return fmt.Sprintf("%s\x00%s\x00%s\x00%s", a.Issuer, a.Subject, a.Organisation, DayOf(l.Event.At).Format("2006-01-02"))
}

func patientDay(l *Look) string { return day(l) + "\x00" + l.Event.Patient.Digits() }

func selfClaim(l *Look, _ Limits) string {
	if l.Event.Kind != audit.Claimed || l.Ordinary {
		return ""
	}
	return "A care relationship that nobody had recorded was claimed."
}

func breakGlass(l *Look, _ Limits) string {
	if l.Event.Kind != audit.GlassBroken {
		return ""
	}
	return "The record was opened as an emergency."
}

func sensitiveOpened(l *Look, _ Limits) string {
	if l.Event.Kind != audit.SensitiveOpened {
		return ""
	}
	return "Items that are hidden as sensitive were opened for a stated reason."
}

func overBudget(l *Look, _ Limits) string {
	if l.Event.Kind != audit.OverBudget {
		return ""
	}
	return "More searches or patients in a short time than is usual. They were asked to sign in again."
}

// ownRecord finds those whose number the sign-in tells, who were refused, and
// those whose number the staff list tells.
func ownRecord(l *Look, _ Limits) string {
	switch {
	case l.Event.Kind == audit.Denied && l.Event.Rule == access.OwnRecord:
		return "The member of staff tried to open their own record, and was refused."
	case tried(&l.Event) && l.Staff != nil && same(l.Staff.Number, l.Patient):
		return "By the staff list, the record is the member of staff’s own."
	}
	return ""
}

func objected(l *Look, _ Limits) string {
	if l.Event.Kind != audit.Denied || l.Event.Rule != access.Objected {
		return ""
	}
	return "The patient objects to the shared record, or it could not be found out. Nothing was shown."
}

// restricted finds attempts that no recorded relationship explains.
func restricted(l *Look, _ Limits) string {
	e := &l.Event
	if !e.Restricted || e.Rule == access.HasGround || !tried(e) && e.Kind != audit.GlassBroken {
		return ""
	}
	if e.Kind == audit.Denied {
		return "The patient’s whereabouts are protected. The record was refused."
	}
	return "The patient’s whereabouts are protected, and no care relationship is recorded."
}

func watched(l *Look, _ Limits) string {
	if !tried(&l.Event) {
		return ""
	}
	for _, w := range l.Watched {
		if w.Counts(l.Event.At, l.Event.Actor.Organisation) {
			return "The patient is on the watch list: " + w.Kind.Words() + "."
		}
	}
	return ""
}

// fewNamesakes are on any list, however short.
const fewNamesakes = 3

// sameFamily leaves common names alone: strangers have them.
func sameFamily(l *Look, limits Limits) string {
	if !tried(&l.Event) || l.Staff == nil || !same(l.Staff.Marks.Family, l.Event.Marks.Family) {
		return ""
	}
	namesakes := l.Roster.names[l.Staff.Marks.Family]
	if float64(namesakes) > max(fewNamesakes, limits.Share*float64(len(l.Roster.byID))) {
		return ""
	}
	return "The patient has the member of staff’s family name, which is not a common one there."
}

func sameAddress(l *Look, _ Limits) string {
	switch {
	case !tried(&l.Event) || l.Staff == nil:
	case same(l.Staff.Marks.Address, l.Event.Marks.Address):
		return "The patient lives at the member of staff’s address."
	case same(l.Staff.Marks.Postcode, l.Event.Marks.Postcode):
		return "The patient lives in the member of staff’s postcode."
	}
	return ""
}

// colleague looks at the team, not at the whole organisation: thousands live
// with somebody who works at the same hospital, and most are strangers.
func colleague(l *Look, _ Limits) string {
	m := &l.Event.Marks
	switch {
	case !tried(&l.Event):
	case l.colleague(func(s *Staff) bool { return same(s.Number, l.Patient) }) != nil:
		return "The patient is a colleague of the same team."
	case l.colleague(func(s *Staff) bool { return same(s.Marks.Address, m.Address) }) != nil:
		return "The patient lives at the address of a colleague of the same team."
	case l.colleague(func(s *Staff) bool {
		return same(s.Marks.Family, m.Family) && same(s.Marks.Postcode, m.Postcode)
	}) != nil:
		return "The patient has the family name and postcode of a colleague of the same team."
	}
	return ""
}

func volume(l *Look, limits Limits) string {
	return excess(l, limits, Patients, "Records of %d patients were shown in one day")
}

// hours compares with the person's own days where there are any: of one's
// peers, some work at night.
func hours(l *Look, limits Limits) string {
	if l.Day != nil && l.Day.Own[Night].Days >= ownDays {
		alone := *l
		alone.Day = &Day{Tally: l.Day.Tally, Own: l.Day.Own}
		l = &alone
	}
	return excess(l, limits, Night, "Records of %d patients were shown between 22:00 and 06:00")
}

func strangers(l *Look, limits Limits) string {
	if l.Ordinary {
		return ""
	}
	return excess(l, limits, Strangers, "%d patients in one day without a recorded relationship")
}

func searches(l *Look, limits Limits) string {
	return excess(l, limits, Idle, "%d patients in one day were searched for by name or number and not opened")
}

// claims stands in for selfClaim where claims are ordinary.
func claims(l *Look, limits Limits) string {
	if !l.Ordinary {
		return ""
	}
	return excess(l, limits, Claims, "A relationship with %d patients was claimed in one day")
}

func excess(l *Look, limits Limits, c Counter, words string) string {
	if l.Day == nil || !l.Day.unusual(c, limits) {
		return ""
	}
	return fmt.Sprintf(words, l.Day.Tally[c]) + against(l.Day.Own[c], l.Day.Peers[c])
}

// against says what is usual.
func against(own, peers Spread) string {
	usual := "; on other days it was %.0f on average, and %.0f with others of the same role."
	switch {
	case own.Days >= ownDays && peers.Days >= peerDays:
		return fmt.Sprintf(usual, own.Mean(), peers.Mean())
	case own.Days >= ownDays:
		return fmt.Sprintf("; on other days it was %.0f on average.", own.Mean())
	case peers.Days >= peerDays:
		return fmt.Sprintf("; with others of the same role it is %.0f on average.", peers.Mean())
	}
	return "; there is no history to compare it with yet."
}

// roleSection finds what the program itself must never do.
func roleSection(l *Look, _ Limits) string {
	if !shown(&l.Event) {
		return ""
	}
	n, scope := 0, l.Table.ScopeOf(l.Event.Actor.Role)
	for _, s := range l.Event.Sections {
		if scope[s] == record.Nothing {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of the sections shown are not for the role. Tell the service desk at once: the service must not show them.", n)
}

// Setting is what configuration says of a rule. Zero members leave what ships.
type Setting struct {
	Off      bool
	Severity Severity
	Limits   Limits
}

// Watcher applies the rules.
type Watcher struct {
	Settings map[Name]Setting
	Ordinary []nhs.ODSCode // organisations where claims are the ordinary way
	Table    access.Table  // what each role may see; nil is the table that ships
}

// Find returns what the rules find in a look. A rule that panics finds
// nothing, and is named to failed.
func (w Watcher) Find(l Look, failed func(Name)) []Finding {
	l.Ordinary = slices.Contains(w.Ordinary, l.Event.Actor.Organisation)
	if l.Table = w.Table; l.Table == nil {
		l.Table = access.Shipped()
	}
	var found []Finding
	for _, r := range Rules {
		set := w.Settings[r.Name]
		if set.Off {
			continue
		}
		detail := tryRule(r, &l, r.Limits.but(set.Limits), failed)
		if detail == "" {
			continue
		}
		severity := r.Severity
		if set.Severity != 0 {
			severity = set.Severity
		}
		found = append(found, Finding{r.Name, severity, detail, r.once(&l)})
	}
	return found
}

func tryRule(r Rule, l *Look, limits Limits, failed func(Name)) (detail string) {
	defer func() {
		if recover() != nil { // its value may be about a patient
			detail = ""
			failed(r.Name)
		}
	}()
	return r.find(l, limits)
}

// but is l with what other sets.
func (l Limits) but(other Limits) Limits {
	if other.Least > 0 {
		l.Least = other.Least
	}
	if other.Deviations > 0 {
		l.Deviations = other.Deviations
	}
	if other.Share > 0 {
		l.Share = other.Share
	}
	return l
}

// Check says what is wrong with a setting of a rule, or nothing.
func (s Setting) Check(n Name) error {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == n })
	if i < 0 {
		return fmt.Errorf("there is no rule %q", n)
	}
	has := Rules[i].Limits
	for _, limit := range []struct {
		name      string
		set, have float64
	}{{"least", float64(s.Limits.Least), float64(has.Least)}, {"deviations", s.Limits.Deviations, has.Deviations}, {"share", s.Limits.Share, has.Share}} {
		if limit.set != 0 && limit.have == 0 {
			return fmt.Errorf("the rule %s has no %s", n, limit.name)
		}
		if limit.set < 0 || math.IsNaN(limit.set) || math.IsInf(limit.set, 0) {
			return fmt.Errorf("%s of the rule %s must be more than 0", limit.name, n)
		}
	}
	return nil
}
