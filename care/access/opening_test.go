package access_test

import (
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
)

// What is sensitive opens to a clinician whose care is recorded, in the session
// in which they said why, for a limited time; to nobody else, and it opens no
// record.
func TestOpeningWhatIsSensitive(t *testing.T) {
	now := policy.Now()
	clinician := request(auth.Clinician)
	clinician.User.Session = "here"
	stated := access.Claim{Rule: access.OpenedSensitive, Why: access.NeededForCare, Session: "here", At: now.Add(-time.Minute), Until: now.Add(time.Minute)}
	with := func(c access.Claim, change ...func(*access.Claim)) access.Claim {
		for _, f := range change {
			f(&c)
		}
		return c
	}
	related := []access.Relationship{{Kind: access.Episode, Organisation: clinician.User.Organisation, Starts: now.Add(-time.Hour)}}
	selfClaimed := access.Claim{Rule: access.SelfClaimed, Why: access.Consent, Session: "here", At: now.Add(-time.Minute), Until: now.Add(time.Hour)}
	broken := access.Claim{Rule: access.GlassBroken, Why: access.Emergency, Session: "here", At: now.Add(-time.Minute), Until: now.Add(time.Hour)}
	social := clinician
	social.User.Role = auth.SocialCare
	for _, test := range []struct {
		name          string
		req           access.Request
		relationships []access.Relationship
		claims        []access.Claim
		permitted     bool
		opened        bool
	}{
		{"nothing stated", clinician, related, nil, true, false},
		{"stated", clinician, related, []access.Claim{stated}, true, true},
		{"stated elsewhere", clinician, related, []access.Claim{with(stated, func(c *access.Claim) { c.Session = "there" })}, true, false},
		{"stated nowhere", clinician, related, []access.Claim{with(stated, func(c *access.Claim) { c.Session = "" })}, true, false},
		{"lapsed", clinician, related, []access.Claim{with(stated, func(c *access.Claim) { c.Until = now })}, true, false},
		{"without end", clinician, related, []access.Claim{with(stated, func(c *access.Claim) { c.Until = time.Time{} })}, true, false},
		{"another reason", clinician, related, []access.Claim{with(stated, func(c *access.Claim) { c.Why = access.CareNotRecorded })}, true, false},
		{"on a claim", clinician, nil, []access.Claim{stated, selfClaimed}, true, false},
		{"on a broken glass", clinician, nil, []access.Claim{stated, broken}, true, false},
		{"alone", clinician, nil, []access.Claim{stated}, false, false},
		{"by social care", social, related, []access.Claim{stated}, true, false},
	} {
		f := clear()
		f.Relationships, f.Claims = test.relationships, test.claims
		d := policy.Apply(test.req, f)
		if d.Permitted() != test.permitted || d.Opened() != test.opened {
			t.Errorf("%s: permitted %v (%s), opened %v", test.name, d.Permitted(), d.Rule(), d.Opened())
		}
	}
}
