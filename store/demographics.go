package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/jackc/pgx/v5"
)

// demographicsLast is how long an answer of the demographics service is kept.
const demographicsLast = 24 * time.Hour

// ErrNoPerson means that no recent answer of the demographics service is kept
// for a number.
var ErrNoPerson = errors.New("no demographics kept")

// person is a record.Person as it is sealed.
type person struct {
	Number, Family, Prefix, Gender, Born, Died, Postcode, Phone, Practice string
	Given, Address                                                        []string
	Informally, Restricted                                                bool
	FetchedAt                                                             time.Time
}

// Person returns who n is, if the demographics service said so less than a day
// ago, and otherwise ErrNoPerson. A superseded number finds its successor,
// which comes with all its former numbers, and is restricted if any of them is.
func (s *Store) Person(ctx context.Context, n nhs.Number) (record.Person, error) {
	return s.readPerson(s.pool.QueryRow(ctx, `WITH RECURSIVE asked (asked) AS (SELECT $1::text)`+personAsked, n.Digits(), demographicsLast))
}

// personAsked goes from the number in "asked" to the one that is current, and
// from there to all former ones. An answer is as old as the oldest word that
// led to it.
const personAsked = `, way (patient, said) AS (
		SELECT asked, 'infinity'::timestamptz FROM asked
		UNION SELECT s.current, least(way.said, s.said) FROM way JOIN superseded s ON s.number = way.patient AND NOT undone)
	SELECT patient, sealed, least(said, fetched),
		ARRAY(WITH RECURSIVE former (n) AS (
			SELECT number FROM superseded WHERE current = d.patient AND NOT undone
			UNION SELECT number FROM former JOIN superseded ON current = n AND NOT undone)
			SELECT n FROM former WHERE n <> d.patient ORDER BY n),
		restricted OR EXISTS (SELECT FROM superseded JOIN demographics old ON old.patient = number WHERE current = d.patient AND old.restricted)
	FROM way JOIN demographics d USING (patient)
	WHERE least(said, fetched) > now() - $2::interval
		AND NOT EXISTS (SELECT FROM superseded WHERE number = d.patient AND NOT undone)`

func (s *Store) readPerson(row pgx.Row) (record.Person, error) {
	var key string
	var sealed []byte
	var former []string
	var said time.Time
	var restricted bool
	err := row.Scan(&key, &sealed, &said, &former, &restricted)
	if errors.Is(err, pgx.ErrNoRows) {
		return record.Person{}, ErrNoPerson
	}
	if err != nil {
		return record.Person{}, fmt.Errorf("demographics: %w", err)
	}
	var kept person
	if err := s.seal.open(sealed, "demographics "+key, &kept); err != nil {
		return record.Person{}, fmt.Errorf("demographics: %w", err)
	}
	kept.FetchedAt = said.UTC()
	kept.Restricted = kept.Restricted || restricted // under any number, as Facts has it
	return kept.person(former)
}

// Restricted reports whether the demographics service said of n, under whatever
// number, that whatever locates the person must not be shown.
func (s *Store) Restricted(ctx context.Context, n nhs.Number) (bool, error) {
	var restricted bool
	err := s.pool.QueryRow(ctx, known+` SELECT EXISTS (SELECT FROM known JOIN demographics USING (patient) WHERE restricted)`, digits([]nhs.Number{n})).Scan(&restricted)
	if err != nil {
		return true, fmt.Errorf("demographics: %w", err)
	}
	return restricted, nil
}

// SavePerson keeps an answer of the demographics service, unless a newer one is
// kept, and remembers the numbers that it supersedes. That another number had
// superseded p's own is thereby taken back.
func (s *Store) SavePerson(ctx context.Context, p record.Person) error {
	key := p.Number.Digits()
	sealed, err := s.seal.seal(keep(p), "demographics "+key)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`
		INSERT INTO demographics (patient, sealed, restricted, fetched) VALUES ($1, $2, $3, $4)
		ON CONFLICT (patient) DO UPDATE SET
			sealed = excluded.sealed, restricted = excluded.restricted, fetched = excluded.fetched
		WHERE excluded.fetched >= demographics.fetched`,
		key, sealed, p.Restricted, p.FetchedAt)
	takeBack := func(number string) {
		b.Queue(`
			UPDATE superseded SET undone = true, said = $3 WHERE number = $1 AND current <> $2 AND NOT undone AND said <= $3`, number, key, p.FetchedAt)
	}
	takeBack(key)
	for _, old := range p.Superseded {
		takeBack(old.Digits())
		b.Queue(`
			INSERT INTO superseded (number, current, said, undone)
			SELECT $1, $2, $3, EXISTS ( -- a newer answer, kept before this one, says otherwise
				SELECT FROM superseded WHERE NOT undone AND said > $3 AND (number = $1 AND current <> $2 OR number = $2 AND current = $1))
			ON CONFLICT (number, current) DO UPDATE SET said = excluded.said, undone = excluded.undone
			WHERE excluded.said >= superseded.said`, old.Digits(), key, p.FetchedAt)
	}
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("keeping demographics: %w", err)
	}
	return nil
}

func keep(p record.Person) person {
	return person{
		Number: p.Number.Digits(), Family: p.Family, Given: p.Given, Prefix: p.Prefix,
		Gender: p.Gender, Born: p.Born.ISO(), Died: p.Died.ISO(), Informally: p.Informally, Address: p.Address,
		Postcode: p.Postcode, Phone: p.Phone, Practice: string(p.Practice), Restricted: p.Restricted, FetchedAt: p.FetchedAt,
	}
}

func (k person) person(former []string) (record.Person, error) {
	p := record.Person{
		Family: k.Family, Given: k.Given, Prefix: k.Prefix, Gender: k.Gender,
		Born: record.ParseDate(k.Born), Died: record.ParseDate(k.Died), Informally: k.Informally, Address: k.Address,
		Postcode: k.Postcode, Phone: k.Phone, Practice: nhs.ODSCode(k.Practice), Restricted: k.Restricted, FetchedAt: k.FetchedAt,
	}
	var err error
	if p.Number, err = nhs.ParseNumber(k.Number); err != nil {
		return record.Person{}, fmt.Errorf("demographics: %w", err)
	}
	for _, old := range former {
		n, err := nhs.ParseNumber(old)
		if err != nil {
			return record.Person{}, fmt.Errorf("demographics: %w", err)
		}
		p.Superseded = append(p.Superseded, n)
	}
	return p, nil
}
