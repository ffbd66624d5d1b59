package sqlite

import (
	"context"
	"errors"
)

// Breaking returns options with settings that nothing may be started with.
func Breaking(o Options, synchronous, version string) Options {
	o.synchronous, o.version = synchronous, version
	return o
}

// MigrateDownTo takes a database back to the schema of an older version.
func MigrateDownTo(ctx context.Context, path string, version int64) error {
	p, err := migrator(newConnector(path, writing(Options{})))
	if err != nil {
		return err
	}
	_, err = p.DownTo(ctx, version)
	return errors.Join(err, p.Close())
}
