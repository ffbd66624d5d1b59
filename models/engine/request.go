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
	API           string // the API's name, instead of method and path
	Login         bool   // a log-in to a server: only API and App are judged, not Method and Path

	App       string    // the app id, if the caller of the gate names it
	AppLookup AppLookup // finds the app id in the request otherwise; may be nil

	IP       netip.Addr // the zero Addr is unknown, and in no whitelist
	Plugin   bool       // the caller is a plugin
	PluginID string     // id of the plugin; any id makes the caller a plugin, whether the console knows it or not
	Dry      bool       // judged like any other request, but takes no quota; for the Tester
}

// AppLookup finds the app id that a request carries. The engine asks only for
// an app-bound API, at most once, and never for a source in the path. A lookup
// answers from memory: the engine decides by the keys and the time from before it
// asks, so read everything that takes time before you call Decide.
type AppLookup interface {
	// AppID returns the app id in the field of the source (header, query
	// parameter or body member). It returns false when there is none, or
	// when there are several that differ.
	AppID(source models.AppSource, field string) (string, bool)
}
