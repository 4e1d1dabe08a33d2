package fhir

import (
	"cmp"
	"slices"

	"example.org/icr/care/record"
)

// GP systems send a medicine three times over: the MedicationStatement that is
// the line of the medicines list, the MedicationRequest that authorises it,
// and one for each time it was issued. Here they become one entry again, as
// long as they do not differ in what matters.

// basis is what a medicine says that it is based on.
type basis struct {
	item      record.Item
	addresses []string // its own
	on        []string
}

// based notes on what the entry just made is based, under which addresses it
// is known itself.
func (p *page) based(e *record.Entry) {
	r := p.r
	switch r.resourceType {
	case "MedicationStatement", "MedicationRequest":
	default:
		return
	}
	b := basis{item: e.Item}
	if r.id != "" {
		b.addresses = append(b.addresses, r.resourceType+"/"+r.id)
	}
	if r.url != "" {
		b.addresses = append(b.addresses, r.url)
	}
	for _, to := range r.bases {
		b.on = append(b.on, unversioned(to.to))
	}
	p.bases = append(p.bases, b)
}

// lists is what joins the medicines of one answer.
type lists struct {
	result  *Result
	at      map[record.Item]int // in result.Entries, -1 where two items are called the same
	called  map[string][]basis  // prescriptions by their own address
	basedOn map[string][]basis  // prescriptions by what they are based on
	secret  map[record.Item]bool
	tried   map[string]bool // addresses of prescriptions: each is looked at once
	gone    map[int]bool
	reasons []string // of what is part of the entry at hand
}

// joinMedicines makes prescriptions and their issues part of the medicine that
// they belong to.
func (r *Result) joinMedicines(bases []basis) {
	listed := func(b basis) bool { return b.item.Type == "MedicationStatement" && len(b.on) > 0 }
	if !slices.ContainsFunc(bases, listed) {
		return
	}
	l := lists{
		result: r, at: map[record.Item]int{}, called: map[string][]basis{}, basedOn: map[string][]basis{},
		secret: map[record.Item]bool{}, tried: map[string]bool{}, gone: map[int]bool{},
	}
	for _, item := range r.Sensitive {
		l.secret[item] = true
	}
	indexed := map[record.Item]bool{}
	for _, b := range bases {
		if !indexed[b.item] { // a page may repeat it
			l.index(b)
		}
		indexed[b.item] = true
	}
	for i := range r.Entries {
		if _, twice := l.at[r.Entries[i].Item]; twice {
			l.at[r.Entries[i].Item] = -1
			continue
		}
		l.at[r.Entries[i].Item] = i
	}
	for _, b := range bases {
		if at, ok := l.at[b.item]; ok && at >= 0 && listed(b) {
			l.join(&r.Entries[at], b)
		}
	}
	l.drop()
}

func (l *lists) index(b basis) {
	if b.item.Type != "MedicationRequest" {
		return
	}
	for _, address := range b.addresses {
		l.called[address] = append(l.called[address], b)
	}
	for _, address := range b.on {
		l.basedOn[address] = append(l.basedOn[address], b)
	}
}

// join takes into e the prescriptions that it is based on, and their issues,
// the newest first.
func (l *lists) join(e *record.Entry, b basis) {
	l.reasons = append(l.reasons[:0], e.Reason)
	for _, address := range b.on {
		if l.tried[address] || len(l.called[address]) != 1 {
			continue
		}
		l.tried[address] = true
		plan := l.called[address][0]
		if at, ok := l.free(e, plan); ok && l.result.Entries[at].Standing == e.Standing {
			l.authorise(e, at)
		}
		for _, at := range l.issues(e, plan) {
			l.issue(e, at)
		}
	}
	e.Reason = joined("; ", l.reasons...)
}

func (l *lists) issues(e *record.Entry, plan basis) (issues []int) {
	met := map[int]bool{}
	for _, address := range plan.addresses {
		for _, issue := range l.basedOn[address] {
			if at, ok := l.free(e, issue); ok && !met[at] {
				met[at] = true
				issues = append(issues, at)
			}
		}
	}
	slices.SortStableFunc(issues, func(a, b int) int {
		return l.result.Entries[b].When.Compare(l.result.Entries[a].When)
	})
	return issues
}

// free is where the prescription is, if it may become part of e: one that
// differs or is sensitive stays an entry of its own.
func (l *lists) free(e *record.Entry, b basis) (int, bool) {
	at, ok := l.at[b.item]
	if !ok || at < 0 || l.gone[at] || l.secret[b.item] || l.secret[e.Item] {
		return 0, false
	}
	return at, agrees(e, &l.result.Entries[at])
}

// agrees reports whether a prescription says nothing else about a medicine
// than the list does: one that is on hold, stopped or cancelled does. An issue
// is completed when it has been made.
func agrees(e, prescribed *record.Entry) bool {
	return e.What.Words() == prescribed.What.Words() && e.Assertion == prescribed.Assertion && e.Section == prescribed.Section &&
		(prescribed.Dose == "" || fullerDose(e.Dose, prescribed.Dose) != "") &&
		(e.Status == prescribed.Status || prescribed.Status == "completed")
}

// fullerDose is, of two doses that are the same or of which one has more beside
// it, the one that says more; and else empty.
func fullerDose(a, b string) string {
	alone, other := record.DoseAlone(a), record.DoseAlone(b)
	switch {
	case a == b, alone == other && other == b:
		return a
	case alone == other && alone == a:
		return b
	}
	return ""
}

// issue makes one issue a part of e.
func (l *lists) issue(e *record.Entry, at int) {
	issue := &l.result.Entries[at]
	e.Dose = cmp.Or(fullerDose(e.Dose, issue.Dose), e.Dose)
	if issue.When.Compare(e.Issued) > 0 {
		e.Issued = issue.When
	}
	by := issue.By
	if by == e.By {
		by = ""
	}
	said := joined(", ", issue.When.String(), joined(", ", fresh(issue.Notes, e.Notes)...), prefixed("by ", by))
	e.Parts = append(e.Parts, record.Part{Name: "Issued", Value: said})
	l.took(e, at)
}

// authorise adds to e what only its prescription says.
func (l *lists) authorise(e *record.Entry, at int) {
	plan := &l.result.Entries[at]
	e.Dose = cmp.Or(fullerDose(e.Dose, plan.Dose), e.Dose)
	e.Notes = append(e.Notes, fresh(plan.Notes, e.Notes)...)
	e.By, e.At = joined(", ", e.By, plan.By), joined(", ", e.At, plan.At)
	if e.Until.IsZero() {
		e.Until = plan.Until
	}
	e.Course = cmp.Or(e.Course, plan.Course)
	l.took(e, at)
}

func (l *lists) took(e *record.Entry, at int) {
	taken := &l.result.Entries[at]
	l.reasons = append(l.reasons, taken.Reason)
	e.Aside = append(e.Aside, taken.Aside...)
	e.Also = append(e.Also, taken.Item)
	l.gone[at] = true
	l.result.Joined++
}

// fresh are the texts that are not among those already said.
func fresh(texts, said []string) (out []string) {
	for _, text := range texts {
		if !slices.Contains(said, text) {
			out = append(out, text)
		}
	}
	return out
}

// drop takes out the entries that are now part of others.
func (l *lists) drop() {
	if len(l.gone) == 0 {
		return
	}
	kept := l.result.Entries[:0]
	for i := range l.result.Entries {
		if !l.gone[i] {
			kept = append(kept, l.result.Entries[i])
		}
	}
	clear(l.result.Entries[len(kept):])
	l.result.Entries = kept
}
