package views

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
	"example.org/icr/views/ui"
)

// ruleWords are the rules of access as an officer reads them.
var ruleWords = map[access.Rule]string{
	access.NoRole: "no role in this service", access.SessionOver: "the session had ended",
	access.OwnRecord: "the user’s own record", access.Objected: "objection in force, or not known",
	access.NotIncluded: "not in the programme", access.SeesNothing: "the role sees no records",
	access.HasGround: "care relationship", access.SelfClaimed: "self-claimed relationship",
	access.GlassBroken: "emergency access", access.NoRelationship: "no care relationship recorded",
	access.BeyondBudget:  "more people than is usual: asked to sign in again",
	access.Locating:      "a document of a restricted patient",
	access.NotHandedOver: "downloads need a recorded care relationship",
}

func rule(r access.Rule) string {
	if words, ok := ruleWords[r]; ok {
		return words
	}
	return string(r)
}

// kindOrder is the order in which the filter offers the kinds of event.
var kindOrder = []audit.Kind{
	audit.Disclosed, audit.Printed, audit.Downloaded, audit.DocumentShown, audit.Opened, audit.Denied, audit.Claimed, audit.SensitiveOpened, audit.GlassBroken, audit.GlassNote, audit.OverBudget, audit.Searched, audit.Listed, audit.Traced, audit.Inquired, audit.Launched, audit.LaunchFailed,
	audit.IdentityFailed, audit.SafetyRaised, audit.ErrorReported, audit.SafetyRead, audit.SafetyHandled, audit.FeedSwitched, audit.FeedOpened, audit.Checked, audit.TrailRead, audit.Exported, audit.ProofLate, audit.BodiesRemoved, audit.Heartbeat, audit.ObjectionChanged, audit.Imported, audit.SignedIn, audit.SignInFailed,
	audit.RequestEntered, audit.RequestRead, audit.RequestHandled, audit.CaseRead, audit.CaseHandled, audit.CaseAnswered, audit.WatchChanged, audit.SampleReviewed,
	audit.ObjectionsRead, audit.TokenGiven, audit.CallerRefused,
	audit.PossibleObjection, audit.PossibleHandled, audit.PossibleRead,
	audit.FormReceived, audit.FormRead, audit.FormHandled,
	audit.FilterKept, audit.ReportMade, audit.ProofTaken, audit.RefetchAsked, audit.RefetchApproved, audit.RefetchRefused, audit.RefetchOpened, audit.Refetched,
	audit.SignedOut, audit.RoleChosen, audit.Started, audit.Stopped, audit.Failed,
}

func kindOptions() []ui.Option {
	options := []ui.Option{{Text: "Anything"}}
	for _, k := range kindOrder {
		options = append(options, ui.Option{Value: string(k), Text: audit.Kinds[k]})
	}
	return options
}

// happened is an event in words: what it was, and, if it was refused, why.
func happened(e audit.Event) string {
	words := audit.Kinds[e.Kind]
	if words == "" {
		words = string(e.Kind)
	}
	if e.Kind == audit.Denied && e.Rule != "" {
		words += ": " + rule(e.Rule)
	}
	return words
}

// theirs turns words that were meant for the user into words about them.
var theirs = strings.NewReplacer("your ", "their ", "you said", "they said")

// grounded is the ground of an event, or the reason that was claimed.
func grounded(e audit.Event) string {
	switch {
	case e.Ground.Words != "":
		return ground(access.Ground{Words: theirs.Replace(e.Ground.Words), Evidence: e.Ground.Evidence, Until: e.Ground.Until})
	case e.Claim != "":
		return claimed(e.Claim)
	}
	return "–"
}

func claimed(c access.ClaimReason) string {
	if words, ok := access.ClaimReasons[c]; ok {
		return words
	}
	return string(c)
}

// shownSections names the sections shown, or counts them if they are many.
func shownSections(sections []record.Section) string {
	switch {
	case len(sections) == 0:
		return "–"
	case len(sections) > 3:
		return counted(len(sections), "section")
	}
	return capital(sectionNames(sections))
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func answered(partners []audit.Partner) string {
	n := 0
	for _, p := range partners {
		if p.State.Spoken() {
			n++
		}
	}
	return strconv.Itoa(n) + " of " + counted(len(partners), "organisation") + " answered"
}

// byType counts the items shown of each FHIR type.
func byType(shown map[string][]string) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(shown)) {
		parts = append(parts, strconv.Itoa(len(shown[kind]))+" "+kind)
	}
	if parts == nil {
		return "–"
	}
	return strings.Join(parts, ", ")
}

func exactly(e audit.Event) string {
	return record.DateOf(e.At).Time().Format("02-Jan-2006 15:04:05")
}

type labelled struct{ label, value string }

// facts are everything else that an event says, without what is empty.
func facts(e audit.Event) []labelled {
	a := e.Actor
	all := []labelled{
		{"Event", e.ID.String()},
		{"Part of look", e.Look},
		{"Decided by", rule(e.Rule)},
		{"Reason claimed", claimed(e.Claim)},
		{"Words", e.Words},
		{"Page", e.Page},
		{"Listed on it", number(e.Matches)},
		{"Sections", capital(sectionNames(e.Sections))},
		{"Role at the issuer", strings.TrimSpace(a.RoleName + " " + a.RoleCode)},
		{"Staff id", a.StaffID},
		{"Organisation", string(a.Organisation)},
		{"Signed in with", strings.TrimSpace(a.Issuer + " " + a.Subject)},
		{"Network address", a.Address},
		{"Session", a.Session},
		{"Page digest", e.Digest},
		{"Page size", size(e.Bytes)},
	}
	return slices.DeleteFunc(all, func(l labelled) bool { return l.value == "" })
}

func size(bytes int) string {
	if bytes == 0 {
		return ""
	}
	return counted(bytes, "byte")
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
