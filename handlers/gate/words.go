package gate

import (
	"fmt"
	"time"

	"keywicket/models/engine"
)

// message returns a decision in plain English. A key that does not exist and one
// that could not exist get the same text.
func message(d engine.Decision) string {
	switch d.Reason {
	case engine.Allowed:
		return "The request is allowed."
	case engine.KeyMissing:
		return "The request has no API key."
	case engine.KeyMalformed, engine.KeyUnknown:
		return "The API key is not valid."
	case engine.AccountSuspended:
		return "The account of the API key is suspended."
	case engine.KeyDisabled:
		return "The API key is disabled."
	case engine.KeyExpired:
		return "The API key has expired."
	case engine.ChannelDenied:
		return "The API key is for another channel."
	case engine.IPDenied:
		return "The client's address is not in the IP Whitelist of the API key."
	case engine.PluginDenied:
		return "An API key with an IP Whitelist may not be used by plugins."
	case engine.APIUnknown:
		return "The API Catalogue has no such API."
	case engine.APIDenied:
		return "The API is not in the Scope (API) of the API key."
	case engine.AppUndetermined:
		return "The request does not name the app that it is for."
	case engine.AppDenied:
		return "The app is not in the Scope (App) of the API key."
	case engine.RateLimited:
		return fmt.Sprintf("Too many requests. Try again in %d s.", retrySeconds(d))
	}
	return "The request is denied."
}

// retrySeconds is when to try again, at least a second from now.
func retrySeconds(d engine.Decision) int64 {
	return max(1, seconds(d.Rate.RetryAfter))
}

// seconds rounds up, so that a client that waits that long has waited enough.
func seconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}

// words are the words of the failed checks; never nil.
func words(failed engine.ReasonSet) []string {
	list := make([]string, 0, failed.Len())
	for r := range failed.All() {
		list = append(list, r.String())
	}
	return list
}
