package keyset_test

import (
	"strings"
	"testing"

	"example.org/icr/auth/keyset"
)

const point = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`

// A file of keys is taken whole or not at all: a caller whose key is left out
// would find out when it is refused.
func TestFixedKeys(t *testing.T) {
	for set, want := range map[string]string{
		`{"keys":[{` + point + `,"use":"sig","kid":"1"}]}`: "",
		`{"keys":[]}`:                "it needs keys",
		`[]`:                         "no JSON Web Key Set",
		`-----BEGIN PUBLIC KEY-----`: "no JSON Web Key Set",
		`{"keys":[{` + point + `},{"kty":"oct","k":"c2VjcmV0"}]}`:                                "every one a public key",
		`{"keys":[{` + point + `,"use":"enc"}]}`:                                                 "every one a public key",
		`{"keys":[{` + point + `,"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]}`:           "every one a public key",
		`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("q", 171) + `","use":"sig"}]}`: "every one a public key",
	} {
		_, err := keyset.Fixed([]byte(set))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", set, err)
		}
	}
}
