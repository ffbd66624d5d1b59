package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/store/chain"
	"keywicket/models/store/sqlite"
	"keywicket/models/turns"
)

// Options say what to open and how.
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
	// Log receives errors that no caller gets. Nil discards them.
	Log *slog.Logger
	// Lock keeps the file for this process as the one server of it. Commands
	// beside a running server leave it out.
	Lock bool

	begin string // for tests: how writers begin, see sqlite.Options
}

// hasher makes slow hashes; secret.Passwords is one.
type hasher interface {
	HashLike(ctx context.Context, like, password string) (string, error)
}

// hashingAtOnce is how many chosen secrets are hashed at once; each takes 19 MiB.
const hashingAtOnce = 2

// Store is the database of one installation. It is safe for concurrent use.
type Store struct {
	db     *sqlite.DB
	box    *secret.Box
	clock  func() time.Time
	log    *slog.Logger
	hasher *secret.Hasher
	macKey []byte // of the audit chain, and of what the store signs for browsers
	chain  *chain.Chain
	// passwords makes the hashes of secrets that people chose.
	passwords hasher

	closed             atomic.Bool
	lastTime           atomic.Int64       // Unix microseconds that FollowClock saw last; 0: none yet
	wdb, rdb, ldb, gdb *gorm.DB           // of db: Write, Read, Lists and Gate
	lists              *turns.Each[int64] // by person
	writes             writeCheck

	gateMu     sync.Mutex // one catching up at a time; guards what follows
	engine     *engine.Engine
	seen       int64 // the last change that the engine knows
	masterKeys masterKeyReload
}

// Open opens the database, migrates it, and checks that this binary, this file system and this master key can serve
// it. It refuses with one of the Err… values of this package and of package sqlite.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{box: o.Box, clock: o.Now, log: o.Log, passwords: secret.NewPasswords(hashingAtOnce)}
	s.lists = turns.NewEach[int64](listsAtOnce, listsWaiting)
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.db, err = sqlite.Open(ctx, sqlite.Options{Path: o.Path, Now: s.now, Log: s.log, Lock: o.Lock, Begin: o.begin}); err != nil {
		return nil, err
	}
	s.wdb, s.rdb, s.ldb, s.gdb = s.db.Write, s.db.Read, s.db.Lists, s.db.Gate
	if err := s.unlock(ctx, o.NewBox); err != nil {
		return nil, errors.Join(sqlite.WithReason(err), s.Close())
	}
	s.chain = chain.New(s.macKey, s.db.Path()+".anchor", s.log)
	return s, nil
}

// now is the clock at the resolution that every database keeps.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Close closes the database and releases its lock. A second call does nothing. Changes that were acknowledged are on
// disk long before.
func (s *Store) Close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return nil
	}
	s.writes.wait()
	err := s.db.Close()
	if s.chain != nil { // nil where Open fails
		err = errors.Join(err, s.chain.Close())
	}
	return err
}

// Hasher returns the keyed hash under which keys are stored.
func (s *Store) Hasher() *secret.Hasher { return s.hasher }

// Path returns the absolute path of the database's file.
func (s *Store) Path() string { return s.db.Path() }
