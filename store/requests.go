package store

import (
	"context"
	"fmt"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/rights"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// keptRequest and keptStep are what names anybody, as it is sealed.
type (
	keptRequest struct{ Name, Number, Words string }
	keptStep    struct{ Words, By string }
)

// mostRequests is how many requests a list has at most: the newest.
const mostRequests = 500

// EnterRequest keeps a request and e, both or neither, and returns its id. Its
// reference is made here.
func (s *Store) EnterRequest(ctx context.Context, r rights.Request, e audit.Event) (uuid.UUID, error) {
	id := uuid.Must(uuid.NewV7())
	sealed, err := s.seal.seal(keptRequest{r.Name, r.Number.Digits(), r.Words}, "request "+id.String())
	if err != nil {
		return id, err
	}
	err = durable(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO requests (id, reference, kind, received, organisation, sealed) VALUES ($1, $2, $3, $4, $5, $6)`,
			[16]byte(id), e.Reference, r.Kind, r.Received.String(), r.Organisation, sealed)
		if err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return id, fmt.Errorf("entering a request: %w", err)
	}
	return id, nil
}

// HandleRequest adds what was done about a request as its nth step, and e, both
// or neither. Where somebody else added one meanwhile it is rights.ErrChanged.
func (s *Store) HandleRequest(ctx context.Context, id uuid.UUID, n int, step rights.Step, e audit.Event) error {
	sealed, err := s.seal.seal(keptStep{step.Words, step.By}, requestStep(id, n))
	if err != nil {
		return err
	}
	err = durable(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO request_steps (request, n, act, at, reference, sealed) VALUES ($1, $2, $3, $4, $5, $6)`,
			[16]byte(id), n, step.Act, step.At, e.Reference, sealed)
		if err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if taken(err) {
		return rights.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("handling a request: %w", err)
	}
	return nil
}

func requestStep(id uuid.UUID, n int) string { return fmt.Sprintf("request %s %d", id, n) }

// Request is the request of an id that an organisation's officers may see: those
// of the programme see all, for whom it is "". Else it is auth.ErrNoRef.
func (s *Store) Request(ctx context.Context, organisation nhs.ODSCode, id uuid.UUID) (rights.Request, error) {
	all, err := s.requests(ctx, `WHERE ($1 = '' OR organisation = $1) AND id = $2`, string(organisation), [16]byte(id))
	if err == nil && len(all) == 0 {
		return rights.Request{}, auth.ErrNoRef
	}
	if err != nil {
		return rights.Request{}, err
	}
	return all[0], nil
}

// Requests are the requests that an organisation's officers may see, as Request
// has it, the newest first.
func (s *Store) Requests(ctx context.Context, organisation nhs.ODSCode) ([]rights.Request, error) {
	return s.requests(ctx, `WHERE ($1 = '' OR organisation = $1) ORDER BY received DESC, id DESC LIMIT $2`, string(organisation), mostRequests)
}

func (s *Store) requests(ctx context.Context, which string, args ...any) ([]rights.Request, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, reference, kind, received::text, organisation, sealed FROM requests `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("reading requests: %w", err)
	}
	all, err := pgx.CollectRows(rows, s.requestOf)
	if err != nil {
		return nil, fmt.Errorf("reading requests: %w", err)
	}
	return all, s.addSteps(ctx, all)
}

func (s *Store) requestOf(row pgx.CollectableRow) (r rights.Request, err error) {
	var id [16]byte
	var received string
	var sealed []byte
	if err := row.Scan(&id, &r.Reference, &r.Kind, &received, &r.Organisation, &sealed); err != nil {
		return r, err
	}
	r.ID = id
	var kept keptRequest
	if err := s.seal.open(sealed, "request "+r.ID.String(), &kept); err != nil {
		return r, err
	}
	r.Name, r.Words = kept.Name, kept.Words
	if kept.Number != "" {
		if r.Number, err = nhs.ParseNumber(kept.Number); err != nil {
			return r, err
		}
	}
	r.Received, err = objection.ParseDay(received)
	return r, err
}

// addSteps adds to each request what was done about it.
func (s *Store) addSteps(ctx context.Context, all []rights.Request) error {
	ids, at := make([][16]byte, len(all)), map[uuid.UUID]int{}
	for i, r := range all {
		ids[i], at[r.ID] = r.ID, i
	}
	rows, err := s.pool.Query(ctx, `SELECT request, n, act, at, reference, sealed FROM request_steps WHERE request = ANY ($1) ORDER BY request, n`, ids)
	if err != nil {
		return fmt.Errorf("reading requests: %w", err)
	}
	var id [16]byte
	var n int
	var sealed []byte
	var step rights.Step
	_, err = pgx.ForEachRow(rows, []any{&id, &n, &step.Act, &step.At, &step.Reference, &sealed}, func() error {
		var kept keptStep
		if err := s.seal.open(sealed, requestStep(id, n), &kept); err != nil {
			return err
		}
		step.Words, step.By = kept.Words, kept.By
		r := &all[at[id]]
		r.Steps = append(r.Steps, step)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading requests: %w", err)
	}
	return nil
}
