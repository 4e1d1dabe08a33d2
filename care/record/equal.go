package record

import (
	"bytes"
	"slices"
)

// Equal reports whether two entries say the same, word for word.
func (e *Entry) Equal(o *Entry) bool {
	return e.Item == o.Item && e.Section == o.Section && e.Assertion == o.Assertion && e.Standing == o.Standing && e.Course == o.Course &&
		e.ByPatient == o.ByPatient && e.Abnormal == o.Abnormal && e.NoMedicine == o.NoMedicine && e.From == o.From && e.Via == o.Via && e.Origin == o.Origin &&
		e.Kind == o.Kind && e.What.equal(o.What) && e.Status == o.Status && e.Verification == o.Verification &&
		e.When == o.When && e.WhenMeans == o.WhenMeans && e.Until == o.Until && e.Recorded == o.Recorded && e.Dose == o.Dose && e.Issued == o.Issued &&
		e.Value.equal(o.Value) && e.Quantity == o.Quantity && e.Range == o.Range && e.Flag == o.Flag &&
		e.Severity == o.Severity && e.Criticality == o.Criticality && e.Site == o.Site && e.Reason == o.Reason &&
		e.By == o.By && e.At == o.At && e.Phone == o.Phone && e.Document.equal(o.Document) &&
		slices.Equal(e.Also, o.Also) && slices.Equal(e.Parts, o.Parts) &&
		slices.Equal(e.Reactions, o.Reactions) && slices.Equal(e.Notes, o.Notes) && slices.Equal(e.Replaces, o.Replaces) && slices.Equal(e.Aside, o.Aside)
}

func (c Concept) equal(o Concept) bool {
	return c.Text == o.Text && slices.Equal(c.Codings, o.Codings)
}

func (d *Document) equal(o *Document) bool {
	if d == nil || o == nil {
		return d == o
	}
	return d.ContentType == o.ContentType && d.Size == o.Size && d.URL == o.URL && bytes.Equal(d.Inline, o.Inline)
}
