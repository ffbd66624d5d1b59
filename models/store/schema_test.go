package store

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"crypto/rand"

	"gorm.io/gorm/schema"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store/chain"
)

func openHere(t *testing.T, change ...func(*Options)) *Store {
	t.Helper()
	ring, err := secret.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Path: filepath.Join(t.TempDir(), "keywicket.db"), Box: secret.NewBox("", ring)}
	for _, f := range change {
		f(&o)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Models and columns are written down twice, in Go and in SQL. They must
// agree, in both directions.
func TestModelsAgreeWithMigrations(t *testing.T) {
	s := openHere(t)
	tables := map[string]any{}
	for _, m := range []any{
		&models.Account{}, &models.User{}, &models.Member{}, &models.Session{}, &models.App{}, &models.Family{}, &models.API{},
		&models.Key{}, &models.KeyIP{}, &models.AuditRow{}, &chain.Head{}, &change{}, &sealedSecret{}, &setupToken{}, &attempt{},
		&keyApp{}, &keyAPI{}, &models.Invitation{}, &models.PasswordReset{}, &models.RecoveryCode{}, &models.Passkey{},
		&models.Identity{}, &models.PreviousCredential{}, &models.Plugin{}, &usageDay{}, &accountDay{}, &signInStep{}, &visit{},
		&models.AuditName{}, &verifiedRow{}, &strangerCount{}, &writeProbe{},
	} {
		sch, err := schema.Parse(m, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			t.Fatal(err)
		}
		tables[sch.Table] = m
		var columns []struct {
			Name string
			PK   int `gorm:"column:pk"`
		}
		if err := s.rdb.Raw("SELECT name, pk FROM pragma_table_info(?)", sch.Table).Scan(&columns).Error; err != nil {
			t.Fatal(err)
		}
		var have, keys []string
		for _, c := range columns {
			have = append(have, c.Name)
			if c.PK > 0 {
				keys = append(keys, c.Name)
			}
		}
		want, wantKeys := slices.Clone(sch.DBNames), slices.Clone(sch.PrimaryFieldDBNames)
		for _, names := range [][]string{have, keys, want, wantKeys} {
			slices.Sort(names)
		}
		if !slices.Equal(have, want) {
			t.Errorf("table %s has columns %v, its model %v", sch.Table, have, want)
		}
		if !slices.Equal(keys, wantKeys) {
			t.Errorf("table %s has the primary key %v, its model %v", sch.Table, keys, wantKeys)
		}
	}
	var all []string
	err := s.rdb.Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'goose_db_version'").Scan(&all).Error
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if tables[name] == nil {
			t.Errorf("table %s has no model", name)
		}
	}
}
