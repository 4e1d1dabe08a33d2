package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/jackc/pgx/v5"
)

var _ access.FactFinder = (*Store)(nil)

// batcher is a pool or a transaction.
type batcher interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Facts finds what the policy must know about req, in one round trip.
func (s *Store) Facts(ctx context.Context, req access.Request) (access.Facts, error) {
	return s.facts(ctx, s.pool, &pgx.Batch{}, req)
}

// facts sends the batch with the questions about req behind whatever already
// stands in it. They are statements of their own, so that in READ COMMITTED
// each sees what was committed while those before it waited.
func (s *Store) facts(ctx context.Context, db batcher, b *pgx.Batch, req access.Request) (access.Facts, error) {
	var f access.Facts
	patient := digits(req.Person.Numbers())
	b.Queue(`
		SELECT (SELECT state FROM objection_steps s WHERE s.objection = o.id ORDER BY step DESC LIMIT 1)
		FROM objections o
		WHERE o.patient IN (SELECT unnest($1::text[])
			UNION SELECT number FROM superseded WHERE current = ANY ($1)
			UNION SELECT current FROM superseded WHERE number = ANY ($1))`, patient).
		Query(func(rows pgx.Rows) (err error) { f.Objection, err = objectionOf(rows); return err })
	b.Queue(`
		SELECT kind, organisation, team, source AS evidence, starts, ends
		FROM relationships
		WHERE patient = ANY ($1) AND organisation = $2`, patient, req.User.Organisation).
		Query(func(rows pgx.Rows) (err error) { f.Relationships, err = relationshipsOf(rows); return err })
	b.Queue(`
		SELECT DISTINCT organisation FROM relationships
		WHERE patient = ANY ($1) AND kind = 'registered' AND starts <= now() AND (ends IS NULL OR ends > now())
		ORDER BY organisation`, patient).
		Query(func(rows pgx.Rows) (err error) {
			f.Practices, err = pgx.CollectRows(rows, pgx.RowTo[nhs.ODSCode])
			return err
		})
	b.Queue(`
		SELECT kind, claim, reference, session, at, until
		FROM audit.claims
		WHERE patient = ANY ($1) AND issuer = $2 AND subject = $3 AND role = $4 AND organisation = $5`,
		patient, req.User.Issuer, req.User.Subject, req.User.Role, req.User.Organisation).
		Query(func(rows pgx.Rows) (err error) { f.Claims, err = claimsOf(rows); return err })
	b.Queue(`
		SELECT NOT EXISTS (SELECT FROM sessions WHERE hash = $1 AND expires > now() AND seen > now() - $2::interval),
			EXISTS (SELECT FROM demographics WHERE patient = ANY ($3) AND restricted)`,
		sessionHash(req.User.Session), s.idle, patient).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.SessionEnded, &f.Restricted) })
	b.Queue(closedFeeds).Query(func(rows pgx.Rows) error { return feedsOf(rows, &f) })
	if err := db.SendBatch(ctx, b).Close(); err != nil {
		return access.Facts{}, fmt.Errorf("facts: %w", err)
	}
	return f, nil
}

func digits(numbers []nhs.Number) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = n.Digits()
	}
	return out
}

// sessionHash is the key of the row of the session that users carry in hex.
func sessionHash(session string) []byte {
	hash, err := hex.DecodeString(session)
	if err != nil {
		return nil // no session has it
	}
	return hash
}

func objectionOf(rows pgx.Rows) (access.Objection, error) {
	states, err := pgx.CollectRows(rows, pgx.RowTo[*objection.State])
	if err != nil {
		return access.ObjectionUnknown, err
	}
	for _, state := range states {
		if state == nil || state.InForce() { // an objection without a step is in force
			return access.ObjectionInForce, nil
		}
	}
	return access.NoObjection, nil
}

func relationshipsOf(rows pgx.Rows) ([]access.Relationship, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (access.Relationship, error) {
		var r access.Relationship
		var ends *time.Time
		err := row.Scan(&r.Kind, &r.Organisation, &r.Team, &r.Evidence, &r.Starts, &ends)
		if ends != nil {
			r.Ends = *ends
		}
		return r, err
	})
}

func claimsOf(rows pgx.Rows) ([]access.Claim, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (access.Claim, error) {
		var c access.Claim
		err := row.Scan(&c.Rule, &c.Why, &c.Evidence, &c.Session, &c.At, &c.Until)
		return c, err
	})
}
