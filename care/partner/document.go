package partner

import (
	"cmp"
	"context"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Content is a document as its partner sent it.
type Content struct {
	Type  string // as declared
	Bytes []byte
}

// Document returns the content of one document that was gathered in v. It
// works once.
func (n *Network) Document(ctx context.Context, v *audit.Viewing, e record.Entry) (Content, error) {
	if err := v.Fetching(); err != nil {
		return Content{}, err
	}
	p, ok := n.named(cmp.Or(e.Via, e.From))
	if !ok || e.Document == nil {
		return Content{}, ErrNotHeld
	}
	ctx, cancel := context.WithTimeout(ctx, p.Deadline)
	defer cancel()
	return n.guards.of(p, n.now).document(ctx, n.query(v, p), *e.Document)
}

func (n *Network) named(code nhs.ODSCode) (Partner, bool) {
	if p, ok := n.practices[code]; ok {
		return p, true
	}
	for _, p := range n.partners {
		if p.Code == code {
			return p, true
		}
	}
	return Partner{}, false
}
