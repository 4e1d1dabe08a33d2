package audit

import "time"

// Alerts reports whether every event of kind k is an alert.
func (k Kind) Alerts() bool {
	return k == Claimed || k == GlassBroken || k == SensitiveOpened || k == OverBudget
}

// Owed is an emergency access of which its user has still to say why.
type Owed struct {
	Reference    string
	Organisation string
	At           time.Time
}
