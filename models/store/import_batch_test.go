package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"keywicket/models"
)

func manyMasters(n int) []models.NewAccount {
	var rows []models.NewAccount
	for i := range n {
		rows = append(rows, models.NewAccount{
			Line: 2 + 2*i, Name: fmt.Sprintf("Company %d", i), Kind: models.KindMaster, Created: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		}, models.NewAccount{Line: 3 + 2*i, Name: "Branch", Kind: models.KindSubaccount, Master: fmt.Sprintf("company %d", i)})
	}
	return rows
}

// Whoever waits to change something gets in between two batches.
func TestAnImportLetsOthersIn(t *testing.T) {
	s, people, sid := planned(t)
	pool, err := s.wdb.DB()
	if err != nil {
		t.Fatal(err)
	}
	batches, disabled := 0, make(chan error, 1)
	o := models.ImportSettings{OwnerID: people[0].UserID, All: true, Batch: 4, Keep: func([]models.ImportedKey) error {
		if batches++; batches == 1 {
			waited := pool.Stats().WaitCount
			go func() { disabled <- s.SetKeyEnabled(context.WithoutCancel(t.Context()), people[0], sid, false) }()
			for pool.Stats().WaitCount == waited { // until it waits for the writer
				runtime.Gosched()
			}
		}
		if batches == 2 {
			var k models.Key
			if err := s.rdb.Where("sid = ?", sid).Take(&k).Error; err != nil || k.Enabled {
				t.Errorf("in the second batch the key is enabled: %v, %v", k.Enabled, err)
			}
		}
		return nil
	}}
	who := people[0]
	who.AccountID = 0
	made, bad, err := s.ImportAccounts(t.Context(), who, manyMasters(6), o)
	if err != nil || len(bad) > 0 || made.Masters != 6 || made.Subs != 6 || len(made.Keys) != 24 || batches != 3 {
		t.Errorf("made %d masters, %d subs, %d keys in %d batches: %v %v", made.Masters, made.Subs, len(made.Keys), batches, bad, err)
	}
	if err := <-disabled; err != nil {
		t.Error(err)
	}
}

// An import that was stopped between two batches is whole as far as it came,
// and says how far; repeated, it makes the rest and nothing twice.
func TestAStoppedImportGoesOn(t *testing.T) {
	s, people, _ := planned(t)
	who := people[0]
	who.AccountID = 0
	rows := manyMasters(6)
	ctx, stop := context.WithCancel(t.Context())
	var kept, batch []models.ImportedKey
	o := models.ImportSettings{OwnerID: who.UserID, All: true, Batch: 4,
		Keep: func(keys []models.ImportedKey) error {
			kept, batch = append(kept, keys...), keys
			if len(kept) > 16 {
				stop()
			}
			return nil
		},
		Undo: func() error {
			kept = kept[:len(kept)-len(batch)]
			return nil
		},
	}
	made, _, err := s.ImportAccounts(ctx, who, rows, o)
	if !errors.Is(err, context.Canceled) || made.Masters != 4 || made.Subs != 0 || len(kept) != 16 {
		t.Fatalf("stopped: %+v, %d keys are kept, %v", made, len(kept), err)
	}
	there := func() (accounts, keys int64) {
		t.Helper()
		for _, err := range []error{s.rdb.Model(&models.Account{}).Count(&accounts).Error, s.rdb.Model(&models.Key{}).Count(&keys).Error} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return accounts, keys
	}
	if a, k := there(); a != 1+4 || k != 1+16 {
		t.Errorf("%d accounts and %d keys are there", a, k)
	}
	if _, bad, err := s.ImportAccounts(t.Context(), who, rows, o); err != nil || len(bad) != 4 {
		t.Errorf("without continuing: %v, %v", bad, err)
	}
	o.Continue = true
	rest, bad, err := s.ImportAccounts(t.Context(), who, rows, o)
	if err != nil || len(bad) > 0 || rest.There != 4 || rest.Masters != 2 || rest.Subs != 6 || len(kept) != 24 {
		t.Fatalf("continued: %+v, %d keys are kept, %v, %v", rest, len(kept), bad, err)
	}
	again, bad, err := s.ImportAccounts(t.Context(), who, rows, o)
	if err != nil || len(bad) > 0 || again.There != 12 || again.Masters+again.Subs != 0 {
		t.Errorf("once more: %+v, %v, %v", again, bad, err)
	}
	if a, k := there(); a != 1+12 || k != 1+24 {
		t.Errorf("in the end %d accounts and %d keys are there", a, k)
	}
	other := rows[0]
	other.Created = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, bad, _ := s.ImportAccounts(t.Context(), who, []models.NewAccount{other}, o); len(bad) != 1 {
		t.Error("an account of another day passes as the same")
	}
}
