package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// routed is a programme whose practices a directory file lists.
func routed(t *testing.T, name, text, keys string) (programme, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := parseProgramme(good + "  - {kind: gp, name: GP practices, directory_file: " + path + keys + "}\n")
	if err != nil {
		t.Fatal(err)
	}
	return p, p.readDirectories()
}

const template = `, url: "https://gp.example/{ods}/fhir", bearer_file: /token`

func TestDirectoryOfPractices(t *testing.T) {
	const csv = "code,name,url,phone\n\ny99001,Spon End Surgery,,024 7696 0101\nY99002,\"Foleshill, Road\",https://other.example/fhir,1\n"
	const yaml = "- {code: Y99001, name: Spon End Surgery, phone: 024 7696 0101}\n- code: Y99002\n  name: Foleshill, Road\n  url: https://other.example/fhir\n  phone: '1'\n"
	for name, text := range map[string]string{"practices.csv": csv, "practices.yaml": yaml} {
		p, err := routed(t, name, text, template)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e := p.Partners[2]
		members := e.members()
		if len(members) != 2 || members[0].Code != "Y99001" || members[1].Name != "Foleshill, Road" {
			t.Fatalf("%s: %+v", name, members)
		}
		bases := e.connect(sourceConfig, members[0]).Base + " " + e.connect(sourceConfig, members[1]).Base
		if bases != "https://gp.example/Y99001/fhir https://other.example/fhir" {
			t.Errorf("%s: %s", name, bases)
		}
		if p.names()["Y99002"] != "Foleshill, Road" {
			t.Errorf("%s: the name is not known", name)
		}
		if phones := p.telephones(); len(phones) != 1 || phones[0].Name != "Spon End Surgery" {
			t.Errorf("%s: telephones %v: those that the programme does not include are too many", name, phones)
		}
	}
}

// Every fault of a directory is refused at start, with its line.
func TestP10_FaultsOfADirectory(t *testing.T) {
	const head = "code,name,url\n"
	for _, test := range []struct {
		title, name, text, keys string
		want                    []string
	}{
		{"two faults", "p.csv", head + "Y99001,,\nno-code,B,\n", template, []string{"line 8: ", "p.csv: line 2: name is missing", "line 3: \"no-code\" is not an ODS code"}},
		{"twice", "p.csv", head + "Y99001,A,\n\ny99001,B,\n", template, []string{"line 4: the code Y99001 is used already"}},
		{"another partner's code", "p.csv", head + "RKB,A,\n", template, []string{"line 2: the code RKB is used already"}},
		{"no address", "p.csv", head + "Y99001,A,\n", "", []string{"line 2: url is missing"}},
		{"plain HTTP", "p.csv", head + "Y99001,A,http://gp.example\n", template, []string{"line 2: \"http://gp.example\" is not an address that may be asked"}},
		{"no proof", "p.csv", head + "Y99001,A,https://gp.example\n", "", []string{"line 2: nothing proves to this practice"}},
		{"a column that is not known", "p.csv", "code,name,colour\nY99001,A,blue\n", template, []string{"the column colour is not known"}},
		{"no column", "p.csv", "code\nY99001\n", template, []string{"line 1: the column name is missing"}},
		{"a cell too many", "p.csv", head + "Y99001,A,,x\n", template, []string{"line 2: "}},
		{"empty", "p.csv", head, template, []string{"it lists no practice"}},
		{"empty YAML", "p.yaml", "", template, []string{"it lists no practice"}},
		{"YAML", "p.yml", "- {code: Y99001, name: A}\n- {code: Y99001, name: B}\n", template, []string{"line 2: the code Y99001 is used already"}},
		{"a key that is not known", "p.yml", "- {code: Y99001, name: A, colour: blue}\n", template, []string{"line 1: field colour is not a key that is known here"}},
		{"not a list", "p.yml", "code: Y99001\n", template, []string{"line 1"}},
		{"another sort of file", "p.txt", head, template, []string{"a .csv or a .yaml file"}},
	} {
		_, err := routed(t, test.name, test.text, test.keys)
		if err == nil {
			t.Errorf("%s: no fault", test.title)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", test.title, err)
			}
		}
	}
	if _, err := parseProgramme(with("bearer_file: /t, directory_file: /x.csv")); err == nil || !strings.Contains(err.Error(), "line 6: directory_file is for GP practices") {
		t.Error(err)
	}
	p, err := parseProgramme(good + "  - {kind: gp, name: GP practices, directory_file: /there/is/none.csv}\n")
	if err != nil || p.readDirectories() == nil {
		t.Errorf("no file: %v", err)
	}
}
