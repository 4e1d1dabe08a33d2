package record

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// product is what the name of a medicine says of it. Two products with another
// name, salt, release or form are two medicines.
type product struct {
	name     string  // its ingredients, sorted: "amlodipine", "losartan + hydrochlorothiazide"
	salt     string  // of each ingredient that states one
	strength string  // its numbers in one unit each, sorted
	single   int64   // the strength of one tablet in millionths of a microgram, where there is one such number
	perMl    float64 // that of one millilitre of a liquid
	form     string
	release  string
}

// forms are the words for a medicine's form, each with that which it means.
var forms = map[string]string{
	"tablet": "tablet", "tablets": "tablet", "tab": "tablet", "tabs": "tablet", "caplet": "tablet", "caplets": "tablet",
	"capsule": "capsule", "capsules": "capsule", "cap": "capsule", "caps": "capsule",
	"solution": "liquid", "suspension": "suspension", "syrup": "liquid", "elixir": "liquid", "liquid": "liquid", "linctus": "liquid",
	"injection": "injection", "infusion": "infusion", "vial": "injection", "vials": "injection", "ampoule": "injection", "ampoules": "injection",
	"pen": "pen", "pens": "pen", "cartridge": "cartridge", "cartridges": "cartridge",
	"inhaler": "inhaler", "evohaler": "inhaler", "accuhaler": "accuhaler", "turbohaler": "turbohaler", "nebuliser": "nebuliser", "nebules": "nebuliser",
	"cream": "cream", "ointment": "ointment", "gel": "gel", "lotion": "lotion", "shampoo": "shampoo", "foam": "foam", "spray": "spray",
	"patch": "patch", "patches": "patch", "drops": "drops", "suppository": "suppository", "suppositories": "suppository",
	"pessary": "pessary", "pessaries": "pessary", "enema": "enema", "powder": "powder", "sachet": "powder", "sachets": "powder",
	"granules": "granules", "lozenge": "lozenge", "lozenges": "lozenge", "film": "film", "implant": "implant", "gum": "gum",
}

// releases are the words for how, where and in what state a medicine is let
// go. Two of another kind are never one.
var releases = map[string]string{
	"modified-release": "modified", "prolonged-release": "modified", "m/r": "modified", "mr": "modified", "xl": "modified", "sr": "modified",
	"la": "modified", "cr": "modified", "er": "modified", "pr": "modified", "slow-release": "modified", "extended-release": "modified", "sustained-release": "modified",
	"gastro-resistant": "gastro-resistant", "e/c": "gastro-resistant", "ec": "gastro-resistant", "enteric-coated": "gastro-resistant",
	"dispersible": "dispersible", "soluble": "soluble", "effervescent": "effervescent", "orodispersible": "orodispersible", "chewable": "chewable",
	"sublingual": "sublingual", "buccal": "buccal", "rectal": "rectal", "vaginal": "vaginal", "nasal": "nasal", "eye": "eye", "ear": "ear",
	"transdermal": "transdermal", "breath-actuated": "breath-actuated", "dry": "dry", "depot": "depot",
	"intravenous": "intravenous", "subcutaneous": "subcutaneous", "intramuscular": "intramuscular",
}

// unsaid are words in a medicine's name that tell it from no other.
var unsaid = map[string]bool{
	"oral": true, "for": true, "of": true, "sugar": true, "free": true, "film-coated": true, "coated": true, "pre-filled": true, "prefilled": true,
	"disposable": true, "in": true, "dose": true, "unit": true, "actuation": true, "pack": true, "the": true,
}

// salts are the simple salts, which some systems name and others do not.
// Esters (decanoate, valerate) are not among them: they are other medicines.
var salts = map[string]string{
	"sulfate": "sulfate", "sulphate": "sulfate", "hydrochloride": "hydrochloride", "hcl": "hydrochloride", "dihydrochloride": "hydrochloride",
	"besilate": "besilate", "besylate": "besilate", "maleate": "maleate", "mesilate": "mesilate", "mesylate": "mesilate", "tartrate": "tartrate",
	"succinate": "succinate", "fumarate": "fumarate", "citrate": "citrate", "phosphate": "phosphate", "sodium": "sodium", "potassium": "potassium",
	"calcium": "calcium", "erbumine": "erbumine", "arginine": "arginine", "carbonate": "carbonate", "gluconate": "gluconate", "lactate": "lactate",
	"nitrate": "nitrate", "bisulfate": "bisulfate", "hydrobromide": "hydrobromide", "bromide": "bromide", "tosilate": "tosilate", "medoxomil": "medoxomil",
	"magnesium": "magnesium", "oxalate": "oxalate", "hemifumarate": "fumarate", "lysine": "lysine", "trihydrate": "", "dihydrate": "", "anhydrous": "", "monohydrate": "",
}

