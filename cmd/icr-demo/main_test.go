package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		args, port, bundles string
		want                options
		fault               string
	}{
		{args: "run", want: options{command: "run", port: 8080}},
		{args: "run", port: "9000", bundles: "b", want: options{command: "run", port: 9000, bundles: "b"}},
		{args: "run -port 9001 --bundles c", port: "9000", bundles: "b", want: options{command: "run", port: 9001, bundles: "c"}},
		{args: "people", bundles: "b", want: options{command: "people", port: 8080}},
		{args: "people --json -port=9002", want: options{command: "people", port: 9002, json: true}},
		{args: "run", port: "http", fault: `PORT is "http"`},
		{args: "run -port x", fault: "invalid value"},
		{args: "run -json", fault: "not defined"},
		{args: "run here", fault: `"here" is one word too many`},
		{args: "walk", fault: `no command "walk"`},
		{args: "stop RLT", want: options{command: "stop", port: 8080, partner: "RLT"}},
		{args: "start -port 9003 RLT", want: options{command: "start", port: 9003, partner: "RLT"}},
		{args: "stop", fault: "no code"},
		{args: "start RLT RKB", fault: `"RKB" is one word too many`},
		{args: "run -help", fault: "help requested"},
		{args: "help", fault: "help requested"},
	} {
		got, err := parse(strings.Fields(test.args), func(name string) string {
			return map[string]string{"PORT": test.port, "BUNDLES": test.bundles}[name]
		})
		switch {
		case test.fault == "" && (err != nil || got != test.want):
			t.Errorf("%s: %+v, %v, want %+v", test.args, got, err, test.want)
		case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
			t.Errorf("%s: %v, want %q", test.args, err, test.fault)
		}
	}
}

func TestRunSaysHowToUseIt(t *testing.T) {
	nothing := func(string) string { return "" }
	for _, args := range [][]string{nil, {"walk"}, {"run", "-x"}} {
		var out bytes.Buffer
		if err := run(t.Context(), args, nothing, &out); err == nil || !strings.Contains(err.Error(), "usage: icr-demo") {
			t.Errorf("%v: %v", args, err)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"help"}, nothing, &out); err != nil || !strings.Contains(out.String(), "usage: icr-demo") {
		t.Errorf("%s, %v", out.String(), err)
	}
}

func TestPeopleOfTheBuiltInTown(t *testing.T) {
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	if err := run(t.Context(), []string{"people", "-json"}, func(string) string { return "" }, &out); err != nil || !strings.Contains(out.String(), `"nhs_number": "999`) {
		t.Errorf("%s, %v", out.String(), err)
	}
}
