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
	ReauthAt  *time.Time // when the person last proved who they are; nil counts as CreatedAt
	ExpiresAt time.Time  // absolute end, whatever the use
}

// ReauthTTL is how long a proof of who somebody is counts as a recent one.
const ReauthTTL = 10 * time.Minute

// RecentlySignedIn reports whether the person proved lately who they are.
func (s Session) RecentlySignedIn(now time.Time) bool {
	at := s.CreatedAt
	if s.ReauthAt != nil {
		at = *s.ReauthAt
	}
	return Lately(at, now, ReauthTTL)
}

// clockSkew is how far the clocks of two programs may be apart.
const clockSkew = time.Minute

// Lately reports whether at is within the last ttl. A time in the future is
// not: the clock was set back since, and nobody knows how long ago it was.
func Lately(at, now time.Time, ttl time.Duration) bool {
	age := now.Sub(at)
	return age >= -clockSkew && age < ttl
}
