package fhir

import (
	"cmp"
	"io"
	"strings"

	"example.org/icr/care/record"
)

// Issue is what a source says about its own answer.
type Issue struct {
	Severity string         // fatal, error, warning, information
	Code     string         // of FHIR, like timeout or not-supported, or of a warning on a list
	Spine    string         // of the national services, like TOO_MANY_MATCHES
	Text     string         // meant for the user
	Section  record.Section // that it is about, empty for the whole answer
	Source   Provider       // whom it is about, where one partner answers for several
}

// Serious reports whether the issue says that something failed.
func (i Issue) Serious() bool { return i.Severity == "error" || i.Severity == "fatal" }

// Outcome is an OperationOutcome that came in place of an answer.
type Outcome struct{ Issues []Issue }

// Error names the codes, without any text of the source.
func (o *Outcome) Error() string {
	codes := []string{}
	for _, issue := range o.Issues {
		codes = append(codes, cmp.Or(issue.Spine, issue.Code, "no code"))
	}
	return "outcome " + joined(", ", codes...)
}

// Has reports whether o has the Spine code.
func (o *Outcome) Has(spine string) bool {
	for _, issue := range o.Issues {
		if issue.Spine == spine {
			return true
		}
	}
	return false
}

// DecodeOutcome reads an OperationOutcome.
func DecodeOutcome(r io.Reader) (*Outcome, error) {
	c, kind, err := readWhole(r)
	if err != nil {
		return nil, err
	}
	if kind != "OperationOutcome" {
		return nil, broken("no OperationOutcome")
	}
	return &Outcome{readIssues(c)}, nil
}

// mostIssues is how much a partner may say about one answer.
const mostIssues = 200

// told takes what the partner says about its answer. Where that is too much,
// the answer is incomplete.
func (p *page) told(issues []Issue) {
	for _, issue := range issues {
		if p.answer.issues.Add(-1) < 0 {
			p.incomplete = true
			return
		}
		if !p.answer.tagged {
			issue.Source = Provider{}
		}
		p.issues = append(p.issues, issue)
	}
}

// readIssues reads the issues of the OperationOutcome that comes next.
func readIssues(c *cursor) (issues []Issue) {
	var about resource
	c.members(func(name []byte) {
		switch string(name) {
		case "issue":
			issues = c.issues()
		case "meta":
			about.readMeta(c)
		}
	})
	for i := range issues {
		issues[i].Source = about.provider()
	}
	return issues
}

func (c *cursor) issues() (issues []Issue) {
	c.each(func() {
		var issue Issue
		c.members(func(name []byte) {
			switch string(name) {
			case "severity":
				issue.Severity = c.code()
			case "code":
				issue.Code = c.code()
			case "diagnostics":
				issue.Section = parameterSections[c.text()]
			case "details":
				details := c.concept()
				issue.Text = details.Words()
				for _, coding := range details.Codings {
					if strings.Contains(coding.System, "Spine-ErrorOrWarningCode") {
						issue.Spine = coding.Code
					}
				}
			}
		})
		issues = append(issues, issue)
	})
	return issues
}
