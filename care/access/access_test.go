package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"pgregory.net/rapid"
)

var (
	now     = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	patient = must(nhs.ParseNumber("9990000018"))
	other   = must(nhs.ParseNumber("9990000026"))
	policy  = &access.Policy{
		Programme: access.Programme{MinimumAge: 18, DeceasedFor: 28 * day, Practices: map[nhs.ODSCode]bool{"Y99001": true}},
		Now:       func() time.Time { return now },
	}
)

const day = 24 * time.Hour

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func user(role auth.Role) auth.User {
	return auth.User{
		Identity: auth.Identity{Issuer: "https://id", Subject: "1"},
		Post:     auth.Post{Role: role, Organisation: "RKB", Teams: []string{"Ward 7"}},
		Session:  "this",
	}
}

func adult() record.Person {
	return record.Person{Number: patient, Family: "Shah", Born: record.ParseDate("1980-02-03"), Practice: "Y99001"}
}

func request(role auth.Role) access.Request {
	return access.Request{User: user(role), Person: adult()}
}

func relationship(kind access.RelationshipKind, starts, ends time.Duration) access.Relationship {
	r := access.Relationship{Kind: kind, Organisation: "RKB", Team: "Ward 7", Starts: now.Add(starts)}
	if ends != 0 {
		r.Ends = now.Add(ends)
	}
	return r
}

func claim(rule access.Rule, from, until time.Duration) access.Claim {
	return access.Claim{Session: "this", Rule: rule, Why: access.Consent, At: now.Add(from), Until: now.Add(until)}
}

// clear is nothing known that stands in the way, and no ground.
func clear() access.Facts { return access.Facts{Objection: access.NoObjection} }

func seen() access.Facts {
	f := clear()
	f.Relationships = []access.Relationship{relationship(access.Encounter, -day, 0)}
	return f
}

