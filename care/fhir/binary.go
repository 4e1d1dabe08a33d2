package fhir

import (
	"io"

	"github.com/go-json-experiment/json"
)

// DecodeBinary reads a Binary: the type of its content, and the content in
// base64. How much of r is read is for the caller to limit.
func DecodeBinary(r io.Reader) (contentType, data string, err error) {
	var b struct {
		ResourceType string `json:"resourceType"`
		ContentType  string `json:"contentType"`
		Data         string `json:"data"`
	}
	if err := json.UnmarshalRead(r, &b); err != nil || b.ResourceType != "Binary" {
		return "", "", broken("no Binary")
	}
	return b.ContentType, b.Data, nil
}
