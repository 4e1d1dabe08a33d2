package source

import (
	"crypto/rand"
	"time"

	"example.org/icr/care/partner"
)

// Assertion tells one partner, signed, who asks about whom and why, for its
// own decision and its own trail.
type Assertion struct {
	Key      *Key
	Issuer   string // this service's public address
	Audience string // the partner
}

// assertionHeader holds the assertion where Authorization holds a token.
const assertionHeader = "ICR-Assertion"

// claims are all that an assertion says. The user's own words are never among
// them.
type claims struct {
	Issuer   string      `json:"iss"`
	Subject  string      `json:"sub"`
	Audience string      `json:"aud"`
	Issued   int64       `json:"iat"`
	Expires  int64       `json:"exp"`
	ID       string      `json:"jti"`
	Viewing  string      `json:"viewing"`
	Patient  string      `json:"nhs_number"`
	User     claimedUser `json:"user"`
	Reason   claimedWhy  `json:"reason"`
}

type claimedUser struct {
	Name             string `json:"name"`
	Role             string `json:"role"`
	RoleCode         string `json:"role_code,omitempty"`
	Organisation     string `json:"organisation"`
	OrganisationName string `json:"organisation_name,omitempty"`
}

type claimedWhy struct {
	Purpose string `json:"purpose"`
	Code    string `json:"code"`
}

// sign returns the assertion for the requests that q takes.
func (a *Assertion) sign(q partner.Query, now time.Time) (Secret, error) {
	subject := q.User.StaffID
	if subject == "" {
		subject = q.User.Subject
	}
	return a.Key.sign(claims{
		Issuer: a.Issuer, Subject: subject, Audience: a.Audience,
		Issued: now.Unix(), Expires: now.Add(assertionLasts).Unix(), ID: rand.Text(),
		Viewing: q.Viewing, Patient: q.Person.Number.Digits(),
		User: claimedUser{
			Name: q.User.Name, Role: string(q.User.Role), RoleCode: q.User.RoleCode,
			Organisation: string(q.User.Organisation), OrganisationName: q.User.OrganisationName,
		},
		Reason: claimedWhy{Purpose: "directcare", Code: q.Reason},
	})
}
