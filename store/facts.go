package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
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
	facts, err := s.facts(ctx, s.pool, &pgx.Batch{}, req)
	if err != nil {
		return access.Facts{}, err
	}
	return facts[0], nil
}

// facts sends the batch with the questions about all requests behind whatever
// already stands in it. They are statements of their own, so that in READ
// COMMITTED each sees what was committed while those before it waited.
func (s *Store) facts(ctx context.Context, db batcher, b *pgx.Batch, reqs ...access.Request) ([]access.Facts, error) {
	all := make([]access.Facts, len(reqs))
	q := questionsOf(reqs)
	b.Queue(objects, q.i, q.patient).Query(func(rows pgx.Rows) error { return objectionsOf(rows, all) })
	b.Queue(`
		SELECT i, r.organisation = q.organisation, registered, kind, r.organisation, team, said, session, starts, ends
		FROM unnest($1::int[], $2::text[], $3::text[]) q (i, patient, organisation), LATERAL ( -- each by its index
			SELECT organisation, kind, team, coalesce(nullif(evidence, ''), source) AS said, session, starts, ends,
				kind = 'registered' AND starts <= now() AND (ends IS NULL OR ends > now()) AS registered
			FROM relationships WHERE patient = q.patient OFFSET 0) r
		WHERE r.organisation = q.organisation OR registered`,
		q.i, q.patient, q.organisation).
		Query(func(rows pgx.Rows) error { return relationshipsOf(rows, all) })
	b.Queue(`
		SELECT i, kind, claim, reference, session, at, until
		FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) q (i, patient, organisation, issuer, subject, role)
		JOIN audit.claims c USING (patient, organisation, issuer, subject, role)
		WHERE c.patient = ANY ($2) -- what the view lets through to its index
			AND c.at < now() + interval '1 day' -- which spares the months ahead`,
		q.i, q.patient, q.organisation, q.issuer, q.subject, q.role).
		Query(func(rows pgx.Rows) error { return claimsOf(rows, all) })
	b.Queue(`
		SELECT i, coalesce((SELECT expires > now() AND seen > now() - $4::interval FROM sessions s WHERE s.hash = q.hash), false),
			coalesce((SELECT restricted FROM demographics d WHERE d.patient = q.patient), false)
		FROM unnest($1::int[], $2::text[], $3::bytea[]) q (i, patient, hash)`, q.i, q.patient, q.session, s.idle).
		Query(func(rows pgx.Rows) error { return sessionsOf(rows, all) })
	var feeds access.Facts
	b.Queue(closedFeeds).Query(func(rows pgx.Rows) error { return feedsOf(rows, &feeds) })
	for i := range all {
		all[i].SessionEnded = true // until the session is found
	}
	if err := db.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	for i := range all {
		all[i].SwitchedOff, all[i].Openings = feeds.SwitchedOff, feeds.Openings
	}
	return all, nil
}

// questions are requests column by column: one row for each number of each
// request's patient.
type questions struct {
	i                                            []int32
	patient, organisation, issuer, subject, role []string
	session                                      [][]byte
}

func questionsOf(reqs []access.Request) questions {
	var q questions
	for i, req := range reqs {
		u := req.User
		for _, n := range req.Person.Numbers() {
			q.i, q.patient, q.organisation = append(q.i, int32(i)), append(q.patient, n.Digits()), append(q.organisation, string(u.Organisation))
			q.issuer, q.subject, q.role = append(q.issuer, u.Issuer), append(q.subject, u.Subject), append(q.role, string(u.Role))
			q.session = append(q.session, sessionHash(u.Session))
		}
	}
	return q
}

// sessionHash is the key of the row of the session that users carry in hex.
func sessionHash(session string) []byte {
	hash, err := hex.DecodeString(session)
	if err != nil {
		return nil // no session has it
	}
	return hash
}

// objects finds the objections to the shared record under every number of a
// patient, with a partner of "", and then the partners at which the patient was
// seen to refuse sharing. Each is found by its index, however many numbers there
// are: a join might read all objections, however few are asked about.
const objects = `
	WITH RECURSIVE known (i, patient) AS (SELECT * FROM unnest($1::int[], $2::text[])
		UNION SELECT i, n FROM known, LATERAL (
			SELECT number FROM superseded WHERE current = patient UNION ALL
			SELECT current FROM superseded WHERE number = patient) same (n))
	SELECT i, '' AS partner, state FROM known, LATERAL (
		SELECT (SELECT state FROM objection_steps s WHERE s.objection = o.id ORDER BY step DESC LIMIT 1)
		FROM objections o WHERE o.patient = known.patient OFFSET 0) theirs (state)
	UNION ALL
	SELECT i, partner, NULL FROM known, LATERAL (
		SELECT partner FROM possible_objections p
		WHERE p.patient = known.patient AND lasts AND outcome <> 'does-not-stand' OFFSET 0) theirs`

func objectionsOf(rows pgx.Rows, all []access.Facts) error {
	for i := range all {
		all[i].Objection = access.NoObjection
	}
	var i int
	var partner nhs.ODSCode
	var state *objection.State
	_, err := pgx.ForEachRow(rows, []any{&i, &partner, &state}, func() error {
		switch {
		case partner != "":
			if !slices.Contains(all[i].Dissents, partner) {
				all[i].Dissents = append(all[i].Dissents, partner)
			}
		case state == nil || state.InForce(): // an objection without a step is in force
			all[i].Objection = access.ObjectionInForce
		}
		return nil
	})
	return err
}

// relationshipsOf reads the relationships with the user's own organisation, and
// the practices where patients are registered now.
func relationshipsOf(rows pgx.Rows, all []access.Facts) error {
	var i int
	var own, registered bool
	var r access.Relationship
	var ends *time.Time
	_, err := pgx.ForEachRow(rows, []any{&i, &own, &registered, &r.Kind, &r.Organisation, &r.Team, &r.Evidence, &r.Session, &r.Starts, &ends}, func() error {
		if r.Ends = (time.Time{}); ends != nil {
			r.Ends = *ends
		}
		if own {
			all[i].Relationships = append(all[i].Relationships, r)
		}
		if registered {
			all[i].Practices = append(all[i].Practices, r.Organisation)
		}
		return nil
	})
	for i := range all {
		slices.Sort(all[i].Practices)
		all[i].Practices = slices.Compact(all[i].Practices)
	}
	return err
}

func claimsOf(rows pgx.Rows, all []access.Facts) error {
	var i int
	var c access.Claim
	_, err := pgx.ForEachRow(rows, []any{&i, &c.Rule, &c.Why, &c.Evidence, &c.Session, &c.At, &c.Until}, func() error {
		all[i].Claims = append(all[i].Claims, c)
		return nil
	})
	return err
}

// sessionsOf reads whether sessions live and patients are restricted, of each
// number of each request.
func sessionsOf(rows pgx.Rows, all []access.Facts) error {
	var i int
	var lives, restricted bool
	_, err := pgx.ForEachRow(rows, []any{&i, &lives, &restricted}, func() error {
		all[i].SessionEnded = !lives
		all[i].Restricted = all[i].Restricted || restricted
		return nil
	})
	return err
}
