package models

import (
	"strconv"
	"strings"
	"time"

	"keywicket/models/netaddr"
)

// Limits of attempts at passwords and codes within AttemptWindow.
const (
	AttemptWindow         = 15 * time.Minute
	MaxAttempts           = 20 // on one e-mail, session, device or invitation
	MaxAttemptsPerAddress = 60
	MaxAttemptsPerPerson  = 60 // on all sessions, or all devices, of one person
	MaxResetsPerEmail     = 3  // mails of a forgotten password
	MaxResetsPerAddress   = 20
)

// AttemptCount is a counter of attempts at passwords or codes, and the maximum that it allows within AttemptWindow.
//
// Attempts by strangers and by people who have already shown something are counted apart. A stranger's attempts never
// keep a person from re-authenticating in their own session, or from typing a code after the right password.
type AttemptCount struct {
	Kind  string
	Value string
	Most  int
}

// SignInAttempts returns the counters for a sign-in by a stranger: for the typed e-mail, whether or not a user has it,
// and for the network that counts as one client. Without a known address only the e-mail counts: one stranger could
// fill a counter that everybody shares, and lock all others out.
func SignInAttempts(email, ip string) []AttemptCount {
	counts := []AttemptCount{{"email", attemptEmail(email), MaxAttempts}}
	return addressAttempts(counts, "address", ip, MaxAttemptsPerAddress)
}

// DeviceAttempts returns the counters for a browser in which the person signed in before. device is its token.
func DeviceAttempts(userID int64, device string) []AttemptCount {
	return []AttemptCount{{"device", device, MaxAttempts}, {"devices of", personValue(userID), MaxAttemptsPerPerson}}
}

// CodeAttempts returns the counter for a person who typed the right password and must now type a code.
func CodeAttempts(userID int64) []AttemptCount {
	return []AttemptCount{{"code", personValue(userID), MaxAttempts}}
}

// SessionAttempts returns the counters for re-authentication in a session.
func SessionAttempts(who Actor) []AttemptCount {
	return []AttemptCount{{"session", who.SessionID, MaxAttempts}, {"sessions of", personValue(who.UserID), MaxAttemptsPerPerson}}
}

// InvitationAttempts returns the counter for the link of an invitation. Each attempt reveals whether a user with that
// e-mail exists.
func InvitationAttempts(invitationID int64) []AttemptCount {
	return []AttemptCount{{"invitation", strconv.FormatInt(invitationID, 10), MaxAttempts}}
}

// LookalikeAttempts returns the counter for the link of an invitation. Each attempt reveals whether a name or an e-mail
// can be mistaken for a member's.
func LookalikeAttempts(invitationID int64) []AttemptCount {
	return []AttemptCount{{"lookalike", strconv.FormatInt(invitationID, 10), MaxAttempts}}
}

// ResetAttempts returns the counters for requests to reset a password: for the e-mail, and for the network as in
// SignInAttempts.
func ResetAttempts(email, ip string) []AttemptCount {
	counts := []AttemptCount{{"reset-email", attemptEmail(email), MaxResetsPerEmail}}
	return addressAttempts(counts, "reset-address", ip, MaxResetsPerAddress)
}

func personValue(userID int64) string { return strconv.FormatInt(userID, 10) }

func attemptEmail(email string) string {
	if clean, err := NormalizeEmail(email); err == nil {
		return clean
	}
	return strings.ToLower(strings.TrimSpace(email))
}

// addressAttempts adds the counter of the network that counts as one client, if ip is an address.
func addressAttempts(counts []AttemptCount, kind, ip string, most int) []AttemptCount {
	if client := netaddr.Client(netaddr.Parse(ip)); client.IsValid() {
		counts = append(counts, AttemptCount{kind, client.String(), most})
	}
	return counts
}
