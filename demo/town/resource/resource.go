// Package resource holds what everything that makes FHIR resources for the
// demonstration shares: ids that never change and a compact encoding.
package resource

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Map is a FHIR resource, or a part of one, while it is being made.
type Map = map[string]any

// ID is an identifier in the form of a UUID, always the same for the same
// words.
func ID(of ...string) string {
	h := sha1.Sum([]byte(strings.Join(of, "\x00")))
	h[6] = h[6]&0x0f | 0x50 // version 5, a name-based UUID
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// Encode writes a resource as compact JSON, its type and id first, as servers
// do.
func Encode(m Map) (json.RawMessage, error) {
	head, err := marshal(Map{"resourceType": m["resourceType"]})
	if err != nil {
		return nil, err
	}
	id, err := marshal(m["id"])
	if err != nil {
		return nil, err
	}
	rest := maps.Clone(m)
	delete(rest, "resourceType")
	delete(rest, "id")
	body, err := marshal(rest)
	if err != nil {
		return nil, fmt.Errorf("%v/%v: %w", m["resourceType"], m["id"], err)
	}
	out := append(bytes.TrimSuffix(head, []byte("}")), `,"id":`...)
	out = append(out, id...)
	if len(rest) > 0 {
		out = append(append(out, ','), body[1:]...)
		return out, nil
	}
	return append(out, '}'), nil
}

// marshal leaves <, > and & as they are, which encoding/json does not.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}

// Type reads the type and id of an encoded resource, and of the rest no more
// than it must: both usually come first.
func Type(raw json.RawMessage) (kind, id string, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", "", errors.Join(errors.New("not an object"), err)
	}
	wanted := map[string]*string{"resourceType": &kind, "id": &id}
	for d.More() && len(wanted) > 0 {
		name, err := d.Token()
		if err != nil {
			return "", "", err
		}
		key, _ := name.(string)
		if into, ok := wanted[key]; ok {
			delete(wanted, key)
			if err := d.Decode(into); err != nil {
				return "", "", fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return "", "", err
		}
	}
	return kind, id, nil
}
