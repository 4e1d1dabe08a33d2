package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"github.com/jackc/pgx/v5"
)

// around is what is known around the events of one turn.
type around struct {
	marker  *audit.Marker
	rosters map[nhs.ODSCode]*privacy.Roster
	watched map[nhs.Number][]privacy.Watch
	days    map[int]*privacy.Day // by the last event of each person's day
}

func (a around) look(i int, e audit.Event) privacy.Look {
	roster := a.rosters[e.Actor.Organisation]
	return privacy.Look{
		Event: e, Patient: a.marker.Number(e.Patient), Roster: roster, Staff: roster.Find(e.Actor),
		Watched: a.watched[e.Patient], Day: a.days[i],
	}
}

func (m *Monitor) around(ctx context.Context, tx pgx.Tx, events []audit.Event) (a around, err error) {
	a.marker = m.Marker
	if a.rosters, err = rosters(ctx, tx, events); err != nil {
		return a, err
	}
	if a.watched, err = watchedOf(ctx, tx, numbersOf(events)); err != nil {
		return a, err
	}
	a.days, err = m.days(ctx, tx, events)
	return a, err
}

// rosters are the staff lists of the organisations whose staff acted.
func rosters(ctx context.Context, tx pgx.Tx, events []audit.Event) (map[nhs.ODSCode]*privacy.Roster, error) {
	acted := map[nhs.ODSCode]bool{}
	for _, e := range events {
		acted[e.Actor.Organisation] = true
	}
	rows, err := tx.Query(ctx, `
		SELECT organisation, id, team, manager, number, family, postcode, address
		FROM privacy.staff WHERE organisation = ANY ($1)`, slices.Collect(maps.Keys(acted)))
	if err != nil {
		return nil, err
	}
	lists := map[nhs.ODSCode][]privacy.Staff{}
	var s privacy.Staff
	_, err = pgx.ForEachRow(rows, []any{&s.Organisation, &s.ID, &s.Team, &s.Manager, &s.Number, &s.Marks.Family, &s.Marks.Postcode, &s.Marks.Address}, func() error {
		lists[s.Organisation] = append(lists[s.Organisation], s)
		return nil
	})
	all := map[nhs.ODSCode]*privacy.Roster{}
	for of, list := range lists {
		all[of] = privacy.NewRoster(list)
	}
	return all, err
}

// watchedOf are the entries of the watch list for patients, under whatever
// number they were put there.
func watchedOf(ctx context.Context, tx pgx.Tx, numbers []string) (map[nhs.Number][]privacy.Watch, error) {
	rows, err := tx.Query(ctx, `
		WITH RECURSIVE known (asked, patient) AS (SELECT n, n FROM unnest($1::text[]) n
			UNION SELECT asked, n FROM known, LATERAL (
				SELECT number FROM superseded WHERE current = patient UNION ALL
				SELECT current FROM superseded WHERE number = patient) same (n))
		SELECT asked, w.id, w.kind, w.concerns, w.since, least(w.until, u.at)
		FROM known JOIN privacy.watched w USING (patient) LEFT JOIN privacy.unwatched u ON u.id = w.id`, numbers)
	if err != nil {
		return nil, err
	}
	all := map[nhs.Number][]privacy.Watch{}
	var asked string
	var w privacy.Watch
	_, err = pgx.ForEachRow(rows, []any{&asked, &w.ID, &w.Kind, &w.Organisation, &w.Since, &w.Until}, func() error {
		n, err := nhs.ParseNumber(asked)
		all[n] = append(all[n], w)
		return err
	})
	return all, err
}

// peer is what people have in common who are compared with each other.
type peer struct{ organisation, role string }

// daily is somebody's day in one role.
type daily struct {
	day             time.Time
	issuer, subject string
	organisation    string
	role            string
}

func (p daily) compare(q daily) int {
	return cmp.Or(p.day.Compare(q.day), strings.Compare(p.issuer, q.issuer), strings.Compare(p.subject, q.subject),
		strings.Compare(p.organisation, q.organisation), strings.Compare(p.role, q.role))
}

