package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"github.com/jackc/pgx/v5"
)

// search is a question to the trail as SQL: what every event must meet, and
// what drives it. Driven by several patients' numbers, people or kinds, it
// takes the newest of each by its own index and the newest of those, so that a
// page costs the same however much there is, and however far back it lies.
type search struct {
	args   pgx.NamedArgs
	driver string   // a set of rows k, or none
	key    string   // what of an event is equal to k
	where  []string // for all events, the driver's apart
	look   []string // the same of n, a later event of the look of e, as far as events of one look differ in it
	q      audit.Query
}

// searchFor makes the question. Members of staff are looked up by name first.
func searchFor(ctx context.Context, tx pgx.Tx, reach audit.Reach, q audit.Query) (search, error) {
	s := search{q: q, args: pgx.NamedArgs{"limit": q.Limit}}
	if !reach.Programme && !reach.Patients { // as row level security has it; this way the index is used
		s.equal("organisation", "own", string(reach.Organisation))
	}
	s.equal("organisation", "of", string(q.Organisation))
	s.equal("role", "role", string(q.Role))
	s.equal("ground", "ground", q.Ground)
	if !q.From.IsZero() {
		s.and(`e.at >= @from`, "from", q.From)
	}
	if !q.To.IsZero() {
		s.and(`e.at < @to`, "to", q.To)
	}
	if numbers := q.Numbers(); numbers != nil {
		if err := ownAlso(ctx, tx, reach, `audit.own_numbers($1)`, q.Patient.Digits()); err != nil {
			return s, err
		}
		s.drive(`unnest(@patients::text[]) k (patient)`, `e.patient = k.patient AND e.patient <> ''`, `e.patient = ANY (@patients)`, "patients", numbers)
		s.look = append(s.look, `n.patient = ANY (@patients)`)
	}
	if q.Staff != "" {
		if err := s.staff(ctx, tx, q.Staff); err != nil {
			return s, err
		}
	}
	if kinds := q.KindsWanted(); kinds != nil {
		s.look = append(s.look, `n.kind = ANY (@kinds)`)
		s.drive(`unnest(@kinds::text[]) k (kind)`, `e.kind = k.kind`, `e.kind = ANY (@kinds)`, "kinds", kinds)
	} else {
		s.where = append(s.where, `e.kind <> 'heartbeat'`)
	}
	return s, nil
}

// ownAlso has an officer who sees what was done to the organisation's own
// patients see it under all numbers of one of them, as the function finds them.
func ownAlso(ctx context.Context, tx pgx.Tx, reach audit.Reach, numbers string, args ...any) error {
	if !reach.Patients || reach.Programme {
		return nil
	}
	_, err := tx.Exec(ctx, `SELECT set_config('icr.own_numbers', `+numbers+`, true)`, args...)
	return err
}

func (s *search) equal(column, name, value string) {
	if value != "" {
		s.and(`e.`+column+` = @`+name, name, value)
		s.look = append(s.look, `n.`+column+` = @`+name)
	}
}

func (s *search) and(condition, name string, value any) {
	s.where, s.args[name] = append(s.where, condition), value
}

// drive has the rows of a set drive the question, unless another does: then
// they are a condition.
func (s *search) drive(rows, key, condition, name string, values any) {
	s.args[name] = values
	if s.driver != "" {
		s.where = append(s.where, condition)
		return
	}
	s.driver, s.key = rows, key
}

// staff looks up whom a part of a name, a whole subject or a staff id means.
func (s *search) staff(ctx context.Context, tx pgx.Tx, part string) error {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT issuer, subject FROM audit.staff
		WHERE staff_name ILIKE '%' || $1 || '%' OR subject = $2 OR staff_id = $2
		LIMIT $3`, likeEscaper.Replace(part), part, audit.MostStaff+1)
	if err != nil {
		return err
	}
	issuers, subjects := []string{}, []string{}
	var issuer, subject string
	if _, err := pgx.ForEachRow(rows, []any{&issuer, &subject}, func() error {
		issuers, subjects = append(issuers, issuer), append(subjects, subject)
		return nil
	}); err != nil {
		return err
	}
	if len(issuers) > audit.MostStaff {
		return audit.ErrManyStaff
	}
	s.args["like"] = likeEscaper.Replace(part)
	s.args["issuers"] = issuers
	s.drive(`unnest(@issuers::text[], @subjects::text[]) k (issuer, subject)`, `e.issuer = k.issuer AND e.subject = k.subject`,
		`(e.issuer, e.subject) IN (SELECT * FROM unnest(@issuers::text[], @subjects::text[]))`, "subjects", subjects)
	if slices.Contains(subjects, "") { // what acts for itself has a name alone
		s.and(`(e.subject <> '' OR e.staff_name ILIKE '%' || @like || '%')`, "like", likeEscaper.Replace(part))
	}
	return nil
}

// spans are times since when a page is looked for, one after the other: most
// are full in a few days, which are in one or two of the trail's months. What
// several drive is not taken from each of them, years back, to be thrown away.
func (s *search) spans(now time.Time) []time.Time {
	until := now
	for _, t := range []time.Time{s.q.To, s.q.Before.At} {
		if !t.IsZero() && t.Before(until) {
			until = t
		}
	}
	return []time.Time{until.Add(-2 * longestLook), until.Add(-32 * longestLook), until.Add(-400 * longestLook), {}}
}

// page are the conditions of one page, none of whose events is older than since.
func (s *search) page(since time.Time) []string {
	where := s.where
	if !since.IsZero() {
		s.args["since"] = since
		where = append(where[:len(where):len(where)], `e.at >= @since`)
	}
	if !s.q.Before.IsZero() {
		s.args["before"], s.args["before_id"] = s.q.Before.At, [16]byte(s.q.Before.ID)
		// The first of the two says which months need not be looked at.
		where = append(where[:len(where):len(where)], `e.at <= @before`, `(e.at, e.event_id) < (@before, @before_id::uuid)`)
	}
	if s.q.Looks {
		newest := strings.Join(append([]string{`n.look = e.look AND n.look <> '' AND n.at >= e.at AND n.at < e.at + interval '24 hours'`}, s.look...), ` AND `)
		if !since.IsZero() {
			newest += ` AND n.at >= @since`
		}
		if !s.q.Before.IsZero() {
			newest += ` AND n.at < @before::timestamptz + interval '24 hours'`
		}
		if s.args["to"] != nil {
			newest += ` AND n.at < @to`
		}
		// PostgreSQL takes half of all rows to meet a CASE, and next to none to
		// equal what a subquery returns: then it sorts the whole trail.
		where = append(where[:len(where):len(where)], `CASE WHEN e.look = '' THEN true ELSE e.event_id = (
			SELECT n.event_id FROM audit.event n WHERE `+newest+` ORDER BY n.at DESC, n.event_id DESC LIMIT 1) END`)
	}
	return where
}

// all are the conditions of all pages, for a question without a driver.
func (s *search) all() []string {
	if s.driver == "" {
		return s.where
	}
	return append(s.where[:len(s.where):len(s.where)], `EXISTS (SELECT FROM `+s.driver+` WHERE `+s.key+`)`)
}

// driven is the set of events e that meet where.
func (s *search) driven(where []string) string {
	if s.driver == "" {
		return `audit.event e` + whereOf(where)
	}
	return s.driver + ` CROSS JOIN LATERAL (SELECT e.at, e.event_id, e.body FROM audit.event e` + whereOf(append([]string{s.key}, where...)) +
		` ORDER BY e.at DESC, e.event_id DESC LIMIT @limit) e`
}

func whereOf(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(conditions, ` AND `)
}