// The whole policy, to be read by a Caldicott Guardian.
func TestPolicy(t *testing.T) {
	with := func(f access.Facts, change func(*access.Facts)) access.Facts { change(&f); return f }
	born := func(date string) access.Request {
		r := request(auth.Clinician)
		r.Person.Born = record.ParseDate(date)
		return r
	}
	died := func(date string) access.Request {
		r := request(auth.Clinician)
		r.Person.Died = record.ParseDate(date)
		return r
	}
	practice := func(code nhs.ODSCode) access.Request {
		r := request(auth.Clinician)
		r.Person.Practice = code
		return r
	}
	own := request(auth.Clinician)
	own.User.NHSNumber = patient
	formerly := request(auth.Clinician)
	formerly.User.NHSNumber, formerly.Person.Superseded = other, []nhs.Number{other}
	nobody := request(auth.Clinician)
	nobody.User.Subject = ""
	restricted := request(auth.Clinician)
	restricted.Person.Restricted = true
	claimed := with(clear(), func(f *access.Facts) { f.Claims = []access.Claim{claim(access.SelfClaimed, -time.Hour, time.Hour)} })
	broken := with(clear(), func(f *access.Facts) { f.Claims = []access.Claim{claim(access.GlassBroken, -time.Minute, time.Minute)} })
	away := func(role auth.Role) access.Request { r := request(role); r.HandOver = true; return r }
	elsewhere := claim(access.GlassBroken, -time.Minute, time.Minute)
	elsewhere.Session = "another"
	object := func(f access.Facts) access.Facts { f.Objection = access.ObjectionInForce; return f }

	for _, test := range []struct {
		name      string
		request   access.Request
		facts     access.Facts
		rule      access.Rule
		told      access.Explanation
		permitted bool
	}{
		{"clinician with a ground", request(auth.Clinician), seen(), access.HasGround, access.ShowRecord, true},
		{"a clinician takes a record away", away(auth.Clinician), seen(), access.HasGround, access.ShowRecord, true},
		{"social care takes a record away", away(auth.SocialCare), seen(), access.NotHandedOver, access.NotHandOver, false},
		{"a record is taken away on a claim", away(auth.Clinician), claimed, access.NotHandedOver, access.NotHandOver, false},
		{"a record is taken away on broken glass", away(auth.Clinician), broken, access.NotHandedOver, access.NotHandOver, false},
		{"a claim does not spoil a ground", away(auth.Clinician), with(seen(), func(f *access.Facts) { f.Claims = claimed.Claims }), access.HasGround, access.ShowRecord, true},
		{"a record is taken away by a stranger", away(auth.Clinician), clear(), access.NoRelationship, access.GiveReason, false},
		{"a record is taken away after an objection", away(auth.Clinician), object(seen()), access.Objected, access.NotAvailable, false},
		{"social care with a ground", request(auth.SocialCare), seen(), access.HasGround, access.ShowRecord, true},
		{"care admin with a ground", request(auth.CareAdmin), seen(), access.HasGround, access.ShowRecord, true},
		{"clinician without a ground", request(auth.Clinician), clear(), access.NoRelationship, access.GiveReason, false},
		{"care admin without a ground may not claim one", request(auth.CareAdmin), clear(), access.NoRelationship, access.CannotView, false},
		{"self-claimed", request(auth.Clinician), claimed, access.SelfClaimed, access.ShowRecord, true},
		{"self-claim never opens a restricted record", restricted, claimed, access.NoRelationship, access.NotEnough, false},
		{"nor one that turned restricted since", request(auth.Clinician), with(claimed, func(f *access.Facts) { f.Restricted = true }), access.NoRelationship, access.NotEnough, false},
		{"glass broken opens a restricted record", restricted, broken, access.GlassBroken, access.ShowRecord, true},
		{"glass broken in another session", request(auth.Clinician), with(clear(), func(f *access.Facts) { f.Claims = []access.Claim{elsewhere} }), access.NoRelationship, access.GiveReason, false},
		{"glass broken", request(auth.Clinician), broken, access.GlassBroken, access.ShowRecord, true},
		{"a ground beats a claim", request(auth.Clinician), with(claimed, func(f *access.Facts) { f.Relationships = seen().Relationships }), access.HasGround, access.ShowRecord, true},

		{"objection beats a ground", request(auth.Clinician), object(seen()), access.Objected, access.NotAvailable, false},
		{"objection beats a claim", request(auth.Clinician), object(claimed), access.Objected, access.NotAvailable, false},
		{"objection beats broken glass", request(auth.Clinician), object(broken), access.Objected, access.NotAvailable, false},
		{"objection without a ground is told to nobody", request(auth.Clinician), object(clear()), access.Objected, access.GiveReason, false},
		{"objection that is not known counts", request(auth.Clinician), with(seen(), func(f *access.Facts) { f.Objection = access.ObjectionUnknown }), access.Objected, access.NotAvailable, false},
		{"no facts at all", request(auth.Clinician), access.Facts{}, access.Objected, access.GiveReason, false},

		{"own record", own, seen(), access.OwnRecord, access.NotYourRecord, false},
		{"own record under a former number", formerly, seen(), access.OwnRecord, access.NotYourRecord, false},
		{"session ended", request(auth.Clinician), with(seen(), func(f *access.Facts) { f.SessionEnded = true }), access.SessionOver, access.SignInAgain, false},
		{"no user", access.Request{Person: adult()}, seen(), access.NoRole, access.CannotView, false},
		{"no subject", nobody, seen(), access.NoRole, access.CannotView, false},
		{"a role that is none", request("consultant"), seen(), access.NoRole, access.CannotView, false},
		{"privacy officer", request(auth.PrivacyOfficer), seen(), access.SeesNothing, access.CannotView, false},
		{"objections officer", request(auth.ObjectionsOfficer), seen(), access.SeesNothing, access.CannotView, false},
		{"safety officer", request(auth.SafetyOfficer), seen(), access.SeesNothing, access.CannotView, false},
		{"service administrator", request(auth.ServiceAdmin), seen(), access.SeesNothing, access.CannotView, false},

		{"18 today", born("2008-11-22"), seen(), access.HasGround, access.ShowRecord, true},
		{"18 tomorrow", born("2008-11-23"), seen(), access.NotIncluded, access.NotInRecord, false},
		{"birth date not known to the day", born("1980-02"), seen(), access.NotIncluded, access.NotInRecord, false},
		{"under 18 without a ground is told to nobody", born("2015-01-01"), clear(), access.NotIncluded, access.GiveReason, false},
		{"practice elsewhere", practice("Y99090"), seen(), access.NotIncluded, access.NotInRecord, false},
		{"no practice but one that a feed names", practice(""), with(seen(), func(f *access.Facts) { f.Practices = []nhs.ODSCode{"Y99001"} }), access.HasGround, access.ShowRecord, true},
		{"practice elsewhere, whatever a feed names", practice("Y99090"), with(seen(), func(f *access.Facts) { f.Practices = []nhs.ODSCode{"Y99001"} }), access.NotIncluded, access.NotInRecord, false},
		{"no practice", practice(""), seen(), access.NotIncluded, access.NotInRecord, false},
		{"died 27 days ago", died("2026-10-26"), seen(), access.HasGround, access.ShowRecord, true},
		{"died 28 days ago", died("2026-10-25"), seen(), access.NotIncluded, access.NotInRecord, false},
		{"died on a day that cannot be read", died("last week"), seen(), access.NotIncluded, access.NotInRecord, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := policy.Apply(test.request, test.facts)
			if d.Rule() != test.rule {
				t.Errorf("rule %s, want %s", d.Rule(), test.rule)
			}
			if d.Permitted() != test.permitted {
				t.Errorf("permitted %v", d.Permitted())
			}
			if got := access.Explain(d); got != test.told {
				t.Errorf("told %s, want %s", got, test.told)
			}
		})
	}
}

