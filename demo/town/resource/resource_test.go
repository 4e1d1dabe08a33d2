package resource

import (
	"encoding/json"
	"regexp"
	"testing"
)

func TestEncode(t *testing.T) {
	raw, err := Encode(Map{"id": "1", "a": json.Number("4.10"), "resourceType": "X", "b": "<&>"})
	if want := `{"resourceType":"X","id":"1","a":4.10,"b":"<&>"}`; err != nil || string(raw) != want {
		t.Errorf("%s %v", raw, err)
	}
	if raw, err = Encode(Map{"id": "1", "resourceType": "X"}); err != nil || string(raw) != `{"resourceType":"X","id":"1"}` {
		t.Errorf("%s %v", raw, err)
	}
	if _, err = Encode(Map{"a": func() {}}); err == nil {
		t.Error("a function was encoded")
	}
}

func TestID(t *testing.T) {
	if id := ID("a", "b"); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) || id != ID("a", "b") || id == ID("ab") {
		t.Error(id)
	}
}

func TestType(t *testing.T) {
	for sent, want := range map[string][2]string{
		`{"resourceType":"X","id":"1","rest":`:                 {"X", "1"}, // not read any further
		`{"a":{"id":"2"},"id":"1","b":[1],"resourceType":"X"}`: {"X", "1"},
		`{"resourceType":"X"}`:                                 {"X", ""}, `{}`: {"", ""},
	} {
		if kind, id, err := Type([]byte(sent)); err != nil || [2]string{kind, id} != want {
			t.Errorf("%s: %s/%s %v", sent, kind, id, err)
		}
	}
	for _, sent := range []string{``, `[]`, `"x"`, `{"id":1}`, `{"a":`, `{"a":}`} {
		if _, _, err := Type([]byte(sent)); err == nil {
			t.Errorf("%q was taken", sent)
		}
	}
}
