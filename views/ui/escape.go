package ui

// AppendText appends s to dst as HTML text, fit for an element or a quoted
// attribute. It escapes exactly as templ does, and without an allocation: long
// lists are written with it.
func AppendText(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		entity := entities[s[i]]
		if entity == "" {
			continue
		}
		dst = append(append(dst, s[from:i]...), entity...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

var entities = [256]string{'&': "&amp;", '\'': "&#39;", '<': "&lt;", '>': "&gt;", '"': "&#34;"}
