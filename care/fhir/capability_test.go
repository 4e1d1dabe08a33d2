package fhir_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

const able = `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"Somebody's server"},"rest":[
	{"mode":"client","resource":[{"type":"Goal"}]},
	{"mode":"server","resource":[
		{"type":"Patient","operation":[{"name":"everything","definition":"http://hl7.org/fhir/OperationDefinition/Patient-everything"}],
		 "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode","valueCode":"get"}]},
		{"type":"AllergyIntolerance","interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[{"name":"patient"}]},
		{"type":"Condition","interaction":[{"code":"read"}]}
	]}]}`

func TestCapability(t *testing.T) {
	c, err := fhir.DecodeCapability(strings.NewReader("\xef\xbb\xbf" + able))
	if err != nil {
		t.Fatal(err)
	}
	release, known := c.Release()
	if release != fhir.R4 || !known || c.Software != "Somebody's server" || !c.Everything || !c.ByGet() || c.ByNumber("AllergyIntolerance") {
		t.Errorf("%+v", c)
	}
	for kind, want := range map[string][2]bool{"AllergyIntolerance": {true, true}, "Condition": {true, false}, "Goal": {false, false}, "Patient": {true, true}} {
		if got := [2]bool{c.Offers(kind), c.Searches(kind)}; got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
	lacks := c.Lacks(fhir.R4, []record.Section{record.Allergies, record.Problems, record.Alerts, record.CarePlans}, record.Acute)
	if !slices.Equal(lacks, []record.Section{record.Alerts, record.CarePlans}) {
		t.Errorf("lacks %v", lacks)
	}
	both, err := fhir.DecodeCapability(strings.NewReader(strings.Replace(able, `"get"`, `"both"`, 1)))
	if err != nil || both.ByGet() {
		t.Errorf("by GET alone, though it says both: %v", err)
	}
}

// What is no CapabilityStatement of a server says nothing about the partner.
func TestNoCapability(t *testing.T) {
	for _, sent := range []string{
		"", "null", "[]", "not JSON", "<html>", `{"resourceType":"Patient"}`, `{"resourceType":"OperationOutcome","issue":[]}`,
		`{"resourceType":"CapabilityStatement"}`, `{"resourceType":"CapabilityStatement","rest":[{"mode":"client","resource":[{"type":"Patient"}]}]}`,
		`{"resourceType":"CapabilityStatement","rest":"none"}`, `{"resourceType":"CapabilityStatement","rest":[{"mode":"server","resource":[{"type":"Goal"}]}]}`,
		strings.Repeat("[", 200_000), `{"resourceType":"CapabilityStatement","x":"` + strings.Repeat(" ", 17<<20) + `"}`,
	} {
		if c, err := fhir.DecodeCapability(strings.NewReader(sent)); !errors.Is(err, fhir.ErrUnreadable) {
			t.Errorf("%.40q: %+v, %v", sent, c, err)
		}
	}
}

// The statements of real organisations are read.
func TestPublishedCapabilities(t *testing.T) {
	files, err := filepath.Glob(corpus + "/partners-sider/*/metadata.json")
	if err != nil || len(files) == 0 {
		t.Log("no CapabilityStatements that others published are here")
		return
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c, err := fhir.DecodeCapability(f)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if release, known := c.Release(); release != fhir.STU3 || !known || !c.Searches("Patient") || c.Everything {
			t.Errorf("%s: %+v", file, c)
		}
	}
}
