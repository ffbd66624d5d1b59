package engine

import (
	"iter"
	"math/bits"
	"net/http"
)

// Reason is the outcome of a decision: Allowed, or the first check that
// failed. The values are in the order of the checks.
type Reason uint8

// Every reason, in the order in which the checks are judged.
const (
	Allowed          Reason = iota // every check passed
	KeyMissing                     // there is no credential, or it came where the account does not take it
	KeyMalformed                   // it could not exist: prefix, length or checksum
	KeyUnknown                     // it does not exist
	AccountSuspended               // its account is not active
	KeyDisabled                    // Status is off
	KeyExpired                     // Expiry Date is not in the future
	ChannelDenied                  // it is for another channel
	IPDenied                       // IP Whitelist has entries, and the client's IPv4 is not among them
	PluginDenied                   // the caller is a plugin, and IP Whitelist has entries
	APIUnknown                     // method and path are not in the catalogue, or the path is ambiguous
	APIDenied                      // Some APIs, and the API is not in the API List
	AppUndetermined                // the API is app-bound, and the request names no app
	AppDenied                      // Some Apps, and the app is not in the App List
	RateLimited                    // a quota is used up
)

const reasonCount = int(RateLimited) + 1

// reasonFacts are the words and numbers of a reason for the outside.
type reasonFacts struct {
	word   string
	status int // HTTP
	jodoo  int // the documented platform's error code
}

// facts is the table of the reasons.
func (r Reason) facts() reasonFacts {
	switch r {
	case Allowed:
		return reasonFacts{"allowed", http.StatusOK, 0}
	case KeyMissing:
		return reasonFacts{"key_missing", http.StatusUnauthorized, 8301}
	case KeyMalformed:
		return reasonFacts{"key_malformed", http.StatusUnauthorized, 8301}
	case KeyUnknown:
		return reasonFacts{"key_unknown", http.StatusUnauthorized, 17018}
	case AccountSuspended:
		return reasonFacts{"account_suspended", http.StatusForbidden, 8017}
	case KeyDisabled:
		return reasonFacts{"key_disabled", http.StatusUnauthorized, 17018}
	case KeyExpired:
		return reasonFacts{"key_expired", http.StatusUnauthorized, 17018}
	case ChannelDenied:
		return reasonFacts{"channel_denied", http.StatusForbidden, 8302}
	case IPDenied:
		return reasonFacts{"ip_denied", http.StatusForbidden, 17052}
	case PluginDenied:
		return reasonFacts{"plugin_denied", http.StatusForbidden, 8302}
	case APIUnknown:
		return reasonFacts{"api_unknown", http.StatusForbidden, 17054}
	case APIDenied:
		return reasonFacts{"api_denied", http.StatusForbidden, 17054}
	case AppUndetermined:
		return reasonFacts{"app_undetermined", http.StatusForbidden, 17053}
	case AppDenied:
		return reasonFacts{"app_denied", http.StatusForbidden, 17053}
	case RateLimited:
		return reasonFacts{"rate_limited", http.StatusTooManyRequests, 8303}
	}
	return reasonFacts{"unknown_reason", http.StatusForbidden, 8302}
}

// String returns the reason's word, such as "key_missing".
func (r Reason) String() string { return r.facts().word }

// Status returns the reason's HTTP status; 200 for Allowed.
func (r Reason) Status() int { return r.facts().status }

// JodooCode returns the documented platform's error code; 0 for Allowed.
func (r Reason) JodooCode() int { return r.facts().jodoo }

// Reasons returns every reason, Allowed first and then in the order of the
// checks.
func Reasons() []Reason {
	all := make([]Reason, reasonCount)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

// ReasonSet is a set of failed checks. The zero value is empty.
type ReasonSet uint32

// add puts r into the set.
func (s *ReasonSet) add(r Reason) { *s |= 1 << r }

// Has reports whether r is in the set.
func (s ReasonSet) Has(r Reason) bool { return s&(1<<r) != 0 }

// Len returns the number of reasons in the set.
func (s ReasonSet) Len() int { return bits.OnesCount32(uint32(s)) }

// First returns the reason that comes first in the order of the checks, and
// Allowed for an empty set.
func (s ReasonSet) First() Reason {
	if s == 0 {
		return Allowed
	}
	return Reason(bits.TrailingZeros32(uint32(s))) //nolint:gosec // at most 31
}

// All yields the reasons in the order of the checks.
func (s ReasonSet) All() iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		for rest := s; rest != 0; rest &= rest - 1 {
			if !yield(rest.First()) {
				return
			}
		}
	}
}

// List returns the reasons in the order of the checks; never nil.
func (s ReasonSet) List() []Reason {
	list := make([]Reason, 0, s.Len())
	for r := range s.All() {
		list = append(list, r)
	}
	return list
}
