package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

	"keywicket/models/store/sqlite"
)

// How often CheckWrites probes the database. Callers can ask for readiness without a pause, so their calls share
// probes.
const (
	probeEvery    = 10 * time.Second // while writes go through
	probeAgain    = time.Second      // while they fail
	probePatience = 2 * time.Second  // how long a caller waits for a probe
	probeStuck    = 30 * time.Second // a write that takes longer is a fault
)

// probeSize is more than an ordinary change writes, so that no such change fails for want of room after a probe
// succeeded.
const probeSize = 32 << 10

var errStuck = errors.New("the database has not finished a write for a long time")

// writeProbe is a row that is only written to test writing.
type writeProbe struct {
	ID     int64 `gorm:"primaryKey"`
	Filler []byte
}

// TableName returns the table of the one probe.
func (writeProbe) TableName() string { return "write_probe" }

// writeCheck remembers whether the database takes writes.
type writeCheck struct {
	mu      sync.Mutex
	failed  error         // of the last write; nil: it went through
	probed  time.Time     // when the last probe began
	running chan struct{} // closed at the end of the probe that runs; nil: none does
}

// note keeps the error of a change where it shows that the database takes no writes. A change that succeeded proves
// nothing: it may have had nothing to write.
func (w *writeCheck) note(err error) {
	if !sqlite.IsWriteFault(err) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
}

// due returns the running probe, or starts one with probe when it is time; nil for neither.
func (w *writeCheck) due(now time.Time, probe func() error) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	pause := probeEvery
	if w.failed != nil {
		pause = probeAgain
	}
	since := now.Sub(w.probed)
	if w.running != nil || since >= 0 && since < pause { // a clock may go back
		return w.running
	}
	done := make(chan struct{})
	w.probed, w.running = now, done
	go func() {
		err := probe()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.failed, w.running = err, nil
		close(done)
	}()
	return done
}

// outcome returns why the last write failed, or nil.
func (w *writeCheck) outcome(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running != nil && now.Sub(w.probed) > probeStuck {
		return errors.Join(errStuck, w.failed)
	}
	return w.failed
}

// wait waits for the running probe.
func (w *writeCheck) wait() {
	w.mu.Lock()
	done := w.running
	w.mu.Unlock()
	if done != nil {
		<-done
	}
}

// Ping returns an error where the database cannot be read or takes no writes. The last write decides that, or one of
// Ping's own where that failed or is long ago.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.rdb.WithContext(ctx).Raw("SELECT count(*) FROM secrets").Scan(&one).Error; err != nil {
		return classify(err)
	}
	// The probe outlives the request: others wait for it too.
	after := context.WithoutCancel(ctx)
	if done := s.writes.due(s.now(), func() error { return s.CheckWrites(after) }); done != nil {
		patience := time.NewTimer(probePatience)
		defer patience.Stop()
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C: // a long write by another connection is no fault yet
		}
	}
	if err := s.writes.outcome(s.now()); err != nil {
		return classify(fmt.Errorf("the database takes no writes: %w", err))
	}
	return nil
}

// CheckWrites writes a probe to the database, and returns the error if that fails.
func (s *Store) CheckWrites(ctx context.Context) error {
	return classify(s.begin(ctx, func(db *gorm.DB) error {
		p := writeProbe{Filler: make([]byte, probeSize)}
		if err := db.Create(&p).Error; err != nil {
			return err
		}
		return db.Where("id <> ?", p.ID).Delete(&writeProbe{}).Error
	}))
}