func TestGrounds(t *testing.T) {
	elsewhere := relationship(access.Encounter, -day, 0)
	elsewhere.Organisation = "RLT"
	otherTeam := relationship(access.Caseload, -day, 0)
	otherTeam.Team = "Ward 8"
	noTeam := relationship(access.Caseload, -day, 0)
	noTeam.Team = ""
	for _, test := range []struct {
		name string
		r    access.Relationship
		want bool
	}{
		{"encounter going on", relationship(access.Encounter, -400*day, 0), true},
		{"encounter 27 days over", relationship(access.Encounter, -30*day, -27*day), true},
		{"encounter 28 days over", relationship(access.Encounter, -30*day, -28*day), false},
		{"encounter yet to begin", relationship(access.Encounter, time.Minute, 0), false},
		{"appointment in 14 days", relationship(access.Appointment, 14*day, 0), true},
		{"appointment in 15 days", relationship(access.Appointment, 15*day, 0), false},
		{"appointment 27 days ago", relationship(access.Appointment, -27*day, 0), true},
		{"appointment 28 days ago", relationship(access.Appointment, -28*day, 0), false},
		{"referral open", relationship(access.Referral, -300*day, 0), true},
		{"referral closed", relationship(access.Referral, -300*day, -time.Minute), false},
		{"referral 18 months old", relationship(access.Referral, -548*day, 0), false},
		{"episode open", relationship(access.Episode, -3000*day, 0), true},
		{"episode closed", relationship(access.Episode, -3000*day, -time.Second), false},
		{"registered", relationship(access.Registered, -day, time.Hour), true},
		{"registered until now", relationship(access.Registered, -day, -time.Nanosecond), false},
		{"on my team's caseload", relationship(access.Caseload, -day, 0), true},
		{"on another team's caseload", otherTeam, false},
		{"on nobody's caseload", noTeam, false},
		{"another organisation's", elsewhere, false},
		{"a kind that is none", relationship("neighbour", -day, 0), false},
	} {
		f := clear()
		f.Relationships = []access.Relationship{test.r}
		if got := policy.Apply(request(auth.Clinician), f).Permitted(); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestZeroDecisionRefuses(t *testing.T) {
	var d access.Decision
	if d.Permitted() || len(d.Scope()) != 0 || access.Explain(d) == access.ShowRecord {
		t.Error("the zero Decision permits")
	}
}

type failing struct{}

func (failing) Facts(context.Context, access.Request) (access.Facts, error) {
	return seen(), errors.New("down")
}

func TestFactsThatCannotBeHadPermitNothing(t *testing.T) {
	p := *policy
	p.Facts = failing{}
	d, err := p.Decide(t.Context(), request(auth.Clinician))
	if !errors.Is(err, access.ErrFacts) || d.Permitted() {
		t.Errorf("%v, %v", d.Permitted(), err)
	}
}

func TestP2_RolesSeeWhatTheTableSays(t *testing.T) {
	if n := len(access.Shipped().ScopeOf(auth.Clinician)); n != len(record.Sections) {
		t.Errorf("a clinician sees %d sections", n)
	}
	social := access.Shipped().ScopeOf(auth.SocialCare)
	for _, s := range []record.Section{record.Problems, record.Procedures, record.Results, record.Observations, record.Immunisations, record.Documents} {
		if social[s] != record.Nothing {
			t.Errorf("social care sees %s", s)
		}
	}
	if social[record.Visits] != record.DatesOnly || social[record.Alerts] != record.AllowedCategories {
		t.Error("social care sees more than dates of visits, or than the allowed alerts")
	}
	for role := range auth.Roles {
		if role != auth.Clinician && role != auth.SocialCare && len(access.Shipped().ScopeOf(role)) != 0 {
			t.Errorf("%s sees sections", role)
		}
	}
	social[record.Results] = record.Everything
	if access.Shipped().ScopeOf(auth.SocialCare)[record.Results] != record.Nothing {
		t.Error("the table can be changed from outside")
	}
}

func TestTheTableIsNarrowedAndNeverWidened(t *testing.T) {
	for _, test := range []struct {
		name string
		role auth.Role
		to   []record.Section
		want string // of the error
		left int
	}{
		{"one section left", auth.SocialCare, []record.Section{record.Allergies}, "", 1},
		{"to less than everything", auth.SocialCare, []record.Section{record.Visits}, "", 1},
		{"nothing left", auth.Clinician, nil, "", 0},
		{"what the role lacks", auth.SocialCare, []record.Section{record.Allergies, record.Results}, "social-care does not see the section \"results\"", 7},
		{"a section that is none", auth.Clinician, []record.Section{"feet"}, "does not see the section \"feet\"", len(record.Sections)},
		{"a role that sees no record", auth.PrivacyOfficer, []record.Section{record.Alerts}, "privacy-officer does not see", 0},
		{"a role that is none", "king", nil, "there is no role \"king\"", 0},
	} {
		table := access.Shipped()
		err := table.Narrow(test.role, test.to)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		p := *policy
		p.Table = table
		scope := p.ScopeOf(test.role)
		if len(scope) != test.left || scope[record.Visits] == record.Everything && test.role == auth.SocialCare {
			t.Errorf("%s leaves %v", test.name, scope)
		}
		if d := p.Apply(request(test.role), seen()); len(d.Scope()) != test.left {
			t.Errorf("%s: the decision's scope is %v", test.name, d.Scope())
		}
	}
}

// anyFacts draws requests and facts of every sort.
func anyFacts(t *rapid.T) (access.Request, access.Facts) {
	roles := []auth.Role{"", "nonsense"}
	for role := range auth.Roles {
		roles = append(roles, role)
	}
	r := request(rapid.SampledFrom(roles).Draw(t, "role"))
	r.Person.Restricted = rapid.Bool().Draw(t, "restricted")
	r.Person.Practice = rapid.SampledFrom([]nhs.ODSCode{"Y99001", "Y99090", ""}).Draw(t, "practice")
	r.Person.Born = record.ParseDate(rapid.SampledFrom([]string{"1980-02-03", "2015-01-01", "2008-11-22", ""}).Draw(t, "born"))
	r.Person.Died = record.ParseDate(rapid.SampledFrom([]string{"", "2026-11-20", "2001-01-01"}).Draw(t, "died"))
	if rapid.Bool().Draw(t, "own") {
		r.User.NHSNumber = patient
	}
	f := access.Facts{
		Objection:    rapid.SampledFrom([]access.Objection{access.NoObjection, access.NoObjection, access.ObjectionUnknown}).Draw(t, "objection"),
		SessionEnded: rapid.Bool().Draw(t, "ended"), Restricted: rapid.Bool().Draw(t, "now restricted"),
	}
	kinds := []access.RelationshipKind{"", access.Registered, access.Encounter, access.Appointment, access.Referral, access.Episode, access.Caseload, access.Confirmed, access.Launched}
	for range rapid.IntRange(0, 3).Draw(t, "relationships") {
		hours := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(-20000, 2000).Draw(t, name)) * time.Hour
		}
		f.Relationships = append(f.Relationships, relationship(rapid.SampledFrom(kinds).Draw(t, "kind"), hours("starts"), hours("ends")))
	}
	for range rapid.IntRange(0, 2).Draw(t, "claims") {
		rule := rapid.SampledFrom([]access.Rule{access.SelfClaimed, access.GlassBroken, "made up"}).Draw(t, "rule")
		hours := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(-24, 24).Draw(t, name)) * time.Hour
		}
		f.Claims = append(f.Claims, claim(rule, hours("at"), hours("until")))
	}
	return r, f
}

