package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
)

const good = `programme: {code: QWU, name: Test, practices: [Y99001]}
demographics: {url: "https://pds.example/FHIR", access: application-restricted, oauth: {token_url: "https://token.example", client_id: icr, key_file: /key}}
issuers:
  - {id: cis2, name: CIS2, issuer: "https://id.example", client_id: icr, client_secret_file: /secret, mapping: cis2, scopes: [openid], acr: [AAL3_ANY], roles: {R8000: clinician}}
partners:
  - {code: RKB, name: A, kind: acute, url: "https://a.example/fhir", bearer_file: /token}
  - {code: RLT, name: B, kind: acute, url: "http://localhost:1/fhir"}
`

// A fault of the programme file is named with its line.
func TestP10_ProgrammeFaults(t *testing.T) {
	own := strings.Replace(good, "application-restricted", "user-restricted, issuer: cis2", 1)
	for _, text := range []string{good, own} {
		if _, err := parseProgramme(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ name, from, to, want string }{
		{"duplicate code", "code: RLT", "code: RKB", "line 7: the code RKB is used already on line 6"},
		{"bad URL", `"https://a.example/fhir"`, `"a.example"`, "line 6: "},
		{"http elsewhere", `"https://a.example/fhir"`, `"http://a.example/fhir"`, "must be https"},
		{"password in URL", `"https://a.example/fhir"`, `"https://u:p@a.example/fhir"`, "line 6: "},
		{"access widened", "issuers:", "access:\n  clinician: [allergies]\n  social-care: [results]\nissuers:", "line 5: social-care does not see the section \"results\": access can be narrowed, not widened"},
		{"access of nobody", "issuers:", "access: {king: []}\nissuers:", "line 3: there is no role \"king\""},
		{"no assurance", "acr: [AAL3_ANY], ", "", "line 4: nothing says how surely people are known"},
		{"secret and key", "client_secret_file: /secret", "client_secret_file: /secret, client_key_file: /key", "line 4: the client proves itself either by"},
		{"organisation no code", "mapping: cis2,", "mapping: cis2, organisations: [R-X],", "line 4: "},
		{"logout elsewhere", "mapping: cis2,", "mapping: cis2, logout: there,", "line 4: logout must be one of provider, here"},
		{"sessions too long", "name: Test,", "name: Test, session_idle: 16m,", "line 1: session_idle must lie between 5m0s and 15m0s"},
		{"sessions that never end", "name: Test,", "name: Test, session_lasts: 11h,", "line 1: session_lasts must lie between 30m0s and 10h0m0s"},
		{"refusals that take too long", "name: Test,", "name: Test, refusal_takes: 3s,", "line 1: refusal_takes must lie between 0s and 2s"},
		{"nobody may search", "name: Test,", "name: Test, budgets: {user: {searches: 0}},", "line 1: searches of a budget must be 1 or more"},
		{"unknown key", "kind: acute, url: \"http://l", "colour: blue, kind: acute, url: \"http://l", "line 7: field colour is not a key that is known here"},
		{"unknown kind", "name: B, kind: acute", "name: B, kind: shop", "line 7: there is no kind of organisation \"shop\""},
		{"unknown section", "url: \"http://l", "sections: [feet], url: \"http://l", "line 7: there is no section \"feet\""},
		{"bad code", "code: RLT", "code: R-LT", "line 7: "},
		{"no practices", "[Y99001]", "[]", "nobody would be included"},
		{"deadline that is none", "url: \"http://l", "deadline: soon, url: \"http://l", "line 7"},
		{"nothing proves who asks for demographics", ", access: application-restricted, oauth: {token_url: \"https://token.example\", client_id: icr, key_file: /key}", "", "line 2: access is missing"},
		{"demographics without a token", ", oauth: {token_url: \"https://token.example\", client_id: icr, key_file: /key}", "", "line 2: access: application-restricted needs oauth"},
		{"oauth for nothing", "access: application-restricted, ", "", "line 2: oauth goes with access"},
		{"unknown access", "application-restricted", "anybody", "line 2: access must be one of application-restricted, user-restricted"},
		{"whose users", "application-restricted", "user-restricted", "line 2: issuer must be the id of the issuer"},
		{"an issuer for nothing", "application-restricted", "application-restricted, issuer: cis2", "line 2: issuer goes with access: user-restricted"},
		{"no such rule", "partners:", "monitoring: {rules: {nonsense: {off: true}}}\npartners:", "line 5: there is no rule \"nonsense\""},
		{"no such limit", "partners:", "monitoring: {rules: {own-record: {least: 1}}}\npartners:", "line 5: the rule own-record has no least"},
		{"no such severity", "partners:", "monitoring: {notify: loud}\npartners:", "line 5: there is no severity \"loud\""},
		{"a webhook without a key", "partners:", "monitoring: {webhook: \"https://siem.example\"}\npartners:", "line 5: webhook and webhook_key_file go together"},
		{"a webhook in clear", "partners:", "monitoring: {webhook: \"http://siem.example\", webhook_key_file: /k}\npartners:", "line 5: \"http://siem.example\" must be https"},
		{"a contact that is none", "partners:", "monitoring: {contacts: {RKB: nobody}}\npartners:", "line 5: "},
		{"not YAML", "programme:", "programme: [", "line "},
		{"residents told nothing", "partners:", "residents: {people: adults}\npartners:", "line 5: residents: retention is missing"},
		{"residents told at a wrong address", "partners:", "residents:\n  people: adults\n  regulator: {website: ico}\npartners:", "line 7: residents: \"ico\" is not an https address"},
		{"in one request of an exchange", "url: \"http://l", "ask: in-one-request, exchange: true, url: \"http://l", "line 7: ask: in-one-request is for an organisation's own FHIR server"},
		{"live question of an exchange", "url: \"http://l", "live_question: true, exchange: true, url: \"http://l", "line 7: live_question is for an organisation's own FHIR server"},
		{"launch by nothing", "partners:", "launches:\n  - {id: epr, name: EPR, organisation: RKB, issuer: cis2}\npartners:", "line 6: nothing says how this system opens the viewer"},
		{"launch at a stranger's", "partners:", "launches:\n  - {id: epr, name: EPR, organisation: RKB, issuer: other, fhir: \"https://e.example\"}\npartners:", "line 6: issuer is the id of one of issuers"},
		{"launch in clear", "partners:", "launches:\n  - {id: epr, name: EPR, organisation: RKB, issuer: cis2, fhir: \"http://e.example\"}\npartners:", "must be https"},
		{"tokens without keys", "partners:", "launches:\n  - {id: epr, name: EPR, organisation: RKB, issuer: cis2, token_issuer: \"https://e.example\"}\npartners:", "line 6: token_issuer and token_keys_file go together"},
		{"tokens to no key", "partners:", "launches:\n  - {id: epr, name: EPR, organisation: RKB, issuer: cis2, token_issuer: \"https://e.example\", token_keys_file: /k}\npartners:", "programme needs launch_key_file"},
		{"two launches alike", "partners:", "launches:\n  - {id: a, name: EPR, organisation: RKB, issuer: cis2, fhir: \"https://e.example\"}\n  - {id: b, name: EPR, organisation: RKB, issuer: cis2, fhir: \"https://e.example\"}\npartners:", "line 7: another entry has the same"},
		{"practices without {ods}", "kind: acute, url: \"http://l", "kind: gp, url: \"http://l", "needs {ods}"},
	} {
		text := strings.Replace(good, test.from, test.to, 1)
		_, err := parseProgramme(text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "main.") {
			t.Errorf("%s names a Go type: %v", test.name, err)
		}
	}
}

// Who may view is configured apart from who supplies; and whoever does neither
// has nobody who could sign in.
func TestViewingOrganisationsAreConfiguredApart(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(good, "/secret", secret) + "organisations: [{code: RRK, name: Birmingham, kind: acute}]\n"
	text = strings.Replace(text, `url: "http://l`, `views: false, url: "http://l`, 1)
	p, err := parseProgramme(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.issuers(); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[nhs.ODSCode]bool{"QWU": true, "RRK": true, "RKB": true, "RLT": false, "RXX": false} {
		if got := p.mayView()[code]; got != want {
			t.Errorf("%s may view: %t", code, got)
		}
	}
	for _, e := range p.Partners {
		if e.Code == "RRK" {
			t.Error("who only views is asked")
		}
	}
	for from, want := range map[string]string{"organisation: RXX": "line 4: the people of RXX may not view", "organisations: [RKB, RLT]": "line 4: the people of RLT may not view"} {
		p, err := parseProgramme(strings.Replace(text, "mapping: cis2,", "mapping: cis2, "+from+",", 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.issuers(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", from, err)
		}
	}
	if _, err := parseProgramme(strings.Replace(text, "code: RRK", "code: RKB", 1)); err == nil || !strings.Contains(err.Error(), "is used already") {
		t.Errorf("who supplies is named again as one that only views: %v", err)
	}
}

func TestBudgetsAreTheUsualButForWhatIsNamed(t *testing.T) {
	p, err := parseProgramme(strings.Replace(good, "name: Test,", "name: Test, budgets: {user: {patients: 7}, organisation: {searches: 8}},", 1))
	if err != nil {
		t.Fatal(err)
	}
	want := access.UsualBudgets
	want.User.Patients, want.Organisation.Searches = 7, 8
	if got := p.budgets(); got != want || p.Programme.RefusalTakes != leastRefusal {
		t.Errorf("%+v, %v", got, p.Programme.RefusalTakes)
	}
}

func TestP10_EveryFaultIsReportedAtOnce(t *testing.T) {
	_, err := readSettings(func(name string) string {
		return map[string]string{"ICR_ADDRESS": "nonsense", "ICR_DATABASE_URL": "mysql://user:hunter2@db"}[name]
	})
	if err == nil {
		t.Fatal("no fault")
	}
	for _, name := range []string{"ICR_ADDRESS", "ICR_OPS_ADDRESS", "ICR_PUBLIC_URL", "ICR_DATABASE_URL", "ICR_DESK_DATABASE_URL", "ICR_MONITOR_DATABASE_URL", "ICR_SECRET_FILE", "ICR_PROGRAMME_FILE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the password is in the message")
	}
}

func TestP10_ImportsRefuseBadLinesByNumber(t *testing.T) {
	const header = "nhs_number,organisation,kind,source_id,starts,ends\n"
	columns := []string{"nhs_number", "organisation", "kind", "source_id", "starts", "ends"}
	for _, test := range []struct {
		text string
		want []string
	}{
		{"\ufeff" + header + "999 000 0018,RKB,episode,1,2026-01-01T00:00:00Z,\n", nil},
		{header + "9990000019,RKB,episode,1,2026-01-01T00:00:00Z,\n9990000018,RKB,neighbour,1,2026-01-01T00:00:00Z,\n9990000018,RKB,episode,,yesterday,\n", []string{"line 2", "line 3", "line 4", "neighbour", "source_id is missing", "starts must be like"}},
		{header + "9990000018,RKB\n", []string{"line 2"}},
		{"nhs_number,organisation\n", []string{"line 1: the column kind is missing"}},
		{"", []string{"no header line"}},
	} {
		all, err := readLines(strings.NewReader(test.text), columns, relationship)
		if (err == nil) != (test.want == nil) || err == nil && len(all) != 1 {
			t.Errorf("%q: %d, %v", test.text, len(all), err)
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not said: %v", want, err)
			}
		}
		if err != nil && strings.Contains(err.Error(), "9990000019") {
			t.Error("P9: the message quotes the number")
		}
	}
}

func TestADryRunImportsNothing(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"good.csv":  {"nhs_number,organisation,kind,source_id,starts,ends,team\n9990000018,RKB,caseload,1,2026-01-01T00:00:00Z,,T7\n", "1 relationships; nothing was imported"},
		"twice.csv": {"nhs_number,organisation,kind,source_id,starts,ends\n9990000018,RKB,episode,1,2026-01-01T00:00:00Z,\n9990000026,RKB,episode,1,2026-01-01T00:00:00Z,\n", "the same source id"},
		"told.csv":  {"nhs_number,organisation,kind,source_id,starts,ends,updated\n9990000018,RKB,episode,1,2026-01-01T00:00:00Z,,yesterday\n", "updated must be like"},
		"team.csv":  {"nhs_number,organisation,kind,source_id,starts,ends\n9990000018,RKB,caseload,1,2026-01-01T00:00:00Z,\n", "team is missing"},
		"good.json": {`{"resourceType":"Bundle","entry":[]}`, "0 relationships; nothing was imported"},
		"bad.json":  {`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Encounter"}}]}`, "entry 1, Encounter"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := run(t.Context(), []string{"import", "relationships", "--dry-run", path}, func(string) string { return "" }, &out)
		if said := fmt.Sprint(out.String(), err); !strings.Contains(said, test.want) {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestUnknownCommandsSayWhichThereAre(t *testing.T) {
	for _, args := range [][]string{nil, {"server"}, {"import"}, {"import", "sheep", filepath.Join(t.TempDir(), "x")}} {
		err := run(t.Context(), args, os.Getenv, &bytes.Buffer{})
		if err == nil {
			t.Errorf("%v did something", args)
		}
	}
}

func TestFilesOfLaunches(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	set := write("keys.json", `{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`)
	key := write("key.pem", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEILSUOOVuGHmUXpgqxlhbZmzXLKkvFyvYWeJ4Pi9cV4sKoAoGCCqGSM49\n-----END EC PRIVATE KEY-----\n")
	with := func(keys, own string) string {
		text := strings.Replace(good, "name: Test,", "name: Test, launch_key_file: "+own+",", 1)
		return strings.Replace(text, "partners:", "launches:\n  - {id: epr, name: EPR, organisation: RKB, issuer: cis2, fhir: \"https://e.example\", token_issuer: \"https://e.example\", token_keys_file: "+keys+"}\npartners:", 1)
	}
	for name, test := range map[string]struct{ keys, own, want string }{
		"no key of ours":    {set, key, "line 1: " + key},
		"no file of ours":   {set, dir + "/none", "line 1: open"},
		"no keys of theirs": {key, key, "line 6: " + key + ": it is no JSON Web Key Set"},
	} {
		p, err := parseProgramme(with(test.keys, test.own))
		if err != nil {
			t.Fatal(err)
		}
		desk, err := p.launches()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if s := desk.Systems[0]; s.Issuer != "https://id.example" || s.HTTP == nil || (s.Keys == nil) != (test.keys != set) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestP10_ClientKeysThatWillNotDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "no private key in PEM form", "/no/such/key": "no such file"} {
		p, err := parseProgramme(strings.Replace(good, "client_secret_file: /secret", "client_key_file: "+path, 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.issuers(); err == nil || !strings.Contains(err.Error(), "line 4: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
