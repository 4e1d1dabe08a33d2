package record

import "strings"

// Two systems seldom write the same name in the same way. What stands here
// says when two writings are of one name; what it does not know makes two
// names, never one.

// semanticTags are what SNOMED CT puts behind its full names.
var semanticTags = map[string]bool{
	"disorder": true, "finding": true, "situation": true, "procedure": true, "regime/therapy": true, "substance": true,
	"product": true, "medicinal product": true, "clinical drug": true, "observable entity": true, "event": true,
	"morphologic abnormality": true, "organism": true, "qualifier value": true, "record artifact": true, "environment": true,
	"occupation": true, "person": true, "physical object": true, "body structure": true, "context-dependent category": true,
}

// normal is a name in small letters, without what follows it in every
// terminology: a semantic tag, a full stop.
func normal(words string) string {
	words = strings.TrimRight(strings.TrimSpace(strings.ToLower(words)), ".")
	if strings.HasSuffix(words, ")") {
		if at := strings.LastIndexByte(words, '('); at > 0 && semanticTags[words[at+1:len(words)-1]] {
			words = strings.TrimRight(words[:at], " ")
		}
	}
	if strings.Contains(words, "  ") || strings.ContainsAny(words, "\t\n\u00a0") {
		words = strings.Join(strings.Fields(words), " ")
	}
	return words
}

// renamed are the names of medicines before the change to recommended
// international names (MHRA, 2003), and the American ones, each with the name
// in use here.
var renamed = map[string]string{
	"acetaminophen": "paracetamol", "albuterol": "salbutamol", "amoxycillin": "amoxicillin", "beclomethasone": "beclometasone",
	"bendrofluazide": "bendroflumethiazide", "cephalexin": "cefalexin", "cephradine": "cefradine", "chlorpheniramine": "chlorphenamine",
	"cholestyramine": "colestyramine", "cyclosporin": "ciclosporin", "cyclosporine": "ciclosporin", "danthron": "dantron",
	"dothiepin": "dosulepin", "epinephrine": "adrenaline", "frusemide": "furosemide", "glyburide": "glibenclamide",
	"indomethacin": "indometacin", "lignocaine": "lidocaine", "meperidine": "pethidine", "methotrimeprazine": "levomepromazine",
	"norepinephrine": "noradrenaline", "oestradiol": "estradiol", "phenobarbitone": "phenobarbital", "rifampin": "rifampicin",
	"sulphasalazine": "sulfasalazine", "sulphonamide": "sulfonamide", "thyroxine": "levothyroxine", "trimeprazine": "alimemazine",
}

// allergenFrames are the words that say that somebody is allergic, around the
// name of what they are allergic to.
var (
	allergenPrefixes = []string{
		"h/o: ", "h/o ", "[h/o] ", "history of ", "personal history of ", "allergy to drug: ", "drug allergy: ", "allergy: ", "allergy to ", "allergic to ", "allergic reaction to ", "allergic reaction caused by ", "adverse reaction to ",
		"adverse reaction caused by ", "hypersensitivity to ", "intolerance to ", "propensity to adverse reactions to ",
	}
	allergenSuffixes = []string{" allergy", " intolerance", " hypersensitivity", " adverse reaction", " -class of antibiotic-", " -class of drug-"}
)

// allergen is what an allergy is to: "penicillin" of "Allergy to penicillins".
// Of a product it is the medicine in it.
func allergen(words string) string {
	name := normal(words)
	for _, prefix := range allergenPrefixes {
		name = strings.TrimPrefix(name, prefix)
	}
	for _, suffix := range allergenSuffixes {
		name = strings.TrimSuffix(name, suffix)
	}
	if strings.ContainsAny(name, "0123456789") {
		name = readProduct(name).name
	}
	if len(name) > 3 && strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") {
		name = name[:len(name)-1]
	}
	if now, ok := renamed[name]; ok {
		name = now
	}
	return name
}

// condition is the name of a problem or a procedure.
func condition(words string) string {
	name := normal(words)
	if strings.Contains(name, "type i") {
		name = romanTypes.Replace(name + " ")
		name = strings.TrimSuffix(name, " ")
	}
	return name
}

var romanTypes = strings.NewReplacer("type ii ", "type 2 ", "type i ", "type 1 ")

// qualifiers turn a name into something else: two names with one code are the
// same thing only if they are qualified alike.
var qualifiers = []struct {
	means string
	words []string
}{
	{"family", []string{"family history", "fh", "fhx", "fh:", "mother", "father", "sister", "brother", "sibling", "parent", "maternal", "paternal"}},
	{"not", []string{"no", "not", "never", "without", "excluded", "exclusion", "ruled out", "absent", "absence", "denies", "negative", "unlikely", "non"}},
	{"risk", []string{"risk", "screening", "screen", "carrier", "contact with", "exposure", "vaccination", "immunisation", "susceptible", "prevention", "prophylaxis"}},
}

// laterality is the side of the body that words name: a set of left (1) and
// right (2).
func laterality(words ...string) (sides uint8) {
	for _, w := range words {
		for field := range strings.FieldsFuncSeq(strings.ToLower(w), notLetter) {
			switch field {
			case "left", "l", "lt":
				sides |= 1
			case "right", "r", "rt":
				sides |= 2
			case "bilateral", "both":
				sides |= 3
			}
		}
	}
	return sides
}

// Side is the side of the body that an entry names, or "".
func (e *Entry) Side() string {
	return [...]string{"", "left", "right", "both"}[laterality(e.What.Words(), e.Site)]
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }

// agreeOnSides reports whether two names can be of one side of the body.
func agreeOnSides(a, b *Entry) bool {
	if a.Site == b.Site && a.What.Words() == b.What.Words() {
		return true
	}
	x, y := laterality(a.What.Words(), a.Site), laterality(b.What.Words(), b.Site)
	if x != 0 && y != 0 && x != y {
		return false
	}
	site, other := normal(a.Site), normal(b.Site)
	return site == "" || other == "" || site == other || strings.Contains(site, other) || strings.Contains(other, site)
}

// qualifiedAlike reports whether two names of one code can mean one thing: no
// family history on one side, no denial, no other number.
func qualifiedAlike(a, b string) bool {
	for _, q := range qualifiers {
		if says(a, q.words) != says(b, q.words) {
			return false
		}
	}
	x, y := numbersIn(a), numbersIn(b)
	return x == "" || y == "" || x == y
}

// says reports whether one of some words stands in a name, whole.
func says(name string, words []string) bool {
	padded := " " + strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '(' || r == ')' || r == '/' }), " ") + " "
	for _, w := range words {
		if strings.Contains(padded, " "+w+" ") {
			return true
		}
	}
	return false
}

// numbersIn are the numbers in a name, which tell stages and types apart.
func numbersIn(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }), " ")
}
