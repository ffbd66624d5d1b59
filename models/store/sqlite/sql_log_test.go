package sqlite_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"gorm.io/gorm"

	"keywicket/models"
)

// The log holds the statements that the database failed at, and none that ended
// as somebody wanted, or that became a refusal.
func TestSQLLogHoldsFaults(t *testing.T) {
	var log bytes.Buffer
	o := options(t)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	db := open(t, o).Write
	quiet := func(what string, err error) {
		t.Helper()
		if err == nil || log.Len() > 0 {
			t.Errorf("%s: %v, and the log says\n%s", what, err, &log)
		}
		log.Reset()
	}

	u := models.User{Email: "planted@example.com", Name: "Planted"}
	if err := db.Create(&u).Error; err != nil {
		t.Fatal(err)
	}
	quiet("a duplicate", db.Create(&models.User{Email: u.Email, Name: u.Name}).Error)

	ended, end := context.WithCancel(t.Context())
	end()
	quiet("an ended caller", db.WithContext(ended).Exec("SELECT 1").Error)
	ended, end = context.WithCancel(t.Context())
	quiet("a caller that ends within a transaction", db.WithContext(ended).Transaction(func(t *gorm.DB) error {
		end()
		return t.Exec("DELETE FROM keys WHERE name = ?", "planted").Error
	}))
	ended, end = context.WithCancel(t.Context())
	defer end()
	var n int64
	go end()
	quiet("a caller that ends within a statement",
		db.WithContext(ended).Raw("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c").Scan(&n).Error)

	if err := db.Exec("DELETE FROM nowhere WHERE name = ?", "planted").Error; err == nil {
		t.Error("a table that is not there is no fault")
	}
	if text := log.String(); !strings.Contains(text, "nowhere") || strings.Contains(text, "planted") {
		t.Errorf("the log of a fault says\n%s", text)
	}
}
