package fhirserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// capabilities answers with the server's CapabilityStatement.
func (s *Server) capabilities() answer {
	type param struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	var resources []any
	for _, kind := range slices.Sorted(maps.Keys(s.types)) {
		params := []param{{"patient", "reference"}, {"patient.identifier", "token"}, {"category", "token"}, {"status", "token"}}
		if datesOf[kind] != nil {
			params = append(params, param{"date", "date"})
		}
		entry := map[string]any{"type": kind, "interaction": []any{map[string]any{"code": "read"}, map[string]any{"code": "search-type"}}}
		if kind == "Patient" {
			params = []param{{"identifier", "token"}}
			entry["operation"] = []any{map[string]any{"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"}}
		}
		entry["searchParam"] = params
		if kind == "MedicationRequest" || kind == "MedicationStatement" {
			entry["searchInclude"] = []string{kind + ":medication"}
		}
		resources = append(resources, entry)
	}
	body, _ := json.Marshal(map[string]any{ // strings always marshal
		"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "date": "2026-11-01",
		"fhirVersion": "4.0.1", "format": []string{"application/fhir+json"},
		"software":       map[string]any{"name": "Demonstration partner: every person here is invented"},
		"implementation": map[string]any{"description": "A partner of the demonstration"},
		"rest":           []any{map[string]any{"mode": "server", "interaction": []any{map[string]any{"code": "batch"}}, "resource": resources}},
	})
	return answer{status: http.StatusOK, body: body, count: 1}
}
