package fhir

import (
	"strings"

	"example.org/icr/care/record"
)

// runs notes how long a medicine is meant to be taken, and returns it in words.
// The codes are those of FHIR (medicationrequest-course-of-therapy) and of GP
// Connect (CareConnect-PrescriptionType-1).
func (r *resource) runs(course record.Concept) string {
	words := course.Words()
	said := strings.ToLower(words)
	for _, coding := range course.Codings {
		said += " " + strings.ToLower(coding.Code+" "+coding.Display)
	}
	switch {
	case containsAny(said, "acute", "short course", "one-off", "once only"):
		r.course = record.AcuteCourse
	case containsAny(said, "repeat", "continuous", "long term", "seasonal"):
		r.course = record.RepeatCourse
	}
	return words
}

// how notes whether a reading was taken at home, and returns the method in
// words.
func (r *resource) how(method record.Concept) string {
	words := method.Words()
	said := strings.ToLower(words)
	for _, coding := range method.Codings {
		said += " " + strings.ToLower(coding.Display)
	}
	r.byPatient = r.byPatient || containsAny(said, "self", "home")
	return words
}

// measuredAtHome reports whether the patient or a relative is named as the one
// who took a reading.
func (r *resource) measuredAtHome() bool {
	if r.resourceType != "Observation" {
		return false
	}
	for _, by := range r.performers {
		for _, who := range []string{"Patient", "RelatedPerson"} {
			if by.kind == who || strings.HasPrefix(by.to, who+"/") || strings.Contains(by.to, "/"+who+"/") {
				return true
			}
		}
	}
	return false
}

func containsAny(s string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}