func TestP3_AnObjectionNeverGrants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f := anyFacts(t)
		if rapid.Bool().Draw(t, "else permitted") { // which what is drawn at random seldom is
			r = request(rapid.SampledFrom([]auth.Role{auth.Clinician, auth.SocialCare, auth.CareAdmin}).Draw(t, "who"))
			f.Objection, f.SessionEnded = access.NoObjection, false
			f.Relationships = append(f.Relationships, relationship(access.Episode, -time.Hour, 0))
			if !policy.Apply(r, f).Permitted() {
				t.Fatal("it is refused without an objection: this proves nothing")
			}
		}
		for _, o := range []access.Objection{access.ObjectionInForce, access.ObjectionUnknown} {
			f.Objection = o
			if policy.Apply(r, f).Permitted() {
				t.Fatal("permitted in spite of an objection")
			}
		}
	})
}

// Without a ground or a claim, what a user is told never depends on the
// patient: not on an objection, on age, practice, death or restriction.
func TestP9_ExplanationTellsStrangersNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f := anyFacts(t)
		r.User.NHSNumber, f.SessionEnded, f.Relationships, f.Claims = nhs.Number{}, false, nil, nil
		plain := access.Request{User: r.User, Person: adult()}
		want := access.Explain(policy.Apply(plain, clear()))
		for _, o := range []access.Objection{access.NoObjection, access.ObjectionInForce, access.ObjectionUnknown} {
			f.Objection = o
			if got := access.Explain(policy.Apply(r, f)); got != want {
				t.Fatalf("told %s of one patient and %s of another", got, want)
			}
		}
	})
}

