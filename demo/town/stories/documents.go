package stories

import (
	"encoding/base64"

	"example.org/icr/demo/town/resource"
)

// letter puts a plain text letter on file, and returns its reference; its words
// are a Binary of their own.
func (f *file) letter(title concept, when, text string, details ...detail) string {
	return f.document(title, when, "text/plain; charset=utf-8", []byte(text), details...)
}

// pdf puts a letter on file as a PDF of one page.
func (f *file) pdf(title concept, when string, lines []string, details ...detail) string {
	return f.document(title, when, "application/pdf", onePage(title.said(), lines), details...)
}

func (f *file) document(title concept, when, contentType string, content []byte, details ...detail) string {
	binary := f.add("Binary", when, resource.Map{"contentType": contentType, "data": base64.StdEncoding.EncodeToString(content)})
	return f.add("DocumentReference", when, resource.Map{
		"status": "current", "docStatus": "final", "type": title.fhir(), "description": title.said(),
		"category": concepts(snomed("823651000000106", "Clinical note")),
		"date":     f.person.t.instant(when), "custodian": organisation(f.partner),
		"content": []any{resource.Map{"attachment": resource.Map{
			"contentType": contentType, "url": binary, "size": len(content), "title": title.said(), "creation": when,
		}}},
	}, details...)
}

// replaced marks a document that a later version took the place of.
func replaced(r resource.Map) { r["status"] = "superseded" }

// replacing makes a document the version that took another's place.
func replacing(earlier string) detail {
	return with("relatesTo", []any{resource.Map{"code": "replaces", "target": resource.Map{"reference": earlier}}})
}
