package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"keywicket/models/secret"
	"keywicket/models/store/chain"
)

// The names of the installation's own sealed secrets.
const (
	secretPepper = "pepper"    // of the keyed hash of keys
	secretAudit  = "audit_mac" // of the audit's hash chain
	secretLen    = 32
)

// sealedSecret is a row of the table secrets.
type sealedSecret struct {
	Name   string `gorm:"primaryKey"`
	KEKID  string
	Sealed []byte
}

// TableName returns the table of sealed secrets.
func (sealedSecret) TableName() string { return "secrets" }

func secretAAD(name string) []byte { return []byte("keywicket installation secret\x00" + name) }

// unlock opens the installation's secrets, and creates them in a new database.
func (s *Store) unlock(ctx context.Context, newBox func() (*secret.Box, error)) error {
	var rows []sealedSecret
	if err := s.rdb.WithContext(ctx).Find(&rows).Error; err != nil {
		return err
	}
	if len(rows) == 0 {
		err := s.wdb.WithContext(ctx).Transaction(func(db *gorm.DB) error {
			// Again, under the lock: another process may have been first.
			if err := db.Find(&rows).Error; err != nil || len(rows) > 0 {
				return err
			}
			var err error
			rows, err = s.makeSecrets(db, newBox)
			return err
		})
		if err != nil {
			return err
		}
	}
	if s.box == nil {
		return ErrMasterKeyMissing
	}
	plain := map[string][]byte{}
	for _, r := range rows {
		p, err := s.box.Open(r.KEKID, r.Sealed, secretAAD(r.Name))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrWrongMasterKey, err)
		}
		plain[r.Name] = p
	}
	var err error
	if s.hasher, err = secret.NewHasher(plain[secretPepper]); err != nil {
		return fmt.Errorf("the database lacks the pepper of its keys: %w", err)
	}
	if s.macKey = plain[secretAudit]; len(s.macKey) < secretLen {
		return errors.New("the database lacks the key of its audit chain")
	}
	return nil
}

// makeSecrets creates and seals the secrets of a new installation, and creates the head of an empty audit.
func (s *Store) makeSecrets(db *gorm.DB, newBox func() (*secret.Box, error)) ([]sealedSecret, error) {
	var keys int64
	if err := db.Table("keys").Count(&keys).Error; err != nil {
		return nil, err
	}
	if keys > 0 {
		return nil, errors.New("the database holds keys but not the secrets that belong to them: restore a backup")
	}
	if s.box == nil {
		if newBox == nil {
			return nil, errors.New("a new database needs a master key")
		}
		var err error
		if s.box, err = newBox(); err != nil {
			return nil, err
		}
	}
	var rows []sealedSecret
	for _, name := range []string{secretPepper, secretAudit} {
		plain := make([]byte, secretLen)
		if _, err := rand.Read(plain); err != nil {
			return nil, err
		}
		kek, sealed, err := s.box.Seal(plain, secretAAD(name))
		if err != nil {
			return nil, err
		}
		rows = append(rows, sealedSecret{Name: name, KEKID: kek, Sealed: sealed})
		if name == secretAudit {
			if err := (auditTable{db}).SaveHead(chain.FirstHead(plain)); err != nil {
				return nil, err
			}
		}
	}
	return rows, db.Create(&rows).Error
}
