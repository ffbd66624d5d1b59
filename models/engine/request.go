package engine

import (
	"net/netip"

	"keywicket/models"
)

// Request describes what a caller wants. The zero value has no credential and
// is denied.
type Request struct {
	Credential string // the key, or the secret of a pair, as the caller sent it
	FromQuery  bool   // it came as a query parameter, which an account must allow
	Username   string // of a pair; ignored where the credential is a token

	Channel models.Channel // "" counts as REST

	Method        string // upper case
	Path          string // cleaned by models.CleanPath
	PathAmbiguous bool   // models.CleanPath refused it: always api_unknown
	API           string // the call's name, instead of method and path
	Login         bool   // a log-in, which is no call: only what API and App name is judged

	App       string    // the app id, where the caller of the gate says it
	AppLookup AppLookup // finds it in the request otherwise; may be nil

	IP       netip.Addr // the zero Addr is unknown: in no whitelist
	Plugin   bool       // the caller is a plugin
	PluginID string     // which one; any id makes the caller a plugin, whether the console knows it or not
	Dry      bool       // the tester: judged like any other, but takes no quota
}

// AppLookup finds the app id that a request carries. The engine asks only for
// an app-bound call, at most once, and never for a source in the path. A lookup
// answers from memory: the engine decides by the keys and the time of before it
// asked, so whatever has to be waited for is read before Decide is called.
type AppLookup interface {
	// AppID looks at the source (header, query parameter or body member)
	// for the field. It says false when there is none, or when there are
	// several that differ.
	AppID(source models.AppSource, field string) (string, bool)
}
