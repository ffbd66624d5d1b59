package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
)

func errTOTPOn() error  { return models.Refuse(models.CodeConflict, "", "errors.totp.on") }
func errTOTPOff() error { return models.Refuse(models.CodeConflict, "", "errors.totp.off") }
func errTOTPCode(field string) error {
	return models.Refuse(models.CodeInvalid, field, "errors.totp.code")
}

// me returns the actor as they are now, or CodeNotFound.
func (t *tx) me() (models.User, error) { return t.user(t.who.UserID) }

func (t *tx) user(id int64) (models.User, error) {
	var u models.User
	err := t.Where("id = ?", id).Take(&u).Error
	return u, orNotFound(err, "errors.user.not_found")
}

// BeginTOTP creates the secret of a new authenticator app for the actor and returns it. The app counts after
// ConfirmTOTP; until then each call creates another secret. With an app in use it is CodeConflict.
func (s *Store) BeginTOTP(ctx context.Context, who models.Actor) (string, error) {
	plain, err := secret.NewTOTPSecret(rand.Reader)
	if err != nil {
		return "", err
	}
	err = s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		if u.TOTPSince != nil {
			return errTOTPOn()
		}
		kek, sealed, err := s.box.Seal([]byte(plain), secret.TOTPAAD(u.ID))
		if err != nil {
			return err
		}
		return t.Model(&models.User{}).Where("id = ?", u.ID).
			Updates(map[string]any{"totp_sealed": sealed, "totp_kek_id": kek, "totp_step": 0}).Error
	})
	if err != nil {
		return "", err
	}
	return plain, nil
}

// PendingTOTP returns the secret of an app that is being set up, "" without one.
func (s *Store) PendingTOTP(ctx context.Context, who models.Actor) (string, error) {
	u, err := s.User(ctx, who.UserID)
	if err != nil || u.TOTPSince != nil || u.TOTPSealed == nil {
		return "", err
	}
	return s.openTOTP(u)
}

func (s *Store) openTOTP(u models.User) (string, error) {
	plain, err := s.box.Open(u.TOTPKEKID, u.TOTPSealed, secret.TOTPAAD(u.ID))
	if err != nil {
		return "", models.Refuse(models.CodeUnavailable, "", "errors.totp.sealed").Because(err)
	}
	return string(plain), nil
}

// ConfirmTOTP switches the actor's app on when the code is right, and returns the recovery codes, the only time. A
// wrong code is CodeInvalid.
func (s *Store) ConfirmTOTP(ctx context.Context, who models.Actor, code string) ([]string, error) {
	var codes []string
	err := s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		switch {
		case err != nil:
			return err
		case u.TOTPSince != nil:
			return errTOTPOn()
		case u.TOTPSealed == nil:
			return errTOTPOff()
		}
		if err := t.takeStep(u, "code", code); err != nil {
			return err
		}
		if err := t.Model(&models.User{}).Where("id = ?", u.ID).Update("totp_since", t.now).Error; err != nil {
			return err
		}
		if codes, err = t.newRecoveryCodes(u); err != nil {
			return err
		}
		return t.auditUser(models.EventUserTOTPOn, u, nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// takeStep compares a code and uses its time step up.
func (t *tx) takeStep(u models.User, field, code string) error {
	plain, err := t.s.openTOTP(u)
	if err != nil {
		return err
	}
	step, ok := secret.CheckTOTP(plain, code, t.now, u.TOTPStep)
	if !ok {
		return errTOTPCode(field)
	}
	return t.Model(&models.User{}).Where("id = ?", u.ID).Update("totp_step", step).Error
}

// TakeSecondFactor takes a code of the person's app, or one of their recovery codes, and uses it up: neither works
// twice. A wrong code is CodeInvalid; a person without an app is CodeConflict.
func (s *Store) TakeSecondFactor(ctx context.Context, who models.Actor, userID int64, code string) error {
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.user(userID)
		if err != nil {
			return err
		}
		if u.TOTPSince == nil {
			return errTOTPOff()
		}
		if recovery := secret.CleanRecoveryCode(code); recovery != "" {
			return t.takeRecoveryCode(u, recovery)
		}
		return t.takeStep(u, "code", code)
	})
}

