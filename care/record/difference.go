package record

import "fmt"

// Difference is a detail in which the demographics that a partner holds differ
// from the demographics service's. It may be a former name: it is for the
// safety officers alone, it is no part of a Contribution, and it does not print.
type Difference struct{ What, Ours, Theirs string }

const maskedDifference = "[difference]"

// String returns a mask.
func (Difference) String() string { return maskedDifference }

// Format prints a mask for every verb.
func (Difference) Format(f fmt.State, _ rune) { fmt.Fprint(f, maskedDifference) }

// MarshalText returns a mask, for JSON, logs and whatever else marshals.
func (Difference) MarshalText() ([]byte, error) { return []byte(maskedDifference), nil }
