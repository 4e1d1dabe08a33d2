package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/store/storetest"
)

const registerHeader = "nhs_number,family_name,given_name,birth_date,state,at\n"

// importRegister imports a register, and returns what is said of it.
func importRegister(t *testing.T, text string, args ...string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objections.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := run(t.Context(), append(append([]string{"import", "objections"}, args...), path), func(string) string { return "" }, &out)
	return out.String(), err
}

// Whatever is wrong with a register is said by line, nothing of it is imported,
// and nobody in it is named.
func TestP10_RegistersAreRefusedWhole(t *testing.T) {
	const good = "9990000018,Shah,Ada,1980-02-03,upheld,2026-01-02T03:04:05Z\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing":       {"", []string{"no header line"}},
		"no column":     {"nhs_number,family_name\n", []string{"line 1: the column given_name is missing"}},
		"every fault":   {registerHeader + good + "9990000019,,Ada,1981-02-30,hidden,yesterday\n", []string{"line 3: This is not a real NHS number", "at must be like", "state is none of identity-confirmed", "birth_date must be like", "family_name is missing"}},
		"the future":    {registerHeader + "9990000018,Shah,Ada,2980-02-03,upheld,2999-01-02T03:04:05Z\n", []string{"line 2: birth_date is in the future; at is in the future"}},
		"long":          {registerHeader + "9990000018," + strings.Repeat("x", 40000) + ",Ada,1980-02-03,upheld,2026-01-02T03:04:05Z\n", []string{"line 2: family_name is longer than 100"}},
		"contradictory": {registerHeader + good + strings.Replace(good, "upheld", "withdrawn", 1), []string{"line 3: contradicts line 2"}},
		"half a line":   {registerHeader + good + "9990000026,Shah\n", []string{"line 3: wrong number of fields"}},
		"no ground":     {strings.Replace(registerHeader, "at\n", "at,ground\n", 1) + strings.TrimSpace(good) + ",uncle\n", []string{"line 2: ground is none of competent, own, parent, proxy"}},
	} {
		said, err := importRegister(t, test.text, "--dry-run")
		if err == nil {
			t.Errorf("%s: %s", name, said)
			continue
		}
		for _, want := range append(test.want, "nothing was imported") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		for _, who := range []string{"9990000018", "9990000019", "Shah", "Ada", "1981", "hidden", "uncle", "xxx"} {
			if strings.Contains(err.Error(), who) {
				t.Errorf("P9: %s: names %s: %v", name, who, err)
			}
		}
	}
}

// A register that comes every day changes what it says otherwise than before,
// and nothing by what it leaves out, nor of what others say.
func TestP3_AMissingRowIsNoWithdrawal(t *testing.T) {
	db, _ := storetest.Open(t)
	inForce := func() (all string) {
		t.Helper()
		for _, digits := range []string{"9990000018", "9990000026", "9990000034"} {
			n, err := nhs.ParseNumber(digits)
			if err != nil {
				t.Fatal(err)
			}
			f, err := db.Facts(t.Context(), access.Request{Person: record.Person{Number: n}})
			if err != nil {
				t.Fatal(err)
			}
			if f.Objection == access.NoObjection {
				all += "-"
			} else {
				all += "x"
			}
		}
		return all
	}
	line := func(digits, state, at string) string {
		return digits + ",O’Neill,Ada 山田,1980-02-03," + state + "," + at + "T09:00:00Z\n"
	}
	both := registerHeader + line("9990000018", "upheld", "2026-01-02") + line("9990000026", "upheld", "2026-01-02")
	for _, step := range []struct {
		name, source, text, said, fault, inForce string
		dry                                      bool
	}{
		{"a dry run", "BSOL", both, "2 new", "", "---", true},
		{"the first", "BSOL", both + line("9990000018", "upheld", "2026-01-02"), "2 new, 0 changed, 0 as they were, 0 older than what is held, 1 repeated", "", "xx-", false},
		{"the same again", "BSOL", both, "0 new, 0 changed, 2 as they were", "", "xx-", false},
		{"a row is missing", "BSOL", registerHeader, "0 new", "", "xx-", false},
		{"another register", "HW", registerHeader + line("9990000018", "upheld", "2026-02-02"), "1 new", "", "xx-", false},
		{"withdrawn in one", "BSOL", registerHeader + line("9990000018", "withdrawn", "2026-03-02") + line("9990000026", "withdrawn", "2026-03-02"), "2 changed", "", "x--", false},
		{"an old file", "BSOL", both, "2 older", "", "x--", false},
		{"half a contradiction", "BSOL", registerHeader + line("9990000034", "upheld", "2026-03-03") + line("9990000026", "upheld", "2026-03-02"), "", "line 3: says another state", "x--", false},
		{"its dry run", "BSOL", registerHeader + line("9990000026", "upheld", "2026-03-02"), "", "line 2: says another state", "x--", true},
		{"withdrawn in the other", "HW", registerHeader + line("9990000018", "withdrawn", "2026-03-02"), "1 changed", "", "---", false},
		{"and once more", "BSOL", registerHeader + line("9990000018", "identity-confirmed", "2026-04-02"), "1 changed", "", "x--", false},
	} {
		b, err := readObjections(strings.NewReader(step.text), "objections.csv", step.source)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		if step.dry {
			err = b.look(t.Context(), db)
		} else {
			err = b.save(t.Context(), db, audit.NewEvent(audit.Imported, auth.User{Name: "icr import"}, time.Now()))
		}
		if err == nil {
			said = b.said.String()
		}
		if (err != nil) != (step.fault != "") || err != nil && !strings.Contains(err.Error(), step.fault) || !strings.Contains(said, step.said) {
			t.Errorf("%s: %q, %v", step.name, said, err)
		}
		if got := inForce(); got != step.inForce {
			t.Errorf("%s: in force are %s, want %s", step.name, got, step.inForce)
		}
	}
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	of, err := db.ObjectionsOf(t.Context(), n)
	if err != nil || len(of) != 2 || of[0].Source != "BSOL" || of[0].Steps != 3 || of[0].Family != "O’Neill" || time.Since(of[0].At) < time.Hour {
		t.Errorf("%+v, %v", of, err)
	}
}
