package store

import (
	"context"
	"time"

	"keywicket/models"
)

// SetKeyBasics changes name, description and Expiry Date together: all of
// them, or with a refusal none. A nil date is never; one that stays as it is
// may have passed.
func (s *Store) SetKeyBasics(ctx context.Context, who models.Actor, sid, name, description string, expires *time.Time) error {
	name, err := models.CleanName("name", name, true)
	if err != nil {
		return err
	}
	if description, err = models.CleanDescription(description); err != nil {
		return err
	}
	if expires != nil {
		utc := expires.UTC().Truncate(time.Microsecond)
		expires = &utc
	}
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		c := keyChange{set: map[string]any{}, before: facts{}, after: facts{}}
		note := func(field string, was, is any) {
			c.event = models.EventKeyUpdate
			c.set[field], c.before[field], c.after[field] = is, was, is
		}
		if k.Name != name {
			note("name", k.Name, name)
		}
		if k.Description != description {
			note("description", k.Description, description)
		}
		if sameMoment(k.ExpiresAt, expires) {
			return c, nil
		}
		note("expires_at", k.ExpiresAt, expires)
		return c, models.CheckExpiry(expires, t.now)
	})
}

// sameMoment says whether two moments, of which either may be never, are one.
func sameMoment(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
