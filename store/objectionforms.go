package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrIncomplete means that a form lacks what Form.Problems asks for.
var ErrIncomplete = errors.New("the form is not complete")

// ReceiveForm keeps a form and e, both or neither, and returns the form's
// public reference. A form that says the same as one that nobody has dealt with
// yet is that one, sent twice: its reference is returned, and nothing is added.
// Nothing is in force by it. The event's words are made here.
func (s *Store) ReceiveForm(ctx context.Context, f objection.Form, e audit.Event) (string, error) {
	if len(f.Problems(objection.DayOf(f.Received))) > 0 {
		return "", ErrIncomplete
	}
	for {
		reference, err := s.receive(ctx, f, e)
		if taken(err) {
			continue // somebody else has drawn the same reference
		}
		if err != nil {
			return "", fmt.Errorf("keeping a form: %w", err)
		}
		return reference, nil
	}
}

// taken reports whether err is a key that is there already.
func taken(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "23505"
}

func (s *Store) receive(ctx context.Context, f objection.Form, e audit.Event) (string, error) {
	id, reference := uuid.Must(uuid.NewV7()), objection.NewReference()
	kept := keepForm(f)
	says, err := json.Marshal(kept, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	same := s.mark("form ", says)
	sealed, err := s.seal.seal(kept, "form "+id.String())
	if err != nil {
		return "", err
	}
	e.Words = "Form " + reference + " received: " + objection.RouteWords[f.Route]
	before := ""
	err = durable(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(binary.BigEndian.Uint64(same[:8])>>2)); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `
			SELECT reference FROM objection_forms f
			WHERE same = $1 AND NOT EXISTS (SELECT FROM objection_acts a WHERE a.objection = f.id AND a.n > 1)`, same).Scan(&before)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO objection_forms (id, reference, received, wants, asks, route, same, about, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			[16]byte(id), reference, f.Received, f.Wants, f.Asks, f.Route, same, s.about(f.Patient.Number), sealed)
		if err != nil {
			return err
		}
		first := objection.Act{N: 1, Kind: objection.Receive, State: objection.Received, At: e.At, Reference: e.Reference, By: officerOf(e.Actor)}
		if err := s.addAct(ctx, tx, id, first); err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil || before != "" {
		return before, err
	}
	return reference, nil
}

// mark is a hash that is equal for what is the same, and of no use to guess by
// to whoever lacks the secret.
func (s *Store) mark(kind string, what []byte) []byte {
	mac := hmac.New(sha256.New, s.seal.marks)
	mac.Write(append([]byte(kind), what...))
	return mac.Sum(nil)
}

// about is the mark of a patient's number, or nothing.
func (s *Store) about(n nhs.Number) []byte {
	if n.IsZero() {
		return nil
	}
	return s.mark("form about ", []byte(n.Digits()))
}

func officerOf(a audit.Actor) objection.Officer {
	return objection.Officer{Issuer: a.Issuer, Subject: a.Subject, StaffID: a.StaffID, Name: a.Name, Organisation: string(a.Organisation)}
}

// addAct adds an act to a case. One whose number is taken came after somebody
// else's.
func (s *Store) addAct(ctx context.Context, tx pgx.Tx, id uuid.UUID, a objection.Act) error {
	sealed, err := s.seal.seal(keepAct(a), actLabel(id, a.N))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO objection_acts (objection, n, at, kind, state, reference, issuer, subject, staff_id, staff_name, organisation, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		[16]byte(id), a.N, a.At, a.Kind, a.State, a.Reference, a.By.Issuer, a.By.Subject, a.By.StaffID, a.By.Name, a.By.Organisation, sealed)
	return err
}

func actLabel(id uuid.UUID, n int) string { return fmt.Sprintf("act %s %d", id, n) }

// keptForm is a form as it is sealed.
type keptForm struct {
	Wants                           objection.Wants
	Asks                            objection.Asks
	Route                           objection.Route
	Patient                         keptPatient
	ApplicantGiven, ApplicantFamily string
	Relation                        objection.Relation
	Address                         []string
	Postcode, Phone, Statement      string
}

type keptPatient struct{ Given, Family, Born, Number string }

func keepForm(f objection.Form) keptForm {
	return keptForm{
		f.Wants, f.Asks, f.Route, keepPatient(f.Patient), f.Applicant.Given, f.Applicant.Family, f.Applicant.Relation,
		f.Address, f.Postcode, f.Phone, f.Statement,
	}
}

func (k keptForm) form() (f objection.Form, err error) {
	f = objection.Form{
		Wants: k.Wants, Asks: k.Asks, Route: k.Route, Applicant: objection.Applicant{Given: k.ApplicantGiven, Family: k.ApplicantFamily, Relation: k.Relation},
		Address: k.Address, Postcode: k.Postcode, Phone: k.Phone, Statement: k.Statement,
	}
	f.Patient, err = k.Patient.patient()
	return f, err
}

func keepPatient(p objection.Patient) keptPatient {
	return keptPatient{p.Given, p.Family, p.Born.String(), p.Number.Digits()}
}

func (k keptPatient) patient() (p objection.Patient, err error) {
	p.Given, p.Family = k.Given, k.Family
	if k.Number != "" {
		if p.Number, err = nhs.ParseNumber(k.Number); err != nil {
			return p, err
		}
	}
	p.Born, err = objection.ParseDay(k.Born)
	return p, err
}

// keptAct is what of an act names anybody, or may.
type keptAct struct {
	Words     string               `json:",omitzero"`
	Evidence  []objection.Evidence `json:",omitempty"`
	Competent bool                 `json:",omitzero"`
	Apart     bool                 `json:",omitzero"`
	Traced    *keptTraced          `json:",omitzero"`
}

type keptTraced struct {
	Patient          keptPatient
	Former           []string `json:",omitempty"`
	Restricted, Died bool
	Differs          []string `json:",omitempty"`
}

func keepAct(a objection.Act) keptAct {
	k := keptAct{Words: a.Words, Evidence: a.Evidence, Competent: a.Competent, Apart: a.Apart}
	if t := a.Traced; t != nil {
		k.Traced = &keptTraced{keepPatient(t.Patient), digits(t.Former), t.Restricted, t.Died, t.Differs}
	}
	return k
}

func (k keptAct) fill(a *objection.Act) (err error) {
	a.Words, a.Evidence, a.Competent, a.Apart = k.Words, k.Evidence, k.Competent, k.Apart
	if k.Traced == nil {
		return nil
	}
	t := &objection.Traced{Restricted: k.Traced.Restricted, Died: k.Traced.Died, Differs: k.Traced.Differs}
	if t.Patient, err = k.Traced.Patient.patient(); err != nil {
		return err
	}
	for _, former := range k.Traced.Former {
		n, err := nhs.ParseNumber(former)
		if err != nil {
			return err
		}
		t.Former = append(t.Former, n)
	}
	a.Traced = t
	return nil
}
