package access

import (
	"time"

	"example.org/icr/auth"
)

// OpenedSensitive is the rule of a claim that opens what is sensitive in a
// record that the user may see already. It opens no record.
const OpenedSensitive Rule = "sensitive-opened"

// The reasons for which sensitive items may be opened, besides Consent and
// Safeguarding.
const NeededForCare ClaimReason = "needed-for-care"

// OpeningReasons are all reasons for opening sensitive items, in words.
var OpeningReasons = map[ClaimReason]string{
	NeededForCare: "I need it to treat this patient now",
	Consent:       "The patient has asked me to look, or agreed to it",
	Safeguarding:  "I am protecting the patient or somebody else (safeguarding)",
}

// SensitiveOpenFor is how long sensitive items stay open: to one user, in one
// session, of one patient.
const SensitiveOpenFor = 30 * time.Minute

// MayOpenSensitive reports whether the user may state a reason to open what is
// sensitive: a clinician whose care of the patient is recorded. Who claimed it,
// or broke the glass, may not.
func (d Decision) MayOpenSensitive() bool {
	return d.permitted && d.rule == HasGround && d.request.User.Role == auth.Clinician
}

// openedSensitive reports whether the user has stated a reason in this session.
func openedSensitive(req Request, f Facts, now time.Time) bool {
	for _, c := range f.Claims {
		_, known := OpeningReasons[c.Why]
		if known && c.Rule == OpenedSensitive && c.Session != "" && c.Session == req.User.Session && !c.Until.IsZero() && within(now, c.At, c.Until) {
			return true
		}
	}
	return false
}
