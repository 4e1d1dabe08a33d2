package objection

import (
	"slices"
	"strings"

	"example.org/icr/care/nhs"
)

// Differences names what a form says otherwise than the demographics service
// does of the person whom it found. A postcode is compared where both say one.
func Differences(f Form, found Traced, postcode string) []string {
	var all []string
	add := func(what string, differs bool) {
		if differs {
			all = append(all, what)
		}
	}
	n := f.Patient.Number
	add("family name", plain(f.Patient.Family) != plain(found.Family))
	add("given name", firstOf(f.Patient.Given) != firstOf(found.Given))
	add("date of birth", f.Patient.Born != found.Born)
	add("NHS number", n != (nhs.Number{}) && n != found.Number && !slices.Contains(found.Former, n))
	add("postcode", postcode != "" && f.Postcode != "" && plain(postcode) != plain(f.Postcode))
	return all
}

// plain is s without what people write differently: case, spaces, dashes and
// apostrophes.
func plain(s string) string { return strings.ToLower(asides.Replace(s)) }

var asides = strings.NewReplacer(" ", "", "-", "", "‐", "", "–", "", "'", "", "’", "", "‘", "", "`", "", "\u00a0", "")

func firstOf(given string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(given), " ")
	return plain(first)
}
