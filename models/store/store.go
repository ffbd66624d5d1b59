package store

import (
	"context"
	"errors"
	"time"

	"keywicket/models"
)

var errNotYet = errors.New("not in this build")

// Store is the database of one installation. It is safe for concurrent use.
type Store struct{}

// Close is described with its body.
func (s *Store) Close() error { return errNotYet }

// Ping is described with its body.
func (s *Store) Ping(ctx context.Context) error { return errNotYet }

// Backup is described with its body.
func (s *Store) Backup(ctx context.Context, file string) error { return errNotYet }

// Checkpoint is described with its body.
func (s *Store) Checkpoint(ctx context.Context) error { return errNotYet }

// PollGate is described with its body.
func (s *Store) PollGate(ctx context.Context) error { return errNotYet }

// ListKeys is described with its body.
func (s *Store) ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error) {
	return models.KeyPage{}, errNotYet
}

// Key is described with its body.
func (s *Store) Key(ctx context.Context, who models.Actor, sid string) (models.KeyDetail, error) {
	return models.KeyDetail{}, errNotYet
}

// CreateKey is described with its body.
func (s *Store) CreateKey(ctx context.Context, who models.Actor, name, press string) (models.Key, string, error) {
	return models.Key{}, "", errNotYet
}

// CopyKey is described with its body.
func (s *Store) CopyKey(ctx context.Context, who models.Actor, sid, press string) (models.Key, string, error) {
	return models.Key{}, "", errNotYet
}

// RevealKey is described with its body.
func (s *Store) RevealKey(ctx context.Context, who models.Actor, sid string) (string, error) {
	return "", errNotYet
}

// UpdateKey is described with its body.
func (s *Store) UpdateKey(ctx context.Context, who models.Actor, sid, name, description string) error {
	return errNotYet
}

// SetKeyEnabled is described with its body.
func (s *Store) SetKeyEnabled(ctx context.Context, who models.Actor, sid string, enabled bool) error {
	return errNotYet
}

// SetKeyExpiry is described with its body.
func (s *Store) SetKeyExpiry(ctx context.Context, who models.Actor, sid string, at *time.Time) error {
	return errNotYet
}

// SetKeyRate is described with its body.
func (s *Store) SetKeyRate(ctx context.Context, who models.Actor, sid string, requests, windowSec int) error {
	return errNotYet
}

// SetKeyApps is described with its body.
func (s *Store) SetKeyApps(ctx context.Context, who models.Actor, sid string, mode models.ScopeMode, ids []int64) error {
	return errNotYet
}

// SetKeyAPIs is described with its body.
func (s *Store) SetKeyAPIs(ctx context.Context, who models.Actor, sid string, mode models.ScopeMode, ids []int64) error {
	return errNotYet
}

// AddKeyIP is described with its body.
func (s *Store) AddKeyIP(ctx context.Context, who models.Actor, sid, raw string) (string, error) {
	return "", errNotYet
}

// RemoveKeyIP is described with its body.
func (s *Store) RemoveKeyIP(ctx context.Context, who models.Actor, sid, rule string, confirmedLast bool) error {
	return errNotYet
}

// DeleteKey is described with its body.
func (s *Store) DeleteKey(ctx context.Context, who models.Actor, sid string) error { return errNotYet }

// BulkKeys is described with its body.
func (s *Store) BulkKeys(ctx context.Context, who models.Actor, sids []string, op models.BulkOp) (models.BulkResult, error) {
	return models.BulkResult{}, errNotYet
}

// KeyHash is described with its body.
func (s *Store) KeyHash(ctx context.Context, who models.Actor, sid string) ([32]byte, error) {
	return [32]byte{}, errNotYet
}

// ListApps is described with its body.
func (s *Store) ListApps(ctx context.Context, who models.Actor, q models.AppQuery) (models.AppPage, error) {
	return models.AppPage{}, errNotYet
}

// App is described with its body.
func (s *Store) App(ctx context.Context, who models.Actor, id int64) (models.App, error) {
	return models.App{}, errNotYet
}

// AddApps is described with its body.
func (s *Store) AddApps(ctx context.Context, who models.Actor, apps []models.NewApp) (int, error) {
	return 0, errNotYet
}

// RenameApp is described with its body.
func (s *Store) RenameApp(ctx context.Context, who models.Actor, id int64, name string) error {
	return errNotYet
}

// RemoveApp is described with its body.
func (s *Store) RemoveApp(ctx context.Context, who models.Actor, id int64) error { return errNotYet }

// AppKeys is described with its body.
func (s *Store) AppKeys(ctx context.Context, who models.Actor, id int64) ([]models.Key, error) {
	return nil, errNotYet
}

// AppCount is described with its body.
func (s *Store) AppCount(ctx context.Context, who models.Actor) (int, error) { return 0, errNotYet }

// Catalogue is described with its body.
func (s *Store) Catalogue(ctx context.Context, who models.Actor) ([]models.FamilyRow, error) {
	return nil, errNotYet
}

// AddFamily is described with its body.
func (s *Store) AddFamily(ctx context.Context, who models.Actor, name string) (models.Family, error) {
	return models.Family{}, errNotYet
}

// RenameFamily is described with its body.
func (s *Store) RenameFamily(ctx context.Context, who models.Actor, id int64, name string) error {
	return errNotYet
}

// RemoveFamily is described with its body.
func (s *Store) RemoveFamily(ctx context.Context, who models.Actor, id int64) error { return errNotYet }

// API is described with its body.
func (s *Store) API(ctx context.Context, who models.Actor, id int64) (models.API, error) {
	return models.API{}, errNotYet
}

