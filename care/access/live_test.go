package access_test

import (
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"pgregory.net/rapid"
)

// What an organisation's answer comes to, for a nurse there whose team is
// Ward 7.
func TestWhatAnOrganisationSaysIsAGroundForAnHour(t *testing.T) {
	elsewhere := relationship(access.Encounter, -day, 0)
	elsewhere.Organisation = "RLT"
	otherTeam := relationship(access.Caseload, -day, 0)
	otherTeam.Team = "Ward 8"
	for _, test := range []struct {
		name string
		told []access.Relationship
		ends time.Duration // 0: it is none
	}{
		{"nothing", nil, 0},
		{"in the department now", []access.Relationship{relationship(access.Encounter, -time.Hour, 0)}, access.ConfirmedFor},
		{"left yesterday", []access.Relationship{relationship(access.Encounter, -2*day, -day)}, access.ConfirmedFor},
		{"left long ago", []access.Relationship{relationship(access.Encounter, -90*day, -60*day)}, 0},
		{"28 days are over in ten minutes", []access.Relationship{relationship(access.Encounter, -40*day, 10*time.Minute-28*day)}, 10 * time.Minute},
		{"the longest of several", []access.Relationship{relationship(access.Encounter, -40*day, 10*time.Minute-28*day), relationship(access.Episode, -day, 0)}, access.ConfirmedFor},
		{"booked in a week", []access.Relationship{relationship(access.Appointment, 7*day, 0)}, access.ConfirmedFor},
		{"booked in a month", []access.Relationship{relationship(access.Appointment, 30*day, 0)}, 0},
		{"on the own team's caseload", []access.Relationship{relationship(access.Caseload, -day, 0)}, access.ConfirmedFor},
		{"on another team's caseload", []access.Relationship{otherTeam}, 0},
		{"with another organisation", []access.Relationship{elsewhere}, 0},
		{"of a kind that is none", []access.Relationship{relationship("", -day, 0), relationship(access.Void, -day, 0)}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, ok := access.Confirm(request(auth.Clinician), test.told, now)
			if ok != (test.ends > 0) || ok && !r.Ends.Equal(now.Add(test.ends)) {
				t.Fatalf("%v until %v", ok, r.Ends)
			}
			f := clear()
			f.Relationships = []access.Relationship{r}
			if d := policy.Apply(request(auth.Clinician), f); d.Permitted() != ok {
				t.Errorf("it permits: %v", d.Permitted())
			}
		})
	}
}

func TestTheCaseloadOfATeamIsConfirmedForThatTeam(t *testing.T) {
	f, stranger := clear(), request(auth.Clinician)
	r, _ := access.Confirm(stranger, []access.Relationship{relationship(access.Caseload, -day, 0)}, now)
	f.Relationships = []access.Relationship{r}
	stranger.User.Teams = []string{"Ward 9"}
	if policy.Apply(stranger, f).Permitted() {
		t.Error("it is a ground for another team")
	}
}

func TestAGroundOfASessionIsNoneInAnother(t *testing.T) {
	f := seen()
	f.Relationships[0].Session = "that"
	if policy.Apply(request(auth.Clinician), f).Permitted() {
		t.Error("it is")
	}
	f.Relationships[0].Session = "this"
	if !policy.Apply(request(auth.Clinician), f).Permitted() {
		t.Error("nor in its own")
	}
}

// Nobody is asked about whom an objection is in force, or not known; for a role
// that may not claim; where there is a ground; or about whom the answer could
// change nothing.
func TestP2_WhoMayBeAskedAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f := anyFacts(t)
		d := policy.Apply(r, f)
		if !d.MayInquire() {
			return
		}
		if f.Objection != access.NoObjection || !access.MayClaim(r.User.Role) || d.Permitted() || f.SessionEnded {
			t.Fatalf("may be asked about: %s, %+v", d.Rule(), f)
		}
		f.Relationships = append(f.Relationships, relationship(access.Encounter, -day, 0))
		if !policy.Apply(r, f).Permitted() {
			t.Fatal("and yet a ground would open nothing")
		}
	})
}
