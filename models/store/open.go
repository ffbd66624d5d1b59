package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"keywicket/models/engine"
	"keywicket/models/secret"
)

// Options say what to open and with what.
type Options struct {
	// Path is the SQLite file; it and its folder are made where missing.
	Path string
	// Box holds the master keys. Without one, Open asks NewBox.
	Box *secret.Box
	// NewBox makes the master key of a new installation. It is only asked
	// when Box is nil and the database holds nothing sealed; where it does,
	// Open returns ErrMasterKeyMissing.
	NewBox func() (*secret.Box, error)
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Log takes what goes wrong behind a request; nil is nowhere.
	Log *slog.Logger
	// Lock keeps the file for this process as the one server of it. Commands
	// beside a running server leave it out.
	Lock bool

	broken broken // for tests of the tests
}

// broken are settings that nothing may be started with.
type broken struct {
	txlock, synchronous, sqlite string
}

// hasher makes slow hashes; secret.Passwords is one.
type hasher interface {
	HashLike(ctx context.Context, like, password string) (string, error)
}

// hashingAtOnce is how many chosen secrets are hashed at once; each takes
// 19 MiB.
const hashingAtOnce = 2

// Store is the database of one installation. It is safe for concurrent use.
type Store struct {
	path   string
	box    *secret.Box
	clock  func() time.Time
	log    *slog.Logger
	lock   *fileLock
	hasher *secret.Hasher
	macKey []byte
	// passwords makes the hashes of secrets that people chose.
	passwords hasher
	anchor    *anchor

	closed   atomic.Bool
	lastTime atomic.Int64 // Unix microseconds that FollowClock saw last; 0: none yet
	// pools are closed with the store. Each has work that must not wait for
	// that of the others: changes; what a page needs to know who asks; lists,
	// which can be long; and what the gate has to learn.
	pools              []*sql.DB
	wdb, rdb, ldb, gdb *gorm.DB
	turns              turns // of those who read lists
	writes             writeCheck

	gateMu     sync.Mutex // one catching up at a time; guards what follows
	engine     *engine.Engine
	seen       int64 // the last change that the engine knows
	masterKeys masterKeyReload
}

// Open opens the database, migrates it, and checks that this binary, this
// file system and this master key can serve it. Its refusals are the Err…
// values of this package.
func Open(ctx context.Context, o Options) (*Store, error) {
	version, _, _ := sqlite3.Version()
	if o.broken.sqlite != "" {
		version = o.broken.sqlite
	}
	if oldSQLite(version) {
		return nil, fmt.Errorf("%w (it is %s)", ErrOldSQLite, version)
	}
	path, err := preparePath(o.Path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, box: o.Box, clock: o.Now, log: o.Log, anchor: &anchor{path: path + ".anchor"}}
	s.passwords = secret.NewPasswords(hashingAtOnce)
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Lock {
		if s.lock, err = lockFileWithin(ctx, path+".lock", lockPatience); err != nil {
			return nil, err
		}
	}
	if err := s.connect(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect does what of Open needs the database.
func (s *Store) connect(ctx context.Context, o Options) error {
	write := settings{txlock: "immediate", synchronous: "FULL"}
	if o.broken.txlock != "" {
		write.txlock = o.broken.txlock
	}
	if o.broken.synchronous != "" {
		write.synchronous = o.broken.synchronous
	}
	writer := newConnector(s.path, write)
	if err := migrate(ctx, writer, s.path+".lock", o.Lock); err != nil {
		return writable(err)
	}
	// One connection for writing: within a process, writers wait in order for
	// it, and the file's lock is only ever contended between processes.
	reader := newConnector(s.path, settings{txlock: "deferred", synchronous: "FULL", queryOnly: true})
	for _, p := range []struct {
		db        **gorm.DB
		connector *connector
		most      int
	}{{&s.wdb, writer, 1}, {&s.rdb, reader, maxReaders}, {&s.ldb, reader, maxListReaders}, {&s.gdb, reader, 1}} {
		pool := openPool(p.connector, p.most)
		s.pools = append(s.pools, pool)
		var err error
		if *p.db, err = s.openGORM(pool); err != nil {
			return writable(err)
		}
	}
	return writable(s.unlock(ctx, o.NewBox))
}

func (s *Store) openGORM(db *sql.DB) (*gorm.DB, error) {
	return gorm.Open(sqlite.New(sqlite.Config{Conn: db}), &gorm.Config{
		SkipDefaultTransaction: true, // every change is in a transaction of ours
		NowFunc:                s.now,
		Logger:                 newSQLLog(s.log),
	})
}

// preparePath makes the folder and the file, for their owner alone, and gives
// the file's absolute path, without links in it.
func preparePath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the admin's own data folder
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	// Under its own name: what stands beside the file, its lock above all, must
	// be the same for everybody, also for who comes by way of a link.
	return filepath.EvalSymlinks(abs)
}

// writable names a database that refuses to be written for what it is.
func writable(err error) error {
	var sq sqlite3.Error
	if errors.As(err, &sq) && (sq.Code == sqlite3.ErrReadonly || sq.Code == sqlite3.ErrCantOpen || sq.Code == sqlite3.ErrPerm) {
		return fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	return err
}

// now is the clock at the resolution that every database keeps.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Close returns the database and its lock back; a second time does nothing.
// Changes that were acknowledged are on disk long before.
func (s *Store) Close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return nil
	}
	s.writes.wait()
	var errs []error
	for _, db := range slices.Backward(s.pools) { // the writer last
		errs = append(errs, db.Close())
	}
	return errors.Join(append(errs, s.anchor.close(), s.lock.release())...)
}

// Hasher returns the keyed hash under which keys are stored.
func (s *Store) Hasher() *secret.Hasher { return s.hasher }

// Path is the file of the database.
func (s *Store) Path() string { return s.path }
