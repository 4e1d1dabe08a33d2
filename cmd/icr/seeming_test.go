package main

import (
	"strings"
	"testing"
)

// What would be read as something else than was meant, or not at all, is a
// fault.
func TestSettingsThatSayLessThanTheySeem(t *testing.T) {
	for name, text := range map[string]string{
		"a second document":  good + "---\naccess: {social-care: []}\n",
		"an empty assurance": strings.Replace(good, "acr: [AAL3_ANY]", `acr: [""]`, 1),
		"an empty role code": strings.Replace(good, "roles: {R8000", `roles: {"": clinician, R8000`, 1),
		"no organisations":   strings.Replace(good, "mapping: cis2,", "mapping: cis2, organisations: [],", 1),
		"a negative age":     strings.Replace(good, "name: Test,", "name: Test, minimum_age: -3,", 1),
		"a small practice":   strings.Replace(good, "[Y99001]", "[y99001]", 1),
		"a small partner":    strings.Replace(good, "code: RKB", "code: rkb", 1),
		"a small contact":    good + "monitoring: {contacts: {rlt: a@b.example}}\n",
	} {
		if text == good {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := parseProgramme(text); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	e := &environment{getenv: func(string) string { return "0.0.0.0/0, ::/0, 10.1.2.0/24" }}
	if all := e.networks("ICR_TRUSTED_PROXIES"); len(all) != 1 || len(e.faults) != 2 {
		t.Errorf("everybody is a proxy: %v", all)
	}
}
