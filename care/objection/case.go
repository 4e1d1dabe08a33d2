package objection

import (
	"time"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Case is what an officer has in hand: a form with what was done about it, or
// an objection that came without a form.
type Case struct {
	ID        uuid.UUID
	Reference string     // public; "" without a form
	Form      *Form      // nil for an objection of a register
	Objection *Objection // nil while there is none, and for a form to withdraw
	Acts      []Act      // oldest first
	Steps     []Step     // of the objection, oldest first
}

// Step is one state that an objection came to.
type Step struct {
	State State
	At    time.Time
	Cause string // reference of the form that brought it there, or the name of a file
}

// Wants is what the case is for.
func (c Case) Wants() Wants {
	if c.Form == nil {
		return ToObject
	}
	return c.Form.Wants
}

// State is where the case stands: where its objection does, once there is one.
func (c Case) State() State {
	if c.Objection != nil {
		return c.Objection.State
	}
	if len(c.Acts) == 0 {
		return Received
	}
	return c.Acts[len(c.Acts)-1].State
}

// InForce reports whether the case is an objection that hides the record.
func (c Case) InForce() bool { return c.Objection != nil && c.Objection.State.InForce() }

// HiddenFrom is when the case first hid the record, or zero if it never did.
func (c Case) HiddenFrom() time.Time {
	for _, s := range c.Steps {
		if s.State.InForce() {
			return s.At
		}
	}
	return time.Time{}
}

// Decided reports whether nothing more is to be decided about the form itself.
func (c Case) Decided() bool { s := c.State(); return s != Received && s != IdentityConfirmed }

// Patient is who the case is about, as far as it is known: as the demographics
// service has them, and else as the form or the register does.
func (c Case) Patient() Patient {
	if t := c.Traced(); t != nil {
		return t.Patient
	}
	if c.Form != nil {
		return c.Form.Patient
	}
	born, _ := ParseDay(c.Objection.Born) // no day, where it cannot be read
	return Patient{c.Objection.Given, c.Objection.Family, born, c.Objection.Patient}
}

// Known reports whether it is known who the case is about, not only what a form
// says.
func (c Case) Known() bool { return c.Objection != nil || c.Traced() != nil }

// Traced is what the demographics service said last, or nil.
func (c Case) Traced() *Traced {
	if a := c.Last(Trace); a != nil {
		return a.Traced
	}
	return nil
}

// Ground is the rule under which the case stands, on a day while it is open.
func (c Case) Ground(today Day) (Ground, error) {
	if c.Objection != nil {
		if a := c.Last(Reask); a != nil {
			return Own, nil // the person has said so themselves
		}
		return c.Objection.Ground, nil
	}
	return c.Form.Ground(c.Patient().Born, today)
}

// Proposed is the act of an officer that waits for another one's, or nil.
func (c Case) Proposed() *Act {
	for i := len(c.Acts) - 1; i >= 0; i-- {
		switch c.Acts[i].Kind {
		case ProposeError, Agree:
			return &c.Acts[i]
		case RejectError, RecordError, Withdraw, Refuse:
			return nil
		}
	}
	return nil
}

// Last is the last act of a kind, or nil.
func (c Case) Last(kind Kind) *Act {
	for i := len(c.Acts) - 1; i >= 0; i-- {
		if c.Acts[i].Kind == kind {
			return &c.Acts[i]
		}
	}
	return nil
}

// Traced is who the demographics service says that a patient is. No address is
// kept.
type Traced struct {
	Patient
	Former     []nhs.Number // numbers that the patient's supersedes
	Restricted bool         // whatever locates them must not be written
	Died       bool
	Differs    []string // what the form says otherwise: "family name"
}

// Officer is who did something, as they were then.
type Officer struct {
	Issuer, Subject, StaffID, Name, Organisation string
	Number                                       nhs.Number // their own, where it is known; not kept
}

// Same reports whether two are the same person: by their sign-in, or by their
// staff id under another one.
func (o Officer) Same(p Officer) bool {
	return o.Issuer == p.Issuer && o.Subject == p.Subject || o.StaffID != "" && o.StaffID == p.StaffID
}

// Kind is the kind of an act.
type Kind string

// The kinds of act.
const (
	Receive      Kind = "received"
	Trace        Kind = "traced"
	Refer        Kind = "referred"
	Judge        Kind = "judged"
	Confirm      Kind = "confirmed"
	Uphold       Kind = "upheld"
	Refuse       Kind = "refused"
	Agree        Kind = "agreed"
	Withdraw     Kind = "withdrawn"
	ProposeError Kind = "error-proposed"
	RejectError  Kind = "error-rejected"
	RecordError  Kind = "recorded-in-error"
	Reask        Kind = "asked-again"
	Note         Kind = "note"
)

// Kinds are all kinds, in words.
var Kinds = map[Kind]string{
	Receive: "Form received", Trace: "Looked up in the demographics service", Refer: "Referred to a professional, to judge competence",
	Judge: "Competence judged", Confirm: "Identity confirmed", Uphold: "Objection upheld", Refuse: "Refused",
	Agree: "Withdrawal agreed by a first officer", Withdraw: "Objection withdrawn", ProposeError: "Said to be recorded in error",
	RejectError: "Found not to be in error", RecordError: "Recorded in error", Reask: "Asked again at 16", Note: "Note",
}

// Evidence is a kind of evidence that an officer has seen. No copy is kept.
type Evidence string

// Proof is one kind of evidence: in words, and what of what is owed it answers.
type Proof struct {
	Evidence Evidence
	Words    string
	Owed     Owed
}

// Proofs are all kinds of evidence.
var Proofs = []Proof{
	{"passport", "Passport", OwedIdentity},
	{"driving-licence", "Driving licence", OwedIdentity},
	{"birth-certificate", "Birth certificate, with another document", OwedIdentity},
	{"nhs-login", "NHS login or the practice’s own check", OwedIdentity},
	{"questions", "Answers by telephone that agree with the demographics service", OwedIdentity},
	{"full-birth-certificate", "Full birth or adoption certificate that names the parent", OwedParental},
	{"parental-order", "Court order or parental responsibility agreement", OwedParental},
	{"power-of-attorney", "Registered power of attorney for health and welfare", OwedAuthority},
	{"deputy-order", "Court of Protection order for health and welfare", OwedAuthority},
}

// Act is one thing that was done about a case.
type Act struct {
	N         int // the first is 1
	Kind      Kind
	State     State // in which it leaves the case
	At        time.Time
	By        Officer
	Reference string // of its event on the trail
	Words     string // reasons, a note, or whom a referral went to
	Evidence  []Evidence
	Competent bool      // of a judgement
	Apart     bool      // the officer declares that it is neither theirs nor a relative's
	Traced    *Traced   // of a trace
	Lifts     []Lifting // the objections that a withdrawal ends; not kept with it
}

// Lifting is an objection that a withdrawal ends, as it stood when that was
// decided.
type Lifting struct {
	Objection uuid.UUID
	Steps     int
}

// Changes reports whether a changes what is in force, or when it was.
func (a Act) Changes(c Case) bool {
	if a.Kind == Withdraw {
		return true
	}
	return c.Wants() == ToObject && (a.Kind == Confirm || c.Objection != nil && a.State != c.Objection.State)
}
