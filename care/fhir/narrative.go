package fhir

import (
	"strings"

	"golang.org/x/net/html"
)

// longestNarrative bounds the text of an entry that has nothing else to say.
const longestNarrative = 1000

// narrative is the text of a Narrative element without its markup. It is words
// to be escaped like all others, and never becomes HTML again.
func narrative(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	c := cursor{b: raw, words: new(words)}
	if c.peek() != '{' {
		return shortened(c.text())
	}
	div := ""
	c.members(func(name []byte) {
		if string(name) == "div" {
			div = c.text()
		}
	})
	return shortened(withoutMarkup(div))
}

// withoutMarkup keeps what a reader would see, as one line.
func withoutMarkup(div string) string {
	var text strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(div))
	for hidden := ""; ; {
		switch tokens.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(text.String()), " ")
		case html.TextToken:
			if hidden == "" {
				text.Write(tokens.Text())
			}
		case html.StartTagToken:
			if name, _ := tokens.TagName(); hidden == "" && unseen[string(name)] {
				hidden = string(name)
			}
			text.WriteByte(' ')
		case html.EndTagToken:
			if name, _ := tokens.TagName(); hidden == string(name) {
				hidden = ""
			}
			text.WriteByte(' ')
		case html.SelfClosingTagToken:
			text.WriteByte(' ')
		}
	}
}

// unseen are the elements whose content no reader sees.
var unseen = map[string]bool{"script": true, "style": true, "title": true, "template": true, "iframe": true, "noscript": true}

func shortened(text string) string {
	runes := []rune(text)
	if len(runes) <= longestNarrative {
		return text
	}
	return string(runes[:longestNarrative]) + "… (shortened)"
}
