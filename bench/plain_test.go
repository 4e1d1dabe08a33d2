package bench

import "encoding/json"

// What encoding/json decodes a record into, to compare with: plain structs
// with the elements that the viewer shows, and no more.

type plainBundle struct {
	ResourceType string `json:"resourceType"`
	Entry        []struct {
		FullURL  string        `json:"fullUrl"`
		Resource plainResource `json:"resource"`
	} `json:"entry"`
}

type (
	plainCoding struct {
		System  string `json:"system"`
		Code    string `json:"code"`
		Display string `json:"display"`
	}
	plainConcept struct {
		Coding []plainCoding `json:"coding"`
		Text   string        `json:"text"`
	}
	plainReference struct {
		Reference string `json:"reference"`
		Display   string `json:"display"`
	}
	plainPeriod struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	plainQuantity struct {
		Value json.Number `json:"value"`
		Unit  string      `json:"unit"`
	}
)

// plainResource is any resource. Elements that are of one shape in one type
// and of another in the next are left as they are.
type plainResource struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Meta         struct {
		VersionID string        `json:"versionId"`
		Security  []plainCoding `json:"security"`
	} `json:"meta"`
	Status             string           `json:"status"`
	Intent             string           `json:"intent"`
	Criticality        string           `json:"criticality"`
	ClinicalStatus     *plainConcept    `json:"clinicalStatus"`
	VerificationStatus *plainConcept    `json:"verificationStatus"`
	Code               *plainConcept    `json:"code"`
	VaccineCode        *plainConcept    `json:"vaccineCode"`
	Medication         *plainConcept    `json:"medicationCodeableConcept"`
	Class              *plainCoding     `json:"class"`
	Type               json.RawMessage  `json:"type"`
	Category           json.RawMessage  `json:"category"`
	Location           json.RawMessage  `json:"location"`
	Subject            *plainReference  `json:"subject"`
	Patient            *plainReference  `json:"patient"`
	Requester          *plainReference  `json:"requester"`
	ServiceProvider    *plainReference  `json:"serviceProvider"`
	Custodian          *plainReference  `json:"custodian"`
	Performer          []plainReference `json:"performer"`
	Author             []plainReference `json:"author"`
	ReasonReference    []plainReference `json:"reasonReference"`
	Participant        []struct {
		Individual *plainReference `json:"individual"`
	} `json:"participant"`
	Onset           string         `json:"onsetDateTime"`
	Abatement       string         `json:"abatementDateTime"`
	RecordedDate    string         `json:"recordedDate"`
	AuthoredOn      string         `json:"authoredOn"`
	Issued          string         `json:"issued"`
	Date            string         `json:"date"`
	Effective       string         `json:"effectiveDateTime"`
	Occurrence      string         `json:"occurrenceDateTime"`
	Period          *plainPeriod   `json:"period"`
	PerformedPeriod *plainPeriod   `json:"performedPeriod"`
	Value           *plainQuantity `json:"valueQuantity"`
	Component       []struct {
		Code  plainConcept   `json:"code"`
		Value *plainQuantity `json:"valueQuantity"`
	} `json:"component"`
	ReferenceRange []struct {
		Low  *plainQuantity `json:"low"`
		High *plainQuantity `json:"high"`
		Text string         `json:"text"`
	} `json:"referenceRange"`
	Reaction []struct {
		Manifestation []plainConcept `json:"manifestation"`
		Severity      string         `json:"severity"`
	} `json:"reaction"`
	Dosage []struct {
		Text string `json:"text"`
	} `json:"dosageInstruction"`
	PresentedForm []plainAttachment `json:"presentedForm"`
	Content       []struct {
		Attachment plainAttachment `json:"attachment"`
	} `json:"content"`
}

type plainAttachment struct {
	ContentType string `json:"contentType"`
	URL         string `json:"url"`
	Data        []byte `json:"data"`
}
