package audit

import "github.com/go-json-experiment/json"

// Encoded is the body of e as a general encoder makes it.
func Encoded(e Event) ([]byte, error) {
	a := e.Actor
	b := body{
		Schema: schema, ID: e.ID.String(), Reference: e.Reference, Look: e.Look, Kind: e.Kind,
		At: stamp(e.At), Patient: e.Patient.Digits(), Person: (*bodyIdentity)(e.Person), Rule: string(e.Rule),
		Ground: bodyGround{e.Ground.Kind, e.Ground.Code, e.Ground.Words, e.Ground.Evidence, stamp(e.Ground.Until)},
		Claim:  string(e.Claim), Words: e.Words, Page: e.Page, Matches: e.Matches, Writers: e.Writers, Month: e.Month, Digest: e.Digest, Bytes: e.Bytes,
		Marks: bodyMarks(e.Marks), Restricted: e.Restricted,
		Actor: bodyActor{
			a.Issuer, a.Subject, a.Name, string(a.Role), a.RoleCode, a.RoleName,
			string(a.Organisation), a.OrganisationName, a.StaffID, a.Session, a.Address,
		},
	}
	for _, s := range e.Sections {
		b.Sections = append(b.Sections, string(s))
	}
	for _, p := range e.Partners {
		b.Partners = append(b.Partners, bodyPartner{string(p.Code), p.Name, string(p.State), p.Why, p.Millis, p.Entries, p.Hidden, p.Shown})
	}
	return json.Marshal(b, json.Deterministic(true))
}
