package access

// Explanation is what a user is shown in answer to a decision.
type Explanation string

// The explanations. The first three are the same, word for word, for every
// patient, so that a refusal tells nothing to someone who has no business with
// the patient.
const (
	GiveReason    Explanation = "reason"           // the page that asks for a reason
	CannotView    Explanation = "refused"          // for roles that may not give one
	SignInAgain   Explanation = "session-over"     // the session has ended
	ShowRecord    Explanation = "record"           // permitted
	NotAvailable  Explanation = "not-available"    // "not available through the ICR"
	NotInRecord   Explanation = "not-in-programme" // "not in the programme"
	NotYourRecord Explanation = "own-record"
	NotHandOver   Explanation = "not-handed-over"  // it may be seen, and not taken away
	NotEnough     Explanation = "claim-not-enough" // a reason was stated, and this record needs more
)

// Explain says what the user is shown. Unless a ground or a claim of theirs is
// on record, it does not depend on the patient.
func Explain(d Decision) Explanation {
	switch {
	case d.permitted:
		return ShowRecord
	case d.rule == SessionOver:
		return SignInAgain
	case !SeesRecord(d.request.User.Role):
		return CannotView
	case !d.known && MayClaim(d.request.User.Role):
		return GiveReason
	case !d.known:
		return CannotView
	}
	return explainKnown(d.rule)
}

func explainKnown(r Rule) Explanation {
	switch r {
	case Objected:
		return NotAvailable
	case NotIncluded:
		return NotInRecord
	case OwnRecord:
		return NotYourRecord
	case NotHandedOver:
		return NotHandOver
	case NoRelationship:
		return NotEnough
	}
	return CannotView
}
