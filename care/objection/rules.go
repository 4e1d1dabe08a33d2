package objection

import "errors"

// The ages of the right to object: from OwnAge people ask for themselves; from
// YoungAge they may, signed by somebody with parental responsibility or judged
// competent by a professional; below it, only somebody with parental
// responsibility may.
const (
	OwnAge   = 16
	YoungAge = 13
)

// Ground is the rule by which somebody may ask.
type Ground string

// The grounds.
const (
	Own       Ground = "own"       // 16 or over, or not known to be otherwise
	Competent Ground = "competent" // 13 to 15, judged competent by a professional
	ByParent  Ground = "parent"    // under 16, signed by somebody with parental responsibility
	ByProxy   Ground = "proxy"     // an adult without capacity, by attorney or deputy
)

// GroundWords are all grounds, in words.
var GroundWords = map[Ground]string{
	Own: "Their own, 16 or over", Competent: "Their own, 13 to 15 and judged competent",
	ByParent: "By somebody with parental responsibility", ByProxy: "By an attorney or deputy",
}

// The reasons why somebody may not ask.
var (
	ErrParentNeeded = errors.New("the person is under 13: only somebody with parental responsibility may ask")
	ErrOfAge        = errors.New("the person is 16 or over: they must ask themselves, or an attorney or deputy must")
	ErrNoDeputy     = errors.New("the person is under 16: somebody with parental responsibility must ask, not an attorney or deputy")
	ErrNotBorn      = errors.New("the date of birth is not known, or in the future")
)

// Ground is the rule under which f may be asked for on a day, by the birth date
// that the demographics service gives. What evidence it owes, Owed says.
func (f Form) Ground(born, today Day) (Ground, error) {
	age := Age(born, today)
	switch {
	case born.IsZero() || age < 0:
		return "", ErrNotBorn
	case f.Asks == Authority && age < OwnAge:
		return "", ErrNoDeputy
	case f.Asks == Authority:
		return ByProxy, nil
	case !f.Applicant.IsZero() && age >= OwnAge:
		return "", ErrOfAge
	case !f.Applicant.IsZero():
		return ByParent, nil
	case age >= OwnAge:
		return Own, nil
	case age >= YoungAge:
		return Competent, nil
	}
	return "", ErrParentNeeded
}

// Owed is what must have been seen or said before a form of a ground counts.
type Owed string

// What can be owed.
const (
	OwedIdentity   Owed = "identity"   // that they are who they say
	OwedParental   Owed = "parental"   // parental responsibility
	OwedAuthority  Owed = "authority"  // the power of attorney, or the court's order
	OwedCompetence Owed = "competence" // a recognised professional's judgement
)

// Owed is all that a ground owes. Evidence is seen and its kind noted; no copy
// is kept.
func (g Ground) Owed() []Owed {
	switch g {
	case Competent:
		return []Owed{OwedIdentity, OwedCompetence}
	case ByParent:
		return []Owed{OwedIdentity, OwedParental}
	case ByProxy:
		return []Owed{OwedIdentity, OwedAuthority}
	}
	return []Owed{OwedIdentity}
}
