package e2e

import "testing"

// residents are the pages that anybody may read.
var residents = map[string]string{
	"/about": "about", "/about-access": "about-access", "/privacy-notice": "privacy-notice", "/who-has-seen-my-record": "who-has-seen", "/correct-my-record": "correct-record",
	"/right-to-object": "right-to-object", "/withdraw-objection": "withdraw-objection", "/accessibility": "accessibility", "/cookies": "cookies", "/glossary": "glossary",
}

func TestP8_PagesForResidents(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := arrive(t, scripts)
		for path, kind := range residents {
			v.open(path).is(t, kind, 200)
		}
	})
}
