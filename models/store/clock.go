package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
)

// clockStep is the smallest step back that counts as a clock that was set back. Smaller ones are ordinary corrections.
const clockStep = time.Second

// moments returns, by table, the columns that hold when something happened and whose age matters. A moment in the
// future counts as now.
func moments() map[string][]string {
	return map[string][]string{
		"attempts":             {"at"},
		"keys":                 {"last_used_at"},
		"previous_credentials": {"last_used_at"},
		"passkeys":             {"last_used_at"},
		"verified_secrets":     {"at"},
		"sessions":             {"seen_at"},
		"stranger_counts":      {"since"},
		"visits":               {"at"},
	}
}

// terms returns, by table, the column that holds the end of a row that begins at created_at. A row that was created in
// the future counts as created now, and lasts as long.
func terms() map[string]string {
	return map[string]string{
		"invitations":          "expires_at",
		"previous_credentials": "ends_at",
		"password_resets":      "expires_at",
		"sessions":             "expires_at",
		"setup_tokens":         "expires_at",
	}
}

// FollowClock notices that the clock was set back, and moves stored times of the future back to now. Otherwise links
// and sessions would live, and limits hold, for as long as the clock had been wrong. The first call always looks, since
// the clock may have been set while nothing ran. Call it every quarter of a second.
func (s *Store) FollowClock(ctx context.Context) error {
	now := s.now()
	if last := s.lastTime.Load(); last != 0 && now.UnixMicro() > last-clockStep.Microseconds() {
		s.lastTime.Store(max(last, now.UnixMicro()))
		return nil
	}
	if err := s.write(ctx, models.Actor{}, (*tx).settleClock); err != nil {
		return err
	}
	s.lastTime.Store(now.UnixMicro())
	return nil
}

func (t *tx) settleClock() error {
	for table, columns := range moments() {
		for _, column := range columns {
			if err := t.Exec("UPDATE "+table+" SET "+column+" = ? WHERE "+column+" > ?", t.now, t.now).Error; err != nil {
				return err
			}
		}
	}
	for table, end := range terms() {
		if err := t.settleTerms(table, end); err != nil {
			return err
		}
	}
	// Nobody has proven anything in the future.
	err := t.Exec("UPDATE sessions SET reauth_at = ? WHERE reauth_at > ?", t.now.Add(-models.ReauthTTL), t.now).Error
	if err != nil {
		return err
	}
	// A step that waits for its answer has no beginning. A spent one keeps its
	// end: until then its token must not be taken again.
	latest := t.now.Add(models.SignInTTL)
	err = t.Exec("UPDATE signin_steps SET expires_at = ? WHERE expires_at > ? AND purpose <> ?", latest, latest, purposeSpent).Error
	if err != nil {
		return err
	}
	step := secret.LatestTOTPStep(t.now)
	return t.Exec("UPDATE users SET totp_step = ? WHERE totp_step > ?", step, step).Error
}

// term is a row that ends after a time.
type term struct {
	Row              int64 `gorm:"column:row_number"`
	CreatedAt        time.Time
	Ends             time.Time
	AccountID, KeyID int64 // of an old credential
}

func (t *tx) settleTerms(table, end string) error {
	columns := "rowid AS row_number, created_at, " + end + " AS ends"
	if table == "previous_credentials" {
		columns += ", account_id, key_id"
	}
	var rows []term
	err := t.Table(table).Select(columns).Where("created_at > ?", t.now).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		ends := t.now.Add(r.Ends.Sub(r.CreatedAt))
		err := t.Session(&gorm.Session{}).Exec("UPDATE "+table+" SET created_at = ?, "+end+" = ? WHERE rowid = ?", t.now, ends, r.Row).Error
		if err != nil {
			return err
		}
		if r.KeyID != 0 { // the gates know when it ends
			t.touchKey(models.Key{ID: r.KeyID, AccountID: r.AccountID})
		}
	}
	return nil
}
