package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// sealedColumns are the columns that name the master key of a sealed value, as
// the schema has them: table and column.
func sealedColumns(t *testing.T, db *sql.DB) (all [][2]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name LIKE '%kek%'`)
	ok(t, err)
	defer rows.Close()
	for rows.Next() {
		var c [2]string
		ok(t, rows.Scan(&c[0], &c[1]))
		all = append(all, c)
	}
	ok(t, rows.Err())
	return all
}

// With a master key missing that anything at all was sealed with, a rotation is
// refused and changes nothing.
func TestResealNeedsEveryMasterKeyInUse(t *testing.T) {
	o := storetest.Options(t)
	keyFile := filepath.Join(filepath.Dir(o.Path), "master.key")
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	storetest.SeedKeys(t, s, w.Who, 2)
	db := storetest.DB(t, s)
	before := must(os.ReadFile(keyFile))(t)
	columns := sealedColumns(t, db)
	if len(columns) < 3 {
		t.Fatalf("the schema has only %v", columns)
	}
	for _, c := range columns {
		table, column := c[0], c[1]
		var was string
		one := table + " WHERE rowid = (SELECT min(rowid) FROM " + table + ")"
		ok(t, db.QueryRowContext(t.Context(), "SELECT "+column+" FROM "+one).Scan(&was))
		set := strings.Replace(one, " WHERE", " SET "+column+" = ? WHERE", 1)
		run(t, db, "UPDATE "+set, "lost")
		if _, err := s.Reseal(t.Context()); !errors.Is(err, secret.ErrUnknownKEK) || errors.Is(err, secret.ErrUnfinished) {
			t.Errorf("with a lost key in %s.%s: %v", table, column, err)
		}
		run(t, db, "UPDATE "+set, was)
	}
	if string(before) != string(must(os.ReadFile(keyFile))(t)) {
		t.Error("a refused rotation changed the key file")
	}
	must(s.Reseal(t.Context()))(t)
	for _, c := range columns {
		if n := count(t, db, "SELECT count(*) FROM "+c[0]+" WHERE "+c[1]+" NOT IN ('', ?)", o.Box.ActiveID()); n > 0 {
			t.Errorf("%d values of %s.%s are sealed with a retired key", n, c[0], c[1])
		}
	}
}

// Commands that rotate at once, each with a store of its own, beside a server.
func TestResealAtOnce(t *testing.T) {
	o := storetest.Options(t)
	keyFile := filepath.Join(filepath.Dir(o.Path), "master.key")
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	storetest.SeedKeys(t, s, w.Who, 60)
	for range 4 {
		var work sync.WaitGroup
		for range 3 {
			box := secret.NewBox(keyFile, must(secret.LoadKeyringFile(keyFile))(t))
			command := storetest.Open(t, store.Options{Path: o.Path, Box: box})
			work.Go(func() {
				if _, err := command.Reseal(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
	}
	box := secret.NewBox(keyFile, must(secret.LoadKeyringFile(keyFile))(t))
	if n := len(box.IDs()); n != 13 {
		t.Errorf("%d master keys after 12 rotations", n)
	}
	again := storetest.Open(t, store.Options{Path: o.Path, Box: box})
	if sealed, lost, err := again.CheckSealed(t.Context()); sealed != 60 || lost != 0 || err != nil {
		t.Errorf("%d sealed, %d lost, %v", sealed, lost, err)
	}
	if r := verify(t, again); !r.OK {
		t.Errorf("%+v", r)
	}
}
