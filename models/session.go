package models

import "time"

// Session is a signed-in browser. The cookie holds a random token, and ID is its hex SHA-256, so a copy of the database
// opens no session.
type Session struct {
	ID        string `gorm:"primaryKey"`
	UserID    int64
	IP        string
	UserAgent string
	Values    []byte // what gorilla/sessions keeps beside the user: flash messages
	CreatedAt time.Time
	SeenAt    time.Time
	ReauthAt  *time.Time // when the person last authenticated; nil if unknown
	ExpiresAt time.Time  // absolute end, regardless of use
}

// ReauthTTL is how long an authentication counts as recent.
const ReauthTTL = 10 * time.Minute

// RecentlySignedIn reports whether the person authenticated within the last ReauthTTL.
func (s Session) RecentlySignedIn(now time.Time) bool {
	return s.ReauthAt != nil && Lately(*s.ReauthAt, now, ReauthTTL)
}

// ReauthTime returns the authentication time of a session if another system reports that the person signed in there at
// the time at. A time slightly ahead of now counts as now, because clocks differ. It returns nil if at is zero or
// further in the future: the time is then unknown.
func ReauthTime(at, now time.Time) *time.Time {
	if at.IsZero() || at.After(now.Add(clockSkew)) {
		return nil
	}
	if at.After(now) {
		at = now
	}
	return &at
}

// clockSkew is the maximum difference between the clocks of two programs.
const clockSkew = time.Minute

// Lately reports whether at is within the last ttl. It is false for a time in the future: the clock was set back since,
// and the age is unknown.
func Lately(at, now time.Time, ttl time.Duration) bool {
	age := now.Sub(at)
	return age >= -clockSkew && age < ttl
}