// readProduct reads the name of a medicine, in small letters.
func readProduct(name string) product {
	var p product
	var ingredients, saltsOf, strengths, releasesOf []string
	var ingredient []string
	end := func() {
		if len(ingredient) > 0 {
			whole := strings.Join(ingredient, " ")
			if now, ok := renamed[whole]; ok {
				whole = now
			}
			ingredients, ingredient = append(ingredients, whole), nil
		}
	}
	fields := productFields(name)
	for i := 0; i < len(fields); i++ {
		word := fields[i]
		switch form, release := forms[word], releases[word]; {
		case word == "/" || word == "+" || word == "&" || word == "and" || word == "with":
			end()
		case word[0] >= '0' && word[0] <= '9':
			if i+1 < len(fields) && isUnit(fields[i+1]) {
				word, i = word+fields[i+1], i+1
			}
			strengths = append(strengths, amounts(word)...)
		case release != "":
			releasesOf = append(releasesOf, release)
		case form != "":
			if p.form == "" || p.form == form {
				p.form = form
			} else {
				p.form += " " + form
			}
		case unsaid[word]:
		default:
			salt, isSalt := salts[word]
			if !isSalt || len(ingredient) == 0 {
				ingredient = append(ingredient, word)
			} else if salt != "" {
				saltsOf = append(saltsOf, salt)
			}
		}
	}
	end()
	slices.Sort(ingredients)
	slices.Sort(strengths)
	slices.Sort(releasesOf)
	p.name, p.salt = strings.Join(slices.Compact(ingredients), " + "), strings.Join(saltsOf, " + ")
	p.strength, p.release = strings.Join(strengths, " "), strings.Join(slices.Compact(releasesOf), " ")
	if len(strengths) == 1 {
		p.single = mass(strengths[0])
	}
	p.perMl = perMillilitre(strengths)
	return p
}

// perMillilitre is what one millilitre of a liquid has of what it is made of, as
// the two numbers of a strength like 10mg/5ml say, or 0.
func perMillilitre(strengths []string) float64 {
	if len(strengths) != 2 {
		return 0
	}
	one, volume := mass(strengths[0]), strengths[1]
	if one == 0 {
		one, volume = mass(strengths[1]), strengths[0]
	}
	if volume == "ml" {
		return float64(one)
	}
	number, ok := strings.CutSuffix(volume, " ml")
	millionths, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || millionths == 0 {
		return 0
	}
	return float64(one) / float64(millionths) * 1e6
}

// productFields are the words of a medicine's name. What stands in brackets,
// mostly the maker, is left out unless it has a number; names of ingredients
// are parted at a slash, units are not.
//
// What stands in brackets is left out where it names a maker: insulins are
// prescribed by it, and a formulation makes another medicine.
func productFields(name string) []string {
	for open := strings.IndexByte(name, '('); open >= 0; open = strings.IndexByte(name, '(') {
		shut := strings.IndexByte(name[open:], ')')
		if shut < 0 {
			name = name[:open]
			break
		}
		inside := name[open+1 : open+shut]
		if !strings.ContainsAny(inside, "0123456789") && !strings.Contains(name, "insulin") && !formulation.MatchString(inside) {
			inside = "" // who makes it
		}
		name = name[:open] + " " + inside + " " + name[open+shut+1:]
	}
	var fields []string
	for word := range strings.FieldsSeq(strings.ReplaceAll(name, ",", " ")) {
		word = bare(word, ".;:[]")
		before, after, parted := strings.Cut(word, "/")
		switch {
		case word == "":
		case parted && len(before) > 2 && len(after) > 2 && isLetters(before) && isLetters(after):
			fields = append(fields, before, "/", after)
		default:
			fields = append(fields, word)
		}
	}
	return fields
}

