package access_test

import (
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Partners are told a code for every ground that the policy gives.
func TestReasonCodes(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	policy := access.Policy{
		Programme: access.Programme{MinimumAge: 18, Practices: map[nhs.ODSCode]bool{"Y99001": true}},
		Now:       func() time.Time { return now },
	}
	user := auth.User{Identity: auth.Identity{Subject: "s"}, Post: auth.Post{Role: auth.Clinician, Organisation: "RKB"}, Session: "this"}
	request := access.Request{User: user, Person: record.Person{Born: record.ParseDate("1980-02-03"), Practice: "Y99001"}}
	claim := func(rule access.Rule, why access.ClaimReason) access.Facts {
		return access.Facts{Objection: access.NoObjection, Claims: []access.Claim{{Rule: rule, Why: why, Evidence: "ref", Session: "this", At: now, Until: now.Add(time.Minute)}}}
	}
	related := access.Facts{Objection: access.NoObjection, Relationships: []access.Relationship{{Kind: access.Registered, Organisation: "RKB", Starts: now}}}
	tests := map[string]access.Facts{
		access.OnRecord: related, string(access.GlassBroken): claim(access.GlassBroken, ""),
		string(access.SelfClaimed): claim(access.SelfClaimed, "the user's own words"),
	}
	for code := range access.ClaimReasons {
		tests[string(code)] = claim(access.SelfClaimed, code)
	}
	for want, facts := range tests {
		d := policy.Apply(request, facts)
		if got := d.Ground().Code; !d.Permitted() || got != want {
			t.Errorf("%q for %+v (%s)", got, d.Ground(), d.Rule())
		}
	}
}