// days notes how people met patients, and returns the day so far of each
// person, by the last of their events.
func (m *Monitor) days(ctx context.Context, tx pgx.Tx, events []audit.Event) (map[int]*privacy.Day, error) {
	last := map[daily]int{}
	met := map[daily]map[string]privacy.Met{}
	for i, e := range events {
		flags := privacy.MetBy(e)
		if flags == 0 || e.Actor.Subject == "" || m.Now().Sub(e.At) > mostLate {
			continue
		}
		p := daily{privacy.DayOf(e.At), e.Actor.Issuer, e.Actor.Subject, string(e.Actor.Organisation), e.Actor.RoleCode}
		if met[p] == nil {
			met[p] = map[string]privacy.Met{}
		}
		met[p][m.Marker.Number(e.Patient)] |= flags
		last[p] = i
	}
	days := map[int]*privacy.Day{}
	people := slices.SortedFunc(maps.Keys(last), daily.compare)
	if len(people) == 0 {
		return days, nil
	}
	tallies, err := keepDays(ctx, tx, people, met)
	if err != nil {
		return nil, err
	}
	own, err := history(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		peers, err := m.peersOf(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		days[last[p]] = &privacy.Day{Tally: tallies[i], Own: own[i], Peers: peers}
	}
	return days, nil
}

// keepDays adds how people met patients, and returns and keeps their days in
// numbers.
func keepDays(ctx context.Context, tx pgx.Tx, people []daily, met map[daily]map[string]privacy.Met) ([]privacy.Tally, error) {
	b := &pgx.Batch{}
	tallies := make([]privacy.Tally, len(people))
	for _, p := range people {
		patients := slices.Sorted(maps.Keys(met[p]))
		flags := make([]int32, len(patients))
		for i, patient := range patients {
			flags[i] = int32(met[p][patient])
		}
		b.Queue(`
			INSERT INTO privacy.met (day, issuer, subject, organisation, role_code, patient, met)
			SELECT $1, $2, $3, $4, $5, * FROM unnest($6::text[], $7::int[])
			ON CONFLICT (day, issuer, subject, organisation, role_code, patient) DO UPDATE SET met = met.met | excluded.met`,
			p.day, p.issuer, p.subject, p.organisation, p.role, patients, flags)
	}
	for i, p := range people {
		b.Queue(`SELECT met FROM privacy.met WHERE day = $1 AND issuer = $2 AND subject = $3 AND organisation = $4 AND role_code = $5`,
			p.day, p.issuer, p.subject, p.organisation, p.role).Query(func(rows pgx.Rows) error {
			all, err := pgx.CollectRows(rows, pgx.RowTo[privacy.Met])
			tallies[i] = privacy.Count(all)
			return err
		})
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	b = &pgx.Batch{}
	for i, p := range people {
		b.Queue(`
			INSERT INTO privacy.tally (day, issuer, subject, organisation, role_code, counts) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (issuer, subject, organisation, role_code, day) DO UPDATE SET counts = excluded.counts`,
			p.day, p.issuer, p.subject, p.organisation, p.role, tallies[i][:])
	}
	return tallies, tx.SendBatch(ctx, b).Close()
}

// spreads reads how numbers were distributed over days.
const spreads = `
	SELECT n, count(*)::float8, sum(c)::float8, sum(c::float8 * c)
	FROM privacy.tally, unnest(counts) WITH ORDINALITY u (c, n) `

func spreadsOf(rows pgx.Rows, to *privacy.Spreads) error {
	var n int
	var s privacy.Spread
	_, err := pgx.ForEachRow(rows, []any{&n, &s.Days, &s.Sum, &s.Squares}, func() error {
		if n >= 1 && n <= len(to) {
			to[n-1] = s
		}
		return nil
	})
	return err
}

// historyDays are how far back days are compared.
const historyDays = 28

// history are each person's own days before.
func history(ctx context.Context, tx pgx.Tx, people []daily) ([]privacy.Spreads, error) {
	all := make([]privacy.Spreads, len(people))
	b := &pgx.Batch{}
	for i, p := range people {
		b.Queue(spreads+`
			WHERE issuer = $1 AND subject = $2 AND organisation = $3 AND role_code = $4 AND day < $5 AND day >= $5::date - $6::int
			GROUP BY n`, p.issuer, p.subject, p.organisation, p.role, p.day, historyDays).
			Query(func(rows pgx.Rows) error { return spreadsOf(rows, &all[i]) })
	}
	return all, tx.SendBatch(ctx, b).Close()
}

// peersOf are the days before of all who have the person's role there. They
// are read once a day.
func (m *Monitor) peersOf(ctx context.Context, tx pgx.Tx, p daily) (privacy.Spreads, error) {
	if !m.of.Equal(p.day) {
		m.of, m.peers = p.day, map[peer]privacy.Spreads{}
	}
	key := peer{p.organisation, p.role}
	if known, ok := m.peers[key]; ok {
		return known, nil
	}
	rows, err := tx.Query(ctx, spreads+`
		WHERE organisation = $1 AND role_code = $2 AND day < $3 AND day >= $3::date - $4::int
		GROUP BY n`, p.organisation, p.role, p.day, historyDays)
	if err != nil {
		return privacy.Spreads{}, err
	}
	var s privacy.Spreads
	if err := spreadsOf(rows, &s); err != nil {
		return s, err
	}
	m.peers[key] = s
	return s, nil
}
