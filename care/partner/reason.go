package partner

import (
	"strings"

	"example.org/icr/care/access"
)

// onRecord is the reason code where a relationship is known: which, is no
// matter of the partners'.
const onRecord = "relationship"

// reasonOf is the code of a ground that partners are told. A claim's is that
// of its reason.
func reasonOf(g access.Ground) string {
	if g.Kind != string(access.SelfClaimed) && g.Kind != string(access.GlassBroken) {
		return onRecord
	}
	for code, words := range access.ClaimReasons {
		if g.Kind == string(access.SelfClaimed) && strings.HasSuffix(g.Words, words) {
			return string(code)
		}
	}
	return g.Kind
}
