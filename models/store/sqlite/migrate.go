package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migratePatience is how long a command waits while another one migrates.
const migratePatience = 5 * time.Second

// migrator returns the provider that moves the file's schema between versions.
func migrator(c *connector) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, openPool(c, 0), files, goMigrations())
}

// migrate brings the file's schema up to this binary's, and refuses a newer one. A command that has to migrate takes
// the server's lock for it: the tables of a running server are not changed under it.
func migrate(ctx context.Context, c *connector, lockPath string, locked bool) (err error) {
	p, err := migrator(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()

	current, target, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case current > target:
		return fmt.Errorf("%w (its schema is %d, this binary's %d)", ErrNewerDatabase, current, target)
	case current == target:
		return nil
	}
	if !locked {
		l, err := lockFileWithin(ctx, lockPath, migratePatience)
		if err != nil {
			return err
		}
		defer func() { _ = l.release() }()
	}
	_, err = p.Up(ctx)
	return err
}
