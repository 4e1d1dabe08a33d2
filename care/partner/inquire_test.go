package partner

import (
	"context"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// carer counts how often it is asked whether it cares for somebody.
type carer struct {
	slow
	questions int
}

func (c *carer) Cares(context.Context, Query) ([]access.Relationship, error) {
	c.questions++
	return []access.Relationship{{Kind: access.Episode, Organisation: "RKB", Starts: time.Unix(0, 0)}}, nil
}

// unrelated is a log of a patient whom no organisation is known to care for.
type unrelated struct {
	nowhere
	off []access.Feed
}

func (u unrelated) Facts(context.Context, access.Request) (access.Facts, error) {
	return access.Facts{Objection: access.NoObjection, SwitchedOff: u.off}, nil
}

func (u unrelated) AppendIf(ctx context.Context, r access.Request, write func(access.Facts) (audit.Ready, error), _ *audit.Sight) error {
	facts, err := u.Facts(ctx, r)
	if err != nil {
		return err
	}
	_, err = write(facts)
	return err
}

func inquiry(t *testing.T, by nhs.ODSCode, log unrelated) *audit.Inquiry {
	t.Helper()
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	policy := &access.Policy{Facts: log, Now: time.Now, Programme: access.Programme{Practices: map[nhs.ODSCode]bool{"Y99001": true}}}
	u := auth.User{Identity: auth.Identity{Issuer: "i", Subject: "s"}, Post: auth.Post{Role: auth.Clinician, Organisation: by}, Session: "a"}
	person := record.Person{Number: number, Born: record.ParseDate("1950-01-01"), Practice: "Y99001"}
	d, err := policy.Decide(t.Context(), access.Request{User: u, Person: person})
	if err != nil {
		t.Fatal(err)
	}
	i, err := (&audit.Trail{Log: log, Policy: policy, Now: time.Now}).Inquire(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Only an organisation that is configured for it, for its own people, and whose
// feed is on, is asked whether it cares for somebody; and once for each leave.
func TestP2_OnlyWhoMayIsAskedTheLiveQuestion(t *testing.T) {
	for name, test := range map[string]struct {
		live bool
		by   nhs.ODSCode
		off  []access.Feed
		want int
	}{
		"configured":          {true, "RKB", nil, 1},
		"not configured":      {false, "RKB", nil, 0},
		"another's people":    {true, "RLT", nil, 0},
		"switched off":        {true, "RKB", []access.Feed{{Partner: "RKB"}}, 0},
		"another one is off":  {true, "RKB", []access.Feed{{Partner: "RLT"}}, 1},
		"one of its sections": {true, "RKB", []access.Feed{{Partner: "RKB", Section: record.Results}}, 1},
	} {
		c := &carer{}
		n, err := NewNetwork(time.Now, Partner{Source: record.Source{Code: "RKB", Kind: record.Acute}, Supplies: record.Sections, Deadline: time.Minute, From: c, LiveQuestion: test.live})
		if err != nil {
			t.Fatal(err)
		}
		leave := inquiry(t, test.by, unrelated{off: test.off})
		told, err := n.Inquire(t.Context(), leave, time.Minute)
		if err != nil || len(told) != test.want || c.questions != test.want || c.asked.Load() != 0 {
			t.Errorf("%s: told %d, asked %d times, %v", name, len(told), c.questions, err)
		}
		if again, err := n.Inquire(t.Context(), leave, time.Minute); err == nil || again != nil || c.questions != test.want {
			t.Errorf("%s: leave was used twice", name)
		}
	}
}
