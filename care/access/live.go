package access

import "time"

// The live question: where no ground is known, the user's own organisation,
// alone, may be asked whether it cares for the patient.

// ConfirmedFor is how long the answer to a live question is a ground.
const ConfirmedFor = time.Hour

// MayInquire reports whether the user's own organisation may be asked whether
// it cares for the patient: for a role that may claim a relationship, where
// nothing but the want of one refuses the record. Of an objection in force, or
// not known, that is never so.
func (d Decision) MayInquire() bool {
	return d.rule == NoRelationship && MayClaim(d.request.User.Role)
}

// Confirm is the ground that an organisation's answer gives to who asked for
// req: of the care that it tells of, what is a ground at that time and lasts
// longest, for ConfirmedFor at most.
func Confirm(req Request, told []Relationship, at time.Time) (Relationship, bool) {
	var best Relationship
	found := false
	for _, r := range told {
		from, until := r.ground()
		if !concerns(r, req) || !within(at, from, until) {
			continue
		}
		if limit := at.Add(ConfirmedFor); until.IsZero() || until.After(limit) {
			until = limit
		}
		if !found || until.After(best.Ends) {
			best, found = Relationship{Kind: Confirmed, Organisation: r.Organisation, Evidence: string(r.Kind), Starts: at, Ends: until}, true
			if r.Kind == Caseload {
				best.Team = r.Team
			}
		}
	}
	return best, found
}
