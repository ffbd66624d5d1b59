package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
)

// The limits of audit rows for failed sign-ins with unknown e-mails, per window and over all addresses. Audit rows are
// never deleted, so strangers must not write any number of them. Failures beyond the limit are counted, and one row has
// their number.
const (
	strangerRows   = 20
	strangerWindow = time.Hour
)

// strangerCount is the one row of the table stranger_counts: the count of the window that began at Since.
type strangerCount struct {
	ID      int64 `gorm:"primaryKey"`
	Since   time.Time
	Written int // rows of the audit
	More    int // failures without a row
}

// recordStranger records a failed sign-in with an unknown e-mail: in an audit row without an account, or in the count
// of those beyond the limit.
func (t *tx) recordStranger(email string) error {
	n, err := t.strangerCount()
	if err != nil {
		return err
	}
	if n.Written < strangerRows {
		n.Written++
		err = t.auditIn(0, models.EventUserSignInFailed, kindUser, email, "", nil, nil)
	} else {
		n.More++
	}
	if err != nil {
		return err
	}
	return t.Save(&n).Error
}

// SettleStrangers writes the row with the count of a window that is over. Without it, the next failed sign-in would.
func (s *Store) SettleStrangers(ctx context.Context) error {
	var open int64
	err := s.rdb.WithContext(ctx).Model(&strangerCount{}).Where("more > 0 AND since <= ?", s.now().Add(-strangerWindow)).Count(&open).Error
	if err != nil || open == 0 {
		return classify(err)
	}
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		n, err := t.strangerCount()
		if err != nil {
			return err
		}
		return t.Save(&n).Error
	})
}

// strangerCount returns the count of the present window. Where the last window is over, it records how many that one
// counted beyond its rows.
func (t *tx) strangerCount() (strangerCount, error) {
	n := strangerCount{ID: 1, Since: t.now}
	err := t.Where("id = 1").Take(&n).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return n, nil
	}
	if err != nil || t.now.Sub(n.Since) < strangerWindow {
		return n, err
	}
	if n.More > 0 {
		t.record(models.AuditRow{
			Event: models.EventUserSignInFailed, TargetKind: "user",
			After: fmt.Sprintf(`{"count":%d,"since":%q}`, n.More, n.Since.UTC().Format(time.RFC3339)),
		})
	}
	return strangerCount{ID: 1, Since: t.now}, nil
}
