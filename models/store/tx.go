package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/store/chain"
	"keywicket/models/store/sqlite"
)

// insertBatch is how many rows go into one INSERT.
const insertBatch = 500

// change is a row of the table changes. A KeyID of 0 stands for the account with its apps and catalogue; an AccountID
// of 0 as well stands for the master keys.
type change struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	KeyID     int64
}

// tx is a change that is being made: a transaction, its audit rows, and what the gate has to learn.
type tx struct {
	*gorm.DB
	s    *Store
	who  models.Actor
	now  time.Time
	rows []models.AuditRow
	feed []change

	slugs map[string]int // the numbers that new slugs go on from
}

// act runs fn as write does, for an actor whose role and account allow p. Both are checked inside the transaction, as
// it finds them.
func (s *Store) act(ctx context.Context, who models.Actor, p models.Permission, fn func(*tx) error) error {
	return s.write(ctx, who, func(t *tx) error {
		if err := permit(t.who, p); err != nil {
			return err
		}
		if err := t.permitInAccount(p); err != nil {
			return err
		}
		return fn(t)
	})
}

// write runs fn in an immediate transaction, and adds its audit rows and the changes for the gate to that transaction.
// It updates the gate before it returns. After an error, nothing is stored.
//
// It refreshes the actor first: t.who holds the actor's present name and role. If their session or membership has
// ended, fn does not run.
func (s *Store) write(ctx context.Context, who models.Actor, fn func(*tx) error) error {
	var step chain.Step
	var fed int
	err := s.begin(ctx, func(db *gorm.DB) error {
		t := &tx{DB: db, s: s, who: who, now: s.now()}
		if err := t.refreshActor(); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		fed = len(t.feed)
		var err error
		if step, err = t.appendAudit(); err != nil {
			return err
		}
		return t.appendFeed()
	})
	if err != nil {
		return classify(err)
	}
	// The transaction is committed. The rest must happen even if the request has been cancelled.
	after := context.WithoutCancel(ctx)
	s.chain.Advance(after, step, func(id int64) ([]byte, error) { return s.auditHash(after, id) })
	if fed == 0 {
		return nil
	}
	if err := s.catchUp(after); err != nil {
		s.log.ErrorContext(ctx, "the gate did not take a change over; it is tried again", "error", err)
		return models.Refuse(models.CodeUnavailable, "", "errors.gate.behind").Because(err)
	}
	return nil
}

// beginTries is how often write tries to begin a transaction while another process writes without a pause; each try
// waits for the busy timeout.
const beginTries = 5

// begin runs fn in a transaction. Only the beginning is ever repeated: fn runs once at most.
func (s *Store) begin(ctx context.Context, fn func(*gorm.DB) error) error {
	for try := 1; ; try++ {
		began := false
		err := s.wdb.WithContext(ctx).Transaction(func(db *gorm.DB) error {
			began = true
			return fn(db)
		})
		if began || !sqlite.IsBusy(err) || try == beginTries {
			s.writes.note(err)
			return err
		}
	}
}

// read runs fn on one unchanging picture of the database.
func (s *Store) read(ctx context.Context, fn func(*gorm.DB) error) error {
	return classify(s.rdb.WithContext(ctx).Transaction(fn, &sql.TxOptions{ReadOnly: true}))
}

// refreshActor reads the actor's session, person and membership as this transaction finds them, since the request may
// have been admitted long before. An actor whose session has ended, or who is disabled, is CodeUnauthenticated. An
// actor who is no longer in the account is CodeNotFound, like everybody who never was. An actor without a person is the
// program itself.
func (t *tx) refreshActor() error {
	if t.who.UserID == 0 {
		return nil
	}
	if err := t.refreshPerson(); err != nil {
		return err
	}
	if t.who.AccountID == 0 {
		return nil
	}
	return t.refreshRole()
}

func (t *tx) refreshPerson() error {
	q := t.Where("id = ? AND disabled_at IS NULL", t.who.UserID)
	if t.who.SessionID != "" {
		q = q.Where("id IN (SELECT user_id FROM sessions WHERE sessions.id = ? AND expires_at > ?)", t.who.SessionID, t.now)
	}
	var u models.User
	err := q.Take(&u).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Refuse(models.CodeUnauthenticated, "", "errors.unauthenticated")
	}
	t.who.Name, t.who.Email = u.Name, u.Email
	return err
}

func (t *tx) refreshRole() error {
	a, err := t.accountOf()
	if err != nil {
		return err
	}
	m, err := membershipOf(t.DB, a, t.who.UserID)
	t.who.Role = m.Role
	return orNotFound(err, "errors.account.not_found")
}

// permit refuses what the actor's role does not allow.
func permit(who models.Actor, p models.Permission) error {
	if !who.Role.Can(p) {
		return models.Refuse(models.CodeForbidden, "", "errors.forbidden")
	}
	return nil
}

// fresh refuses a change from a form that is out of date. now holds the values as this transaction finds them, and
// wanted the values that the form asks for, nil for a confirmation.
func (t *tx) fresh(now, wanted models.Section) error {
	return models.CheckStale(t.who.FormVersion, now, wanted)
}

// facts holds the facts of an audit row: names, modes and ids, never a secret.
type facts map[string]any

// audit records a row for the actor's account. nil facts are left empty.
func (t *tx) audit(event models.Event, kind, id, name string, before, after facts) error {
	return t.auditIn(t.who.AccountID, event, kind, id, name, before, after)
}

// auditIn records a row for an account, which can be another than the actor's: what a master does to its sub-account is
// in both audits.
func (t *tx) auditIn(accountID int64, event models.Event, kind, id, name string, before, after facts) error {
	b, err := before.text()
	if err != nil {
		return err
	}
	a, err := after.text()
	if err != nil {
		return err
	}
	t.rows = append(t.rows, models.AuditRow{
		AccountID: accountID, At: t.now, ActorID: t.who.UserID, ActorName: t.who.Name, ActorEmail: t.who.Email, IP: t.who.IP,
		Event: event, TargetKind: kind, TargetID: id, TargetName: name, Before: b, After: a,
	})
	return nil
}

func (f facts) text() (string, error) {
	if f == nil {
		return "", nil
	}
	b, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	return string(b), nil
}

// touchKey marks a key as changed, for the gates.
func (t *tx) touchKey(k models.Key) {
	t.feed = append(t.feed, change{AccountID: k.AccountID, KeyID: k.ID})
}

// touchAccount marks the account, its apps and its catalogue as changed, for the gates.
func (t *tx) touchAccount(id int64) {
	t.feed = append(t.feed, change{AccountID: id})
}

// appendFeed writes the changes for the gates, and deletes those that every gate had long ago. A gate that missed them
// notices the gap and loads everything.
func (t *tx) appendFeed() error {
	if len(t.feed) == 0 {
		return nil
	}
	if err := t.CreateInBatches(&t.feed, insertBatch).Error; err != nil {
		return err
	}
	last := t.feed[len(t.feed)-1].ID
	return t.Where("id <= ?", last-feedKept).Delete(&change{}).Error
}
