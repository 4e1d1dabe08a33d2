package record

import (
	"math"
	"slices"
	"strings"
)

// dosing is what a dose instruction says, as far as it is understood.
type dosing struct {
	amount  int64  // of a number in millionths, of a mass in millionths of a microgram; 0 where not said
	unit    string // "" for tablets, capsules and the like
	perWeek int    // how often in a week; 0 where not said
	times   string // of the day, sorted
	needed  bool   // as required
	rest    string // the words that are not understood, in order
	mass    int64  // sent beside it, as amount; 0 where not
	most    string // sent beside it
}

var numberWords = map[string]string{
	"half": "0.5", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
}

// doseFillers are the words of an instruction that tell it from no other.
var doseFillers = map[string]bool{
	"take": true, "takes": true, "taken": true, "to": true, "be": true, "use": true, "give": true, "inhale": true, "apply": true, "inject": true, "a": true, "an": true,
	"the": true, "in": true, "at": true, "by": true, "mouth": true, "oral": true, "orally": true, "po": true, "of": true, "and": true, "tablet": true, "tablets": true,
	"tab": true, "tabs": true, "capsule": true, "capsules": true, "cap": true, "caps": true, "dose": true, "doses": true, "with": true, "or": true,
	"after": true, "before": true, "food": true, "meals": true, "water": true, "plenty": true,
}

// timesOfDay are the words for when, each with that which it means.
var timesOfDay = map[string]string{
	"morning": "morning", "mane": "morning", "om": "morning", "am": "morning", "breakfast": "morning", "night": "night", "nocte": "night", "on": "night",
	"bedtime": "night", "evening": "evening", "teatime": "evening", "pm": "evening", "lunchtime": "noon", "midday": "noon", "noon": "noon",
}

// latin are the abbreviations of how often, in a day.
var latin = map[string]int{
	"od": 1, "o.d": 1, "daily": 1, "bd": 2, "b.d": 2, "bid": 2, "tds": 3, "t.d.s": 3, "tid": 3, "qds": 4, "q.d.s": 4, "qid": 4,
}

// asRequired are the ways to say that a medicine is taken when it is needed.
var asRequired = []string{
	"when required", "as required", "if required", "when needed", "as needed", "if needed", "when necessary", "if necessary", "as necessary", "prn", "p.r.n",
}

// untold are instructions that say nothing of the dose.
var untold = map[string]bool{
	"": true, "as directed": true, "use as directed": true, "take as directed": true, "as before": true, "mdu": true, "to be used as directed": true,
	"to be taken as directed": true, "see notes": true, "as advised": true, "as per instructions": true,
}

// Besides stands between a dose and what is sent with it, Step between doses
// that have something of their own beside them.
const (
	Besides = " – also: "
	Step    = "; and "
)

// DoseAlone is a dose without what is sent with it.
func DoseAlone(dose string) string {
	alone, _ := partDose(dose)
	return alone
}

// partDose parts doses from what is sent with them.
func partDose(text string) (alone string, besides []string) {
	steps := strings.Split(text, Step)
	for i, step := range steps {
		dose, beside, _ := strings.Cut(step, Besides)
		steps[i] = dose
		if beside != "" {
			besides = append(besides, strings.Split(beside, "; ")...)
		}
	}
	return strings.Join(steps, "; "), besides
}

// AsRequired reports whether a dose says that it is taken when it is needed.
func AsRequired(dose string) bool {
	return slices.ContainsFunc(asRequired, func(words string) bool { return strings.Contains(strings.ToLower(dose), words) })
}

// readDose reads a dose instruction.
func readDose(text string) dosing {
	var d dosing
	text, besides := partDose(text)
	text = normal(text)
	d.beside(besides)
	if untold[text] {
		return d
	}
	text = onceADay.Replace(text)
	for _, words := range asRequired {
		if strings.Contains(text, words) {
			d.needed = true
			text = strings.ReplaceAll(text, words, " ")
		}
	}
	var rest, times []string
	for fields := doseFields(text); len(fields) > 0; {
		taken := d.often(fields)
		if taken == 0 {
			taken = d.much(fields)
		}
		if taken == 0 {
			taken = 1
			if time, ok := timesOfDay[fields[0]]; ok {
				times = append(times, time)
			} else {
				rest = append(rest, fields[0])
			}
		}
		fields = fields[taken:]
	}
	slices.Sort(times)
	times = slices.Compact(times)
	if d.perWeek == 0 {
		d.perWeek = 7 * len(times)
	}
	d.times, d.rest = strings.Join(times, " "), strings.Join(rest, " ")
	return d
}

// beside reads what is sent with a dose: an instruction makes no other dose of
// it, but that it is taken as required, how much it is, and the most of it do.
func (d *dosing) beside(texts []string) {
	for _, text := range texts {
		text = normal(text)
		var of dosing
		fields := doseFields(text)
		switch {
		case slices.Contains(asRequired, text):
			d.needed = true
		case strings.HasPrefix(text, "at most "):
			d.most = text
		case len(fields) > 0 && of.much(fields) == len(fields) && of.unit == massUnit:
			d.mass = of.amount
		}
	}
}

// onceADay puts what a structured dose says into the words that people use.
var onceADay = strings.NewReplacer("every 1 day", "a day", "every 1 week", "a week", "1 time ", "once ", "every day", "a day", "each day", "a day",
	"per day", "a day", "every week", "a week", "each week", "a week", "per week", "a week", "every morning", "in the morning", "each morning", "in the morning",
	"every night", "at night", "each night", "at night", "every evening", "in the evening")

