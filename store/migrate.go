package store

import (
	"context"
	"errors"
	"fmt"

	"example.org/icr/migrations"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// ErrBehind means that the schema is older than the program.
var ErrBehind = errors.New("the database schema is behind this program: run `icr migrate`")

// Migrate brings the schema up to date, as the role that owns it, and returns
// the names of the migrations that it ran. Several may run at once.
func Migrate(ctx context.Context, ownerURL string) ([]string, error) {
	pool, err := connect(ctx, ownerURL, 4, nil)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("migrating: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDBFromPool(pool), migrations.FS,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrating: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrating: %w", err)
	}
	names := make([]string, len(results))
	for i, r := range results {
		names[i] = r.Source.Path
	}
	// The server may see how far the schema is, to refuse one that is behind.
	_, err = pool.Exec(ctx, `GRANT SELECT ON goose_db_version TO icr_server`)
	return names, err
}

// Check returns what forbids serving: a schema that is behind, or a role that
// could change the trail.
func (s *Store) Check(ctx context.Context) error {
	if err := checkSchema(ctx, s.pool); err != nil {
		return err
	}
	return checkRole(ctx, s.pool)
}

func checkSchema(ctx context.Context, pool *pgxpool.Pool) error {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	var applied int
	err = pool.QueryRow(ctx, `
		SELECT count(DISTINCT version_id) FROM goose_db_version WHERE version_id > 0 AND is_applied`).Scan(&applied)
	if err != nil || applied < len(files) {
		return ErrBehind
	}
	return nil
}

// changesTrail tells whether a role could write or change the trail.
const changesTrail = `((SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
	OR has_any_column_privilege('audit.event', 'INSERT, UPDATE') OR has_table_privilege('audit.event', 'DELETE, TRUNCATE'))`

// checkRole refuses a role that owns the trail or could change or read it, and
// a database whose commits do not last.
func checkRole(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, `
		SELECT fault FROM (VALUES
			('is a superuser', (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)),
			('owns the trail', (SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = 'audit.event'::regclass)),
			('can change the trail', has_table_privilege('audit.event', 'UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege('audit.event', 'UPDATE')),
			('can read the trail', has_table_privilege('audit.event', 'SELECT') OR has_any_column_privilege('audit.event', 'SELECT')),
			('works on a standby', pg_is_in_recovery()),
			('has its database lose commits (fsync or full_page_writes is off)', current_setting('fsync') = 'off' OR current_setting('full_page_writes') = 'off')
		) faults (fault, found) WHERE found`)
	if err != nil {
		return fmt.Errorf("checking the database role: %w", err)
	}
	var faults []error
	for rows.Next() {
		var fault string
		if err := rows.Scan(&fault); err != nil {
			return fmt.Errorf("checking the database role: %w", err)
		}
		faults = append(faults, fmt.Errorf("the server's database role %s: give it the role icr_server", fault))
	}
	return errors.Join(append(faults, rows.Err())...)
}