var formulation = regexp.MustCompile(`(?i)liposom|release|retard|lipid|depot|soluble|dispersible|coated|resistant|\b[mxesp][/.]?[rlac]\b`)

// bare is a word without the marks around it. A point before a figure is none
// of them: it makes it a tenth.
func bare(word, marks string) string {
	word = strings.TrimRight(word, marks)
	inner := strings.TrimLeft(word, marks)
	if inner != "" && inner[0] >= '0' && inner[0] <= '9' && strings.HasSuffix(word[:len(word)-len(inner)], ".") {
		return "0." + inner
	}
	return inner
}

func isLetters(s string) bool { return !strings.ContainsAny(s, "0123456789./") }

// massUnit names what every mass is put into: millionths of a microgram.
const massUnit = "mass"

// units are the units of strength, each with what it is in millionths of a
// microgram, or 0 where it is no mass.
var units = map[string]struct {
	name string
	mass int64
}{
	"g": {massUnit, 1e12}, "gram": {massUnit, 1e12}, "grams": {massUnit, 1e12}, "mg": {massUnit, 1e9}, "milligram": {massUnit, 1e9}, "milligrams": {massUnit, 1e9},
	"mcg": {massUnit, 1e6}, "microgram": {massUnit, 1e6}, "micrograms": {massUnit, 1e6}, "ug": {massUnit, 1e6}, "µg": {massUnit, 1e6}, "μg": {massUnit, 1e6},
	"ng": {massUnit, 1e3}, "nanogram": {massUnit, 1e3}, "nanograms": {massUnit, 1e3}, "kg": {massUnit, 1e15},
	"ml": {"ml", 0}, "millilitre": {"ml", 0}, "millilitres": {"ml", 0}, "litre": {"l", 0}, "l": {"l", 0}, "unit": {"unit", 0}, "units": {"unit", 0}, "iu": {"unit", 0},
	"mmol": {"mmol", 0}, "%": {"%", 0}, "%w/w": {"%", 0}, "dose": {"dose", 0}, "actuation": {"dose", 0}, "puff": {"dose", 0}, "hour": {"hour", 0}, "hours": {"hour", 0}, "hr": {"hour", 0}, "h": {"hour", 0},
}

func isUnit(word string) bool {
	first, _, _ := strings.Cut(word, "/")
	_, ok := units[first]
	return ok
}

// amounts are the numbers of a strength like 30mg/500mg or 10mg/5ml, each in
// the smallest unit.
func amounts(word string) []string {
	var out []string
	for part := range strings.SplitSeq(word, "/") {
		out = append(out, amount(part))
	}
	return out
}

func amount(word string) string {
	at := strings.IndexFunc(word, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if at < 0 {
		return word
	}
	number, unit := word[:at], strings.TrimLeft(word[at:], "-")
	u, ok := units[unit]
	n, known := parts(number, max(u.mass, 1e6))
	if !ok || !known {
		return word
	}
	return strconv.FormatInt(n, 10) + " " + u.name
}

// mass is what amount made of a mass, as a number, or 0.
func mass(amount string) int64 {
	number, ok := strings.CutSuffix(amount, " "+massUnit)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// parts is a decimal number as whole parts, of which one is made of so many.
// It is not known where it has more digits than there are parts.
func parts(number string, one int64) (int64, bool) {
	whole, fraction, _ := strings.Cut(number, ".")
	var n int64
	if whole != "" {
		parsed, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || parsed > (1<<62)/one {
			return 0, false
		}
		n = parsed * one
	}
	for _, digit := range fraction {
		one /= 10
		if digit < '0' || digit > '9' || one == 0 && digit != '0' {
			return 0, false
		}
		n += int64(digit-'0') * one
	}
	return n, whole != "" || fraction != ""
}

// sameMedicine reports whether two products are one medicine, in whatever
// strength. A salt, or a form, that only one of them names does not part them.
func sameMedicine(a, b product) bool {
	return a.name != "" && a.name == b.name && a.release == b.release &&
		(a.salt == "" || b.salt == "" || a.salt == b.salt) && (a.form == "" || b.form == "" || a.form == b.form)
}

// sameStrength reports whether nothing says that two products differ in
// strength.
func sameStrength(a, b product) bool {
	return a.strength == "" || b.strength == "" || a.strength == b.strength
}