// Whoever may see a record has a current ground or claim, and a role that sees
// some part.
func TestNobodySeesWithoutAGround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f := anyFacts(t)
		d := policy.Apply(r, f)
		if d.Permitted() && (d.Ground().Kind == "" || !access.SeesRecord(r.User.Role) || f.SessionEnded) {
			t.Fatalf("permitted by %s", d.Rule())
		}
		f.Relationships, f.Claims = nil, nil
		if policy.Apply(r, f).Permitted() {
			t.Fatal("permitted without a ground")
		}
	})
}

// The registered practice is asked, and those that a feed names; whether the
// patient is included is the registered practice's matter.
func TestPracticesToAsk(t *testing.T) {
	for _, test := range []struct {
		registered nhs.ODSCode
		feeds      []nhs.ODSCode
		want       []nhs.ODSCode
	}{
		{"Y99001", nil, []nhs.ODSCode{"Y99001"}},
		{"Y99001", []nhs.ODSCode{"Y99001", "Y99005"}, []nhs.ODSCode{"Y99001", "Y99005"}},
		{"", []nhs.ODSCode{"Y99001"}, []nhs.ODSCode{"Y99001"}},
	} {
		req := request(auth.Clinician)
		req.Person.Practice = test.registered
		d := policy.Apply(req, access.Facts{Objection: access.NoObjection, Practices: test.feeds, Relationships: []access.Relationship{relationship(access.Episode, -time.Hour, 0)}})
		if !d.Permitted() || !slices.Equal(d.Practices(), test.want) {
			t.Errorf("registered with %s, feeds name %v: %s, asked %v", test.registered, test.feeds, d.Rule(), d.Practices())
		}
	}
}
