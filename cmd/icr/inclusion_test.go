package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
)

// national is a line of the national file of practices.
func national(code, area, joined, left, closed, setting string) string {
	cells := make([]string, 27)
	cells[0], cells[1], cells[10], cells[11], cells[12], cells[14], cells[15], cells[16], cells[25] = code, `"THE SURGERY, NEW ST"`, "19740401", closed, "ACTIVE", area, joined, left, setting
	return strings.Join(cells, ",") + "\n"
}

func withPractices(t *testing.T, areas, text string) programme {
	t.Helper()
	path := filepath.Join(t.TempDir(), "practices.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := parseProgramme(strings.Replace(good, "name: Test,", "name: Test, practices_file: "+path+","+areas, 1))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whose patients are included can come from a file of practices, ours or the
// national one, narrowed to areas, and each for its time.
func TestPracticesFromAFile(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	england := national("Y99002", "B2M3M", "20130401", "", "", "4") + national("Y99003", "B2M3M", "20130401", "20260331", "", "4") +
		national("Y99004", "B2M3M", "20130401", "20270331", "20251231", "4") + national("Y99005", "B2M3M", "20130401", "", "", "8") + national("C82001", "04C", "20130401", "", "", "4")
	for _, test := range []struct {
		name, areas, text string
		at                time.Time
		want              []nhs.ODSCode
	}{
		{"codes alone", "", "code\nY99002\ny99003\n", day("2026-11-22 12:00"), []nhs.ODSCode{"Y99001", "Y99002", "Y99003"}},
		{"areas", " areas: [CW],", "code,name,area\nY99002,A,CW\nC82001,B,LLR\n", day("2026-11-22 12:00"), []nhs.ODSCode{"Y99001", "Y99002"}},
		{"before a term", "", "code,from,until\nY99002,2026-07-01,2026-07-31\n", day("2026-06-30 22:59"), []nhs.ODSCode{"Y99001"}},
		{"the term begins, in London", "", "code,from,until\nY99002,2026-07-01,2026-07-31\n", day("2026-06-30 23:00"), []nhs.ODSCode{"Y99001", "Y99002"}},
		{"its last day counts", "", "code,from,until\nY99002,2026-07-01,2026-07-31\n", day("2026-07-31 22:59"), []nhs.ODSCode{"Y99001", "Y99002"}},
		{"after it", "", "code,from,until\nY99002,2026-07-01,2026-07-31\n", day("2026-07-31 23:00"), []nhs.ODSCode{"Y99001"}},
		{"the national file", " areas: [B2M3M],", england, day("2026-03-31 12:00"), []nhs.ODSCode{"Y99001", "Y99002", "Y99003"}},
		{"the national file later", " areas: [B2M3M],", england, day("2026-04-01 12:00"), []nhs.ODSCode{"Y99001", "Y99002"}},
		{"the national file earlier", " areas: [B2M3M, 04C],", england, day("2025-12-31 12:00"), []nhs.ODSCode{"Y99001", "Y99002", "Y99003", "Y99004", "C82001"}},
	} {
		p := withPractices(t, test.areas, test.text)
		if err := p.readPractices(); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		included := p.inclusion()
		n := 0
		for _, code := range []nhs.ODSCode{"Y99001", "Y99002", "Y99003", "Y99004", "Y99005", "C82001"} {
			if term, dated := included.Terms[code]; included.Practices[code] || dated && term.Holds(test.at) {
				n++
				if !strings.Contains(fmt.Sprint(test.want), string(code)) {
					t.Errorf("%s: %s is included", test.name, code)
				}
			}
		}
		if n != len(test.want) {
			t.Errorf("%s: %d practices, want %v", test.name, n, test.want)
		}
	}
}

func TestP10_FilesOfPracticesThatWillNotDo(t *testing.T) {
	for text, want := range map[string]string{
		"code\nY-9\n": "line 2: ", "code,colour\nY99002,red\n": "the column colour is not known",
		"name\nA\n": "the column code is missing", "code\nY99002\nY99002\n": "the practice Y99002 is there twice",
		"code,from\nY99002,1.4.2026\n":                    `"1.4.2026" is not a day like 2026-01-31`,
		"code,from,until\nY99002,2026-05-01,2026-04-01\n": "until is before from",
		"code\n": "it names no practice",
		national("Y99002", "B2M3M", "", "", "", "4"):                  "say in areas which of them are included",
		"areas: [CW],code,area\nY99002,LLR\n":                         `no practice is in the area "CW"`,
		"areas: [B2M3M]," + national("Y-9", "B2M3M", "", "", "", "4"): "line 1: ",
	} {
		areas := ""
		if strings.HasPrefix(text, "areas") {
			areas, text, _ = strings.Cut(text, ",")
			areas = " " + areas + ","
		}
		p := withPractices(t, areas, text)
		if err := p.readPractices(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 1: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := parseProgramme(strings.Replace(good, "name: Test,", "name: Test, areas: [CW],", 1)); err == nil || !strings.Contains(err.Error(), "areas choose among") {
		t.Error(err)
	}
}

// The dry run says who would be included, and changes nothing.
func TestCheckInclusion(t *testing.T) {
	practices, file := filepath.Join(t.TempDir(), "p.csv"), filepath.Join(t.TempDir(), "programme.yaml")
	text := strings.Replace(good, "name: Test,", "name: Test, minimum_age: 16, areas: [CW], practices_file: "+practices+",", 1) +
		"  - {kind: gp, name: GPs, url: \"http://localhost:2/{ods}\", practices: [{code: Y99002, name: In}, {code: Y99009, name: Out}]}\n"
	for path, content := range map[string]string{practices: "code,area,from\nY99002,CW,\nY99003,CW,2099-01-01\nC82001,LLR,\n", file: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	getenv := func(name string) string { return map[string]string{"ICR_PROGRAMME_FILE": file}[name] }
	if err := run(t.Context(), []string{"check", "inclusion"}, getenv, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"people of 16 or over, registered with one of 2 practice(s)", "Areas: CW", "Not yet: [Y99003]", "Y99009 Out supplies, and its patients are not included"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q: %s", want, out.String())
		}
	}
}
