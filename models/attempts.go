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

// AttemptCount is a count that an attempt at a password or a code goes on, and
// the most attempts that it takes within AttemptWindow.
//
// Counts that strangers can fill are apart from those of people who have shown
// something already: nobody is kept from proving who they are in their own
// session, or from typing a code after the right password, by the attempts of
// somebody who has neither.
type AttemptCount struct {
	Kind  string
	Value string
	Most  int
}

// LogInAttempts returns the counts of somebody who has shown nothing yet: of
// the e-mail that they typed, whether or not anybody has it, and of the network
// that counts as one client. Without a known address the e-mail alone counts: a
// count that everybody shares would let one stranger keep all others out.
func LogInAttempts(email, ip string) []AttemptCount {
	counts := []AttemptCount{{"email", attemptEmail(email), MaxAttempts}}
	return addressAttempts(counts, "address", ip, MaxAttemptsPerAddress)
}

// DeviceAttempts returns the counts of a browser in which the person signed in
// before. device is its token.
func DeviceAttempts(userID int64, device string) []AttemptCount {
	return []AttemptCount{{"device", device, MaxAttempts}, {"devices of", personValue(userID), MaxAttemptsPerPerson}}
}

// CodeAttempts returns the count of somebody who gave the person's password and
// is asked for a code.
func CodeAttempts(userID int64) []AttemptCount {
	return []AttemptCount{{"code", personValue(userID), MaxAttempts}}
}

// SessionAttempts returns the counts of an actor who is asked again, in their
// session, who they are.
func SessionAttempts(who Actor) []AttemptCount {
	return []AttemptCount{{"session", who.SessionID, MaxAttempts}, {"sessions of", personValue(who.UserID), MaxAttemptsPerPerson}}
}

// InvitationAttempts returns the count of whoever holds the link of an
// invitation, and learns with each attempt whether an e-mail has a log-in.
func InvitationAttempts(invitationID int64) []AttemptCount {
	return []AttemptCount{{"invitation", strconv.FormatInt(invitationID, 10), MaxAttempts}}
}

// LookalikeAttempts returns the count of whoever holds the link of an invitation
// and learns whether a name or an e-mail of their choice reads as a member's.
func LookalikeAttempts(invitationID int64) []AttemptCount {
	return []AttemptCount{{"lookalike", strconv.FormatInt(invitationID, 10), MaxAttempts}}
}

// ResetAttempts returns the counts of somebody who asks for the mail of a
// forgotten password: of the e-mail, and of the network as in LogInAttempts.
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

// addressAttempts adds the count of the network that counts as one client, where
// ip is an address.
func addressAttempts(counts []AttemptCount, kind, ip string, most int) []AttemptCount {
	if client := netaddr.Client(netaddr.Parse(ip)); client.IsValid() {
		counts = append(counts, AttemptCount{kind, client.String(), most})
	}
	return counts
}
