package views

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"example.org/icr/views/ui"
)

// Words that are longer than longWords characters open: their first
// shortWords are always in sight.
const (
	longWords  = 600
	shortWords = 300
)

// fold parts long words after a word near their beginning.
func fold(s string) (head, rest string) {
	if len(s) <= longWords || utf8.RuneCountInString(s) <= longWords {
		return s, ""
	}
	at := 0
	for range shortWords {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	if space := strings.LastIndexAny(s[:at], " \n\t"); space > at/2 {
		at = space
	}
	return s[:at], s[at:]
}

// brief is s for where there is no room: its beginning.
func brief(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// folded appends words of any length, of which the rest opens.
func (w *writer) folded(s string) {
	head, rest := fold(s)
	w.words(head)
	w.unfold(rest)
}

// unfold appends what fold parted off, which opens.
func (w *writer) unfold(rest string) {
	if rest == "" {
		return
	}
	w.raw(`… <details class="icr-fold"><summary class="icr-fold__summary">Show the other `)
	w.raw(strconv.Itoa(utf8.RuneCountInString(rest)))
	w.raw(` characters</summary><span class="icr-fold__rest">`)
	w.text(rest)
	w.raw(`</span></details>`)
}

// words appends somebody's words, with what abbreviations in them stand for:
// the first of each on a page, so that a keyboard does not stop at all.
func (w *writer) words(s string) {
	if w.naming.plain.has(s) {
		w.buf = append(w.buf, s...)
		return
	}
	at := 0
	for start, end := abbreviation(s, 0); start >= 0; start, end = abbreviation(s, end) {
		short := s[start:end]
		if w.naming.expanded[short] {
			continue
		}
		w.naming.expanded[short] = true
		if strings.HasPrefix(s[end:], " ("+abbreviations[short]+")") {
			continue // its source spells it out
		}
		w.text(s[at:start])
		w.raw(`<abbr class="icr-abbr" tabindex="0">`)
		w.text(short)
		w.raw(`<span class="icr-abbr__full"> (`)
		w.raw(abbreviations[short])
		w.raw(`)</span></abbr>`)
		at = end
	}
	if at == 0 && ui.Plain(s) {
		w.naming.plain.add(s)
	}
	w.text(s[at:])
}

// familiar are some words that were met before: of all that fall into one place,
// the last.
type familiar [64]string

func (f *familiar) has(s string) bool { return s != "" && f[place(s)] == s }

func (f *familiar) add(s string) {
	if s != "" {
		f[place(s)] = s
	}
}

func place(s string) int {
	return (len(s) + 7*int(s[len(s)/2]) + 31*int(s[len(s)-1])) % len(familiar{})
}

// abbreviation finds the next abbreviation in s from a place on; start is -1
// where there is none.
func abbreviation(s string, from int) (start, end int) {
	for start = from; start < len(s); start = end + 1 {
		for end = start; end < len(s) && inWord[s[end]]; end++ {
		}
		if length := end - start; length >= 2 && length <= longestAbbreviation && beginnings[s[start]]&endings[s[end-1]]&(1<<length) != 0 {
			if _, ok := abbreviations[s[start:end]]; ok {
				return start, end
			}
		}
	}
	return -1, -1
}

const longestAbbreviation = 8

// beginnings and endings tell most words from abbreviations by their first letter,
// their last and their length: a bit for each length of those that begin, or
// end, so.
var beginnings, endings = func() (begins, ends [256]uint16) {
	for short := range abbreviations {
		begins[short[0]] |= 1 << len(short)
		ends[short[len(short)-1]] |= 1 << len(short)
	}
	return begins, ends
}()

// inWord are the bytes that words are made of; those of other scripts too, so
// that no part of a word is taken for an abbreviation.
var inWord = func() (is [256]bool) {
	for b := range is {
		is[b] = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '&' || b == '-' || b >= 0x80
	}
	return is
}()

// abbreviations are those that stand for one thing alone wherever they occur
// in a record, spelled as they are written. What is ambiguous (MS, PE, RA, PND)
// is not here: a wrong word is worse than none.
var abbreviations = map[string]string{
	"BP": "blood pressure", "BMI": "body mass index", "COPD": "chronic obstructive pulmonary disease", "CKD": "chronic kidney disease",
	"T2DM": "type 2 diabetes mellitus", "T1DM": "type 1 diabetes mellitus", "DVT": "deep vein thrombosis", "UTI": "urinary tract infection",
	"ECG": "electrocardiogram", "MRI": "magnetic resonance imaging", "FBC": "full blood count", "U&E": "urea and electrolytes",
	"LFT": "liver function test", "TFT": "thyroid function test", "CRP": "C-reactive protein", "ESR": "erythrocyte sedimentation rate",
	"INR": "international normalised ratio", "eGFR": "estimated glomerular filtration rate", "HbA1c": "glycated haemoglobin",
	"TSH": "thyroid stimulating hormone", "ALT": "alanine aminotransferase", "NEWS2": "National Early Warning Score 2",
	"NEWS": "National Early Warning Score", "ReSPECT": "Recommended Summary Plan for Emergency Care and Treatment",
	"DNACPR": "do not attempt cardiopulmonary resuscitation", "CPR": "cardiopulmonary resuscitation", "NKDA": "no known drug allergies",
	"NSAID": "non-steroidal anti-inflammatory drug", "CT": "computed tomography", "NT-proBNP": "N-terminal pro-B-type natriuretic peptide",
	"od": "once a day", "bd": "twice a day", "tds": "three times a day", "qds": "four times a day", "prn": "when required", "PRN": "when required",
	"nocte": "at night", "mane": "in the morning", "BD": "twice a day", "TDS": "three times a day", "QDS": "four times a day",
}
