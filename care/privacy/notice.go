package privacy

import (
	"fmt"
	"time"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Notice tells an officer outside this program that there is an alert. It
// says nothing about anybody: its reader signs in to learn more.
type Notice struct {
	Alert        uuid.UUID
	Reference    string // of the event
	Rule         Name
	Severity     Severity
	Organisation nhs.ODSCode
	At           time.Time
	To           string // an e-mail address, or the address of a webhook
	Hook         bool
	Attempts     int
}

// Page is where the alert is read.
func (n Notice) Page(publicURL string) string {
	return publicURL + "/privacy/cases/" + n.Alert.String()
}

// Letter is the notice as an e-mail.
func (n Notice) Letter(programme, publicURL string) (subject, text string) {
	return fmt.Sprintf("%s: an alert needs review (%s)", programme, n.Reference), fmt.Sprintf(`An alert of %s needs review.

Reference: %s
Severity: %s

Sign in as a privacy officer to read it:
%s

This message names nobody. Do not answer it.
`, programme, n.Reference, n.Severity, n.Page(publicURL))
}

// Posted is the notice as a webhook gets it, as JSON.
type Posted struct {
	Alert        string    `json:"alert"`
	Reference    string    `json:"reference"`
	Rule         Name      `json:"rule"`
	Severity     string    `json:"severity"`
	Organisation string    `json:"organisation"`
	At           time.Time `json:"at"`
	URL          string    `json:"url"`
}

// Posted is n as a webhook gets it.
func (n Notice) Posted(publicURL string) Posted {
	return Posted{n.Alert.String(), n.Reference, n.Rule, n.Severity.String(), string(n.Organisation), n.At.UTC(), n.Page(publicURL)}
}
