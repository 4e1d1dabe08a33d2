package spine

import (
	"encoding/json"
	"net/http"
)

// fault is one of the errors that the Personal Demographics Service
// publishes.
type fault struct {
	status                                      int
	severity, issue, code, display, diagnostics string
}

var (
	invalidID   = fault{http.StatusBadRequest, "error", "value", "INVALID_RESOURCE_ID", "Resource Id is invalid", ""}
	notFound    = fault{http.StatusNotFound, "information", "not-found", "RESOURCE_NOT_FOUND", "Resource not found", ""}
	unsupported = fault{http.StatusBadRequest, "error", "processing", "UNSUPPORTED_SERVICE", "Unsupported Service", ""}
	noRequestID = fault{http.StatusPreconditionFailed, "error", "structure", "PRECONDITION_FAILED", "Required condition was not fulfilled", "Invalid request with error - X-Request-ID header must be supplied to access this resource"}
	tooFew      = fault{http.StatusBadRequest, "error", "required", "MISSING_VALUE", "Required value is missing", "Not enough search parameters were provided to be able to make a search"}
	tooMany     = fault{http.StatusOK, "information", "multiple-matches", "TOO_MANY_MATCHES", "Too Many Matches", ""}
)

func invalidParameter(name string) fault {
	return fault{http.StatusBadRequest, "error", "value", "INVALID_SEARCH_DATA", "Search data is invalid", "Invalid value in field '" + name + "'"}
}

func unknownParameter(name string) fault {
	return fault{http.StatusBadRequest, "error", "invariant", "ADDITIONAL_PROPERTIES", "Additional properties should not be included", "Invalid search data provided - '" + name + "' is not a search parameter"}
}

// outcome answers with a fault.
func outcome(f fault) answer {
	issue := map[string]any{
		"severity": f.severity, "code": f.issue,
		"details": map[string]any{"coding": []any{map[string]any{
			"system": "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode", "version": "1", "code": f.code, "display": f.display,
		}}},
	}
	if f.diagnostics != "" {
		issue["diagnostics"] = f.diagnostics
	}
	body, _ := json.Marshal(map[string]any{"resourceType": "OperationOutcome", "issue": []any{issue}}) // strings always marshal
	return answer{status: f.status, body: body}
}
