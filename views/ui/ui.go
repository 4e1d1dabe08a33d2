// Package ui has the components of the NHS design system that the pages use,
// with its markup (nhsuk-frontend 10.6.1), and the one function that escapes
// text written without templ.
package ui

import (
	"slices"
	"strconv"
)

// FieldError is what is wrong with one field of a form, in words that say what
// to do. Field is the field's name.
type FieldError struct{ Field, Message string }

// Errors are what is wrong with a form, in the order of its fields.
type Errors []FieldError

// For returns the message for a field, or none.
func (e Errors) For(field string) string {
	for _, problem := range e {
		if problem.Field == field {
			return problem.Message
		}
	}
	return ""
}

// Leading returns the errors as a summary lists them: an error of a whole date
// leads to its day.
func (e Errors) Leading(dates ...string) Errors {
	leading := slices.Clone(e)
	for i := range leading {
		if slices.Contains(dates, leading[i].Field) {
			leading[i].Field += "-day"
		}
	}
	return leading
}

// Option is one choice of several.
type Option struct{ Value, Text, Hint string }

// optionID is the id of the nth radio: the first bears the bare name, so that
// an error summary can lead to it.
func optionID(name string, n int) string {
	if n == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(n+1)
}

// describedBy are the ids of what explains a field.
func describedBy(id, hint, problem string) string {
	switch {
	case hint != "" && problem != "":
		return id + "-hint " + id + "-error"
	case hint != "":
		return id + "-hint"
	case problem != "":
		return id + "-error"
	}
	return ""
}

func groupClass(problem string) string {
	if problem != "" {
		return "nhsuk-form-group nhsuk-form-group--error"
	}
	return "nhsuk-form-group"
}