func (t *tx) takeRecoveryCode(u models.User, code string) error {
	r := t.Model(&models.RecoveryCode{}).Where("user_id = ? AND hash = ? AND used_at IS NULL", u.ID, t.s.recoveryHash(u.ID, code)).
		Update("used_at", t.now)
	if r.Error != nil {
		return r.Error
	}
	if r.RowsAffected == 0 {
		return errTOTPCode("code")
	}
	var left int64
	if err := t.Model(&models.RecoveryCode{}).Where("user_id = ? AND used_at IS NULL", u.ID).Count(&left).Error; err != nil {
		return err
	}
	t.actAs(u, t.who.IP)
	return t.auditUser(models.EventUserRecoveryUse, u, nil, facts{"codes_left": left})
}

// recoveryHash returns the keyed hash of a recovery code. A code has 50 bits, too few for a hash that anybody can
// compute.
func (s *Store) recoveryHash(userID int64, code string) string {
	sum := s.hasher.Hash("recovery code\x00" + strconv.FormatInt(userID, 10) + "\x00" + code)
	return hex.EncodeToString(sum[:])
}

func (t *tx) newRecoveryCodes(u models.User) ([]string, error) {
	codes, err := secret.NewRecoveryCodes(rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := t.Where("user_id = ?", u.ID).Delete(&models.RecoveryCode{}).Error; err != nil {
		return nil, err
	}
	rows := make([]models.RecoveryCode, len(codes))
	for i, code := range codes {
		rows[i] = models.RecoveryCode{UserID: u.ID, Hash: t.s.recoveryHash(u.ID, code)}
	}
	return codes, t.Create(&rows).Error
}

// NewRecoveryCodes replaces the actor's recovery codes and returns the new ones. Without an app it is CodeConflict.
func (s *Store) NewRecoveryCodes(ctx context.Context, who models.Actor) ([]string, error) {
	var codes []string
	err := s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		if u.TOTPSince == nil {
			return errTOTPOff()
		}
		if codes, err = t.newRecoveryCodes(u); err != nil {
			return err
		}
		return t.auditUser(models.EventUserRecoveryNew, u, nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// RecoveryCodes returns when each of the person's recovery codes was used, by that time; nil, at the end, for unused
// codes.
func (s *Store) RecoveryCodes(ctx context.Context, userID int64) ([]*time.Time, error) {
	var rows []models.RecoveryCode
	err := s.rdb.WithContext(ctx).Where("user_id = ?", userID).Order("used_at IS NULL, used_at").Find(&rows).Error
	used := make([]*time.Time, len(rows))
	for i, r := range rows {
		used[i] = r.UsedAt
	}
	return used, classify(err)
}

// EndTOTP switches the actor's app off, or stops its set-up, and deletes its secret and the recovery codes.
func (s *Store) EndTOTP(ctx context.Context, who models.Actor) error {
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil || u.TOTPSealed == nil {
			return err
		}
		if err := t.endTOTP(u.ID); err != nil || u.TOTPSince == nil {
			return err
		}
		return t.auditUser(models.EventUserTOTPOff, u, nil, nil)
	})
}

func (t *tx) endTOTP(userID int64) error {
	if err := t.Where("user_id = ?", userID).Delete(&models.RecoveryCode{}).Error; err != nil {
		return err
	}
	return t.Model(&models.User{}).Where("id = ?", userID).
		Updates(map[string]any{"totp_sealed": nil, "totp_kek_id": "", "totp_since": nil, "totp_step": 0}).Error
}

// ResetSecondFactor is for the command line. It removes a person's app, recovery codes and passkeys, and ends their
// sessions, so that the password alone signs them in again. It returns the number of passkeys.
func (s *Store) ResetSecondFactor(ctx context.Context, userID int64) (passkeys int, err error) {
	err = s.write(ctx, models.Actor{Name: commandLine}, func(t *tx) error {
		u, err := t.user(userID)
		if err != nil {
			return err
		}
		if err := t.endTOTP(u.ID); err != nil {
			return err
		}
		names, err := t.removePasskeys(u.ID)
		if err != nil {
			return err
		}
		passkeys = len(names)
		if err := t.Where("user_id = ?", u.ID).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		return t.auditUser(models.EventUserTOTPReset, u, nil, facts{"passkeys": passkeys})
	})
	return passkeys, err
}
