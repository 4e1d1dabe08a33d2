package record

import "strings"

// FoldName makes names comparable: case, spaces, hyphens and apostrophes do not
// count.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\'', '’', '.', '\u00a0':
			return -1
		}
		return r
	}, strings.ToLower(name))
}
