package models

import "time"

// Session is one signed-in browser. The cookie holds a random token; ID is
// the hex SHA-256 of it, so that a copy of the database opens no session.
type Session struct {
	ID        string `gorm:"primaryKey"`
	UserID    int64
	IP        string
	UserAgent string
	Values    []byte // what gorilla/sessions keeps beside the user: flash messages
	CreatedAt time.Time
	SeenAt    time.Time
	ReauthAt  *time.Time // when the person last verified who they are; nil when that is not known
	ExpiresAt time.Time  // absolute end, whatever the use
}

// ReauthTTL is how long a verification of who somebody is counts as recent.
const ReauthTTL = 10 * time.Minute

// RecentlySignedIn reports whether the person verified who they are within the
// last ReauthTTL.
func (s Session) RecentlySignedIn(now time.Time) bool {
	return s.ReauthAt != nil && Lately(*s.ReauthAt, now, ReauthTTL)
}

// ReauthTime returns when a session counts as verified if another system says
// that the person signed in there at the given time. A time slightly ahead of
// now counts as now, because clocks differ. It returns nil when at is zero, and
// when it is further in the future: then the time of the sign-in is not known.
func ReauthTime(at, now time.Time) *time.Time {
	if at.IsZero() || at.After(now.Add(clockSkew)) {
		return nil
	}
	if at.After(now) {
		at = now
	}
	return &at
}

// clockSkew is how far apart the clocks of two programs may be.
const clockSkew = time.Minute

// Lately reports whether at is within the last ttl. A time in the future is not:
// the clock was set back since then, and the age is unknown.
func Lately(at, now time.Time, ttl time.Duration) bool {
	age := now.Sub(at)
	return age >= -clockSkew && age < ttl
}
