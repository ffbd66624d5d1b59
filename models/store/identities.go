package store

import (
	"context"
	"strings"

	"keywicket/models"
)

// UserByIdentity returns the person who is linked to the subject at an OpenID provider, or CodeNotFound.
func (s *Store) UserByIdentity(ctx context.Context, issuer, subject string) (models.User, error) {
	var u models.User
	err := s.rdb.WithContext(ctx).Joins("JOIN identities ON identities.user_id = users.id").
		Where("identities.issuer = ? AND identities.subject = ?", issuer, subject).Take(&u).Error
	return u, classify(orNotFound(err, "errors.user.not_found"))
}

// Linked reports whether the person is linked to a subject at a provider.
func (s *Store) Linked(ctx context.Context, userID int64) (bool, error) {
	var n int64
	err := s.rdb.WithContext(ctx).Model(&models.Identity{}).Where("user_id = ?", userID).Count(&n).Error
	return n > 0, classify(err)
}

// LinkIdentity links a person to a subject at an OpenID provider. A person who has a link, at any provider, and a
// subject that is linked to somebody are CodeConflict: an address alone changes no link.
func (s *Store) LinkIdentity(ctx context.Context, who models.Actor, userID int64, issuer, subject string) error {
	if strings.TrimSpace(issuer) == "" || strings.TrimSpace(subject) == "" {
		return models.Refuse(models.CodeInvalid, "", "errors.sso.invalid")
	}
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.user(userID)
		if err != nil {
			return err
		}
		var n int64
		err = t.Model(&models.Identity{}).Where("user_id = ? OR (issuer = ? AND subject = ?)", u.ID, issuer, subject).Count(&n).Error
		if err != nil {
			return err
		}
		if n > 0 {
			return models.Refuse(models.CodeConflict, "", "errors.sso.linked")
		}
		if err := t.Create(&models.Identity{Issuer: issuer, Subject: subject, UserID: u.ID, CreatedAt: t.now}).Error; err != nil {
			return err
		}
		t.actAs(u, t.who.IP)
		return t.auditUser(models.EventUserSSOLink, u, nil, facts{"issuer": issuer})
	})
}

// UnlinkIdentities is for the command line. It deletes the person's links to OpenID providers, so that their address
// can link them anew, and returns how many there were.
func (s *Store) UnlinkIdentities(ctx context.Context, userID int64) (int, error) {
	var n int
	err := s.write(ctx, models.Actor{Name: commandLine}, func(t *tx) error {
		u, err := t.user(userID)
		if err != nil {
			return err
		}
		r := t.Where("user_id = ?", u.ID).Delete(&models.Identity{})
		if n = int(r.RowsAffected); r.Error != nil || n == 0 {
			return r.Error
		}
		return t.auditUser(models.EventUserSSOUnlink, u, nil, nil)
	})
	return n, err
}
