package spine

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// inhabitant is what a search looks at.
type inhabitant struct {
	digits    string
	families  []string
	given     []string
	gender    string
	birthDate string
	postcodes []string
	practices []string
	patient   json.RawMessage
}

// newRegister reads the people once, in the order of their numbers.
func newRegister(people map[string]json.RawMessage) (register []inhabitant) {
	for _, digits := range slices.Sorted(maps.Keys(people)) {
		var p struct {
			Name []struct {
				Family string
				Given  []string
			}
			Gender, BirthDate   string
			Address             []struct{ PostalCode string }
			GeneralPractitioner []struct{ Identifier struct{ Value string } }
		}
		if json.Unmarshal(people[digits], &p) != nil {
			continue // still found by number
		}
		i := inhabitant{digits: digits, gender: p.Gender, birthDate: p.BirthDate, patient: people[digits]}
		for _, name := range p.Name {
			i.families = append(i.families, folded(name.Family))
			for _, given := range name.Given {
				i.given = append(i.given, folded(given))
			}
		}
		for _, address := range p.Address {
			i.postcodes = append(i.postcodes, unspaced(address.PostalCode))
		}
		for _, practice := range p.GeneralPractitioner {
			i.practices = append(i.practices, folded(practice.Identifier.Value))
		}
		register = append(register, i)
	}
	return register
}

func folded(s string) string   { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
func unspaced(s string) string { return strings.ReplaceAll(folded(s), " ", "") }

// most is how many matches are too many to be shown to anybody.
const most = 20

// tests are the search parameters, each with what it asks of an inhabitant. A
// restricted person has no postcode and no practice here, so that a search by
// either never finds them.
var tests = map[string]func(i inhabitant, want string) bool{
	"family":               func(i inhabitant, want string) bool { return slices.Contains(i.families, folded(want)) },
	"given":                func(i inhabitant, want string) bool { return slices.Contains(i.given, folded(want)) },
	"gender":               func(i inhabitant, want string) bool { return i.gender == folded(want) },
	"birthdate":            func(i inhabitant, want string) bool { return born(i.birthDate, want) },
	"address-postalcode":   func(i inhabitant, want string) bool { return slices.Contains(i.postcodes, unspaced(want)) },
	"general-practitioner": func(i inhabitant, want string) bool { return slices.Contains(i.practices, folded(want)) },
}

// born compares a birth date with one or with the end of a range: eq1980-01-02,
// ge1980-01-01.
func born(date, want string) bool {
	if first, ok := strings.CutPrefix(want, "ge"); ok {
		return date >= first
	}
	if last, ok := strings.CutPrefix(want, "le"); ok {
		return date != "" && date <= last
	}
	return date == strings.TrimPrefix(want, "eq")
}

// search answers with the people of a family name and birth date, and of
// whatever else is asked.
func (s *Service) search(query url.Values, base string) answer {
	names := slices.Sorted(maps.Keys(query))
	limit, wrong := checked(query, names)
	if wrong != nil {
		return outcome(*wrong).of(names)
	}
	var found []inhabitant
	for _, i := range s.register {
		if matches(i, query) {
			found = append(found, i)
		}
	}
	if len(found) > limit {
		a := outcome(tooMany).of(names)
		a.matches = len(found)
		return a
	}
	return searchset(found, base).of(names)
}

func (a answer) of(names []string) answer {
	a.asked = names
	return a
}

// checked is how many matches may be shown, or what is wrong with a query.
func checked(query url.Values, names []string) (limit int, wrong *fault) {
	limit = most
	for _, name := range names {
		if wrong := checkOne(name, query[name]); wrong != nil {
			return 0, wrong
		}
	}
	if query.Get("family") == "" || query.Get("birthdate") == "" {
		return 0, &tooFew
	}
	if n, err := strconv.Atoi(query.Get("_max-results")); err == nil {
		limit = min(limit, n)
	}
	return limit, nil
}

func checkOne(name string, values []string) *fault {
	invalid, unknown := invalidParameter(name), unknownParameter(name)
	for _, v := range values {
		switch name {
		case "birthdate":
			if _, err := time.Parse(time.DateOnly, strings.TrimLeft(v, "eqgl")); err != nil {
				return &invalid
			}
		case "gender":
			if !slices.Contains([]string{"male", "female", "other", "unknown"}, folded(v)) {
				return &invalid
			}
		case "_max-results":
			if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 50 {
				return &invalid
			}
		case "_exact-match", "_history":
		case "_fuzzy-match":
			if v == "true" {
				return &unsupported
			}
		default:
			if tests[name] == nil {
				return &unknown
			}
		}
	}
	return nil
}

func matches(i inhabitant, query url.Values) bool {
	for name, values := range query {
		for _, want := range values {
			if test := tests[name]; test != nil && want != "" && !test(i, want) {
				return false
			}
		}
	}
	return true
}

// searchset answers with the people found, each as a read would give them.
func searchset(found []inhabitant, base string) answer {
	entries := []any{}
	for _, i := range found {
		entries = append(entries, map[string]any{
			"fullUrl": base + "/Patient/" + i.digits, "resource": i.patient, "search": map[string]any{"score": 1},
		})
	}
	bundle := map[string]any{"resourceType": "Bundle", "type": "searchset", "timestamp": time.Now().UTC().Format(time.RFC3339), "total": len(found)}
	if len(found) > 0 {
		bundle["entry"] = entries
	}
	body, err := json.Marshal(bundle)
	if err != nil {
		return outcome(unsupported)
	}
	return answer{status: http.StatusOK, matches: len(found), body: body}
}