// doseFields are the words of an instruction that count, numbers as figures,
// and two numbers with an "or" or a "to" between them as one.
func doseFields(text string) []string {
	var fields []string
	between := false
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '(' || r == ')' }) {
		word = bare(word, ".:")
		if number, ok := numberWords[word]; ok {
			word = number
		}
		last := len(fields) - 1
		switch {
		case between && isNumber(word):
			fields[last] += "-" + word
		case word != "" && !doseFillers[word]:
			fields = append(fields, word)
			last++
		}
		between = (word == "or" || word == "to") && last >= 0 && isNumber(fields[last])
	}
	return fields
}

func isNumber(word string) bool {
	return word != "" && strings.Trim(word, "0123456789.") == ""
}

// often takes words that say how often, and returns how many they are.
func (d *dosing) often(fields []string) int {
	word := func(i int) string {
		if i < len(fields) {
			return fields[i]
		}
		return ""
	}
	switch hours, hourly := strings.CutSuffix(word(0), "hourly"); {
	case hourly && hours != "":
		return d.each(inHours(strings.Trim(hours, "-")), 1)
	case word(1) == "hourly":
		return d.each(inHours(word(0)), 2)
	case word(0) == "every" && word(2) == "hours":
		return d.each(inHours(word(1)), 3)
	case word(0) == "once":
		return d.each(in(1, word(1)), 2)
	case word(0) == "twice":
		return d.each(in(2, word(1)), 2)
	case word(1) == "times":
		return d.each(in(count(word(0)), word(2)), 3)
	case word(0) == "weekly" || word(0) == "week":
		return d.each(1, 1)
	case word(0) == "day":
		return d.each(7, 1)
	}
	return d.each(7*latin[word(0)], 1)
}

// each notes so many doses a week, if that is any and nothing else was said.
func (d *dosing) each(week, taken int) int {
	if week == 0 || d.perWeek != 0 && d.perWeek != week {
		return 0
	}
	d.perWeek = week
	return taken
}

// in is how often in a week so many times in a period are.
func in(times int, period string) int {
	switch period {
	case "daily", "day":
		return 7 * times
	case "weekly", "week":
		return times
	}
	return 0
}

func inHours(number string) int {
	hours := count(number)
	if hours == 0 || 24%hours != 0 {
		return 0
	}
	return 7 * 24 / hours
}

// count is a small whole number, or 0.
func count(number string) int {
	n, ok := parts(number, 1)
	if !ok || n > 100 {
		return 0
	}
	return int(n)
}

// much takes words that say how much, and returns how many they are. How much
// is said once.
func (d *dosing) much(fields []string) int {
	word, unit, taken := fields[0], "", 1
	if d.amount != 0 || word[0] < '0' || word[0] > '9' {
		return 0
	}
	if at := strings.IndexFunc(word, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }); at >= 0 {
		word, unit = word[:at], word[at:]
	} else if len(fields) > 1 && (isUnit(fields[1]) || counted[fields[1]] != "") {
		unit, taken = fields[1], 2
	}
	one := int64(1e6)
	switch u, ok := units[unit]; {
	case unit == "":
	case counted[unit] != "":
		unit = counted[unit]
	case !ok:
		return 0
	case u.mass > 0:
		unit, one = massUnit, u.mass
	default:
		unit = u.name
	}
	n, ok := parts(word, one)
	if !ok {
		return 0
	}
	d.amount, d.unit = n, unit
	return taken
}

// counted are the units of doses that are no units of strength.
var counted = map[string]string{
	"puff": "puff", "puffs": "puff", "drop": "drop", "drops": "drop", "spray": "spray", "sprays": "spray", "patch": "patch", "patches": "patch",
	"sachet": "sachet", "sachets": "sachet", "spoonful": "spoonful", "spoonfuls": "spoonful",
}

// dosesDiffer reports whether two dose instructions for one product say
// different doses. What is not understood differs unless it is the same; what
// one of them does not say does not differ.
func (r *reader) dosesDiffer(a, b string, of product) bool {
	if a == "" || b == "" || strings.EqualFold(a, b) {
		return false
	}
	x, y := r.dose(a), r.dose(b)
	switch {
	case x == dosing{} || y == dosing{}:
		return false
	case x.needed != y.needed, x.rest != y.rest:
		return true
	case x.mass != 0 && y.mass != 0 && x.mass != y.mass, x.most != "" && y.most != "" && x.most != y.most:
		return true
	case x.perWeek != 0 && y.perWeek != 0 && x.perWeek != y.perWeek:
		return true
	case x.times != "" && y.times != "" && x.times != y.times:
		return true
	}
	return amountsDiffer(x, y, of)
}

// amountsDiffer compares so many tablets with so many milligrams where the
// strength of one tablet is known. Where it is not, nothing can be said. So many
// millilitres differ from as many milligrams unless the liquid's strength says
// that they are the same: of the two, "5" is half or twice the other.
func amountsDiffer(x, y dosing, of product) bool {
	if x.unit == massUnit {
		x, y = y, x
	}
	switch {
	case x.amount == 0 || y.amount == 0:
		return false
	case x.unit == y.unit:
		return x.amount != y.amount
	case y.unit != massUnit:
		return x.unit != "ml" && y.unit != "ml"
	case x.unit == "ml":
		given := float64(x.amount) / 1e6 * of.perMl
		return math.Abs(given-float64(y.amount)) > 1e-6*float64(y.amount)
	case x.unit != "":
		return false
	}
	return of.single != 0 && x.amount/1e3*(of.single/1e3) != y.amount
}
