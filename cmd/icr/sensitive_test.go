package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/record"
)

// A deployer adds to the list of sensitive codes; a fault in their file is
// named with its line and with that of the setting.
func TestP10_SensitiveCodesOfTheDeployers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sensitive.csv")
	p, err := parseProgramme(strings.Replace(good, "practices: [Y99001]}", "practices: [Y99001], sensitive: "+path+"}", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.labels(); err == nil || !strings.HasPrefix(err.Error(), "line 1: sensitive: open ") {
		t.Errorf("no file: %v", err)
	}
	for text, want := range map[string]string{
		"category,system,code,name\nabuse,words,,Purple folder\n": "",
		"abuse,words,,x\nfolly,words,,y\n":                        `line 1: sensitive: list of sensitive codes, line 2: there is no category "folly"`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		labels, err := p.labels()
		if want != "" {
			if err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
			continue
		}
		purple := record.Entry{What: record.Concept{Text: "See purple folder"}}
		if err != nil || labels.Of(&purple) != access.Sensitive {
			t.Errorf("%v", err)
		}
	}
}