// AddAPI is described with its body.
func (s *Store) AddAPI(ctx context.Context, who models.Actor, a models.API) (models.API, error) {
	return models.API{}, errNotYet
}

// UpdateAPI is described with its body.
func (s *Store) UpdateAPI(ctx context.Context, who models.Actor, a models.API) error {
	return errNotYet
}

// RemoveAPI is described with its body.
func (s *Store) RemoveAPI(ctx context.Context, who models.Actor, id int64) error { return errNotYet }

// APIKeys is described with its body.
func (s *Store) APIKeys(ctx context.Context, who models.Actor, id int64) ([]models.Key, error) {
	return nil, errNotYet
}

// ApplyPreset is described with its body.
func (s *Store) ApplyPreset(ctx context.Context, who models.Actor) (int, error) { return 0, errNotYet }

// ListAudit is described with its body.
func (s *Store) ListAudit(ctx context.Context, who models.Actor, q models.AuditQuery) (models.AuditPage, error) {
	return models.AuditPage{}, errNotYet
}

// KeyHistory is described with its body.
func (s *Store) KeyHistory(ctx context.Context, who models.Actor, sid string, n int) ([]models.AuditRow, error) {
	return nil, errNotYet
}

// VerifyAudit is described with its body.
func (s *Store) VerifyAudit(ctx context.Context) (models.AuditReport, error) {
	return models.AuditReport{}, errNotYet
}

// RecordAudit is described with its body.
func (s *Store) RecordAudit(ctx context.Context, row models.AuditRow) error { return errNotYet }

// AccountFor is described with its body.
func (s *Store) AccountFor(ctx context.Context, slug string, userID int64) (models.Account, models.Member, error) {
	return models.Account{}, models.Member{}, errNotYet
}

// AccountsOf is described with its body.
func (s *Store) AccountsOf(ctx context.Context, userID int64) ([]models.Membership, error) {
	return nil, errNotYet
}

// Accounts is described with its body.
func (s *Store) Accounts(ctx context.Context) ([]models.AccountSummary, error) { return nil, errNotYet }

// UpdateAccount is described with its body.
func (s *Store) UpdateAccount(ctx context.Context, who models.Actor, a models.Account) error {
	return errNotYet
}

// NavCounts is described with its body.
func (s *Store) NavCounts(ctx context.Context, who models.Actor) (models.NavCounts, error) {
	return models.NavCounts{}, errNotYet
}

// OwnerActor is described with its body.
func (s *Store) OwnerActor(ctx context.Context, slug string) (models.Actor, error) {
	return models.Actor{}, errNotYet
}

// OwnerExists is described with its body.
func (s *Store) OwnerExists(ctx context.Context) (bool, error) { return false, errNotYet }

// NewSetupToken is described with its body.
func (s *Store) NewSetupToken(ctx context.Context, ttl time.Duration) (string, error) {
	return "", errNotYet
}

// SetupTokenValid is described with its body.
func (s *Store) SetupTokenValid(ctx context.Context, token string) (bool, error) {
	return false, errNotYet
}

// CreateOwner is described with its body.
func (s *Store) CreateOwner(ctx context.Context, token string, o models.NewOwner) (models.User, models.Account, error) {
	return models.User{}, models.Account{}, errNotYet
}

// UserByEmail is described with its body.
func (s *Store) UserByEmail(ctx context.Context, email string) (models.User, error) {
	return models.User{}, errNotYet
}

// User is described with its body.
func (s *Store) User(ctx context.Context, id int64) (models.User, error) {
	return models.User{}, errNotYet
}

// SetPassword is described with its body.
func (s *Store) SetPassword(ctx context.Context, who models.Actor, userID int64, passwordHash, exceptSession string) error {
	return errNotYet
}

// UpdateProfile is described with its body.
func (s *Store) UpdateProfile(ctx context.Context, userID int64, name, language, theme string) error {
	return errNotYet
}

// CreateSession is described with its body.
func (s *Store) CreateSession(ctx context.Context, session models.Session) error { return errNotYet }

// Session is described with its body.
func (s *Store) Session(ctx context.Context, id string) (models.Session, error) {
	return models.Session{}, errNotYet
}

// TouchSession is described with its body.
func (s *Store) TouchSession(ctx context.Context, id string, seen time.Time, values []byte) error {
	return errNotYet
}

// DeleteSession is described with its body.
func (s *Store) DeleteSession(ctx context.Context, id string) error { return errNotYet }

// DeleteSessions is described with its body.
func (s *Store) DeleteSessions(ctx context.Context, userID int64, except string) (int, error) {
	return 0, errNotYet
}

// ListSessions is described with its body.
func (s *Store) ListSessions(ctx context.Context, userID int64) ([]models.Session, error) {
	return nil, errNotYet
}

// PruneSessions is described with its body.
func (s *Store) PruneSessions(ctx context.Context) (int, error) { return 0, errNotYet }

// TakeGuess is described with its body.
func (s *Store) TakeGuess(ctx context.Context, email, ip string) error { return errNotYet }

// ClearGuesses is described with its body.
func (s *Store) ClearGuesses(ctx context.Context, email string) error { return errNotYet }

// KeyUsage is described with its body.
func (s *Store) KeyUsage(ctx context.Context, who models.Actor, sid string, days int) ([]models.UsageDay, error) {
	return nil, errNotYet
}

// AccountUsage is described with its body.
func (s *Store) AccountUsage(ctx context.Context, who models.Actor, days int) ([]models.UsageDay, error) {
	return nil, errNotYet
}

// RotateMasterKey is described with its body.
func (s *Store) RotateMasterKey(ctx context.Context) (int, error) { return 0, errNotYet }
