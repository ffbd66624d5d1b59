// Package keys serves the API keys: the list, the form that makes one, a key's
// page, its credentials, scopes and IP Whitelist, and the export.
package keys

import (
	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
)

// Store is what the area needs of the store. Each file declares its part.
type Store interface {
	keyLister
	keyFinder
	keyExporter
	keyFormStore
	keyMaker
	keyReader
	keyEditor
	keyScopes
	keyWhitelist
	keyChanger
}

type handlers struct {
	store Store
	gate  views.GateAddress
}

// Routes returns the area's routes. gate is the address at which callers reach the gate; a new key's command uses it.
func Routes(store Store, gate views.GateAddress) []web.Route {
	h := handlers{store, gate}
	view, manage := web.Needs(models.PermKeysView), web.Needs(models.PermKeysManage)
	// Responses with a value require re-authentication, as revealing does: a new key opens as much.
	reauth, reveal := manage.RequireReauth(), web.Needs(models.PermKeysReveal).RequireReauth()
	return []web.Route{
		web.Get("/a/:account/keys", "keys.list", view, h.list),
		web.Post("/a/:account/keys", "keys.create", reauth.Grants(), h.create),
		web.Get("/a/:account/keys/new", "keys.form", reauth.Grants(), h.form),
		web.Post("/a/:account/keys/new", "keys.make", reauth.Grants(), h.make),
		web.Post("/a/:account/keys/find", "keys.find", view, h.find),
		web.Post("/a/:account/keys/export", "keys.export", view, h.export),
		web.Edit("/a/:account/keys/bulk", "keys.bulk", manage, h.orGone(h.bulk)),
		web.Get("/a/:account/keys/:sid", "keys.show", view, h.show),
		web.Post("/a/:account/keys/:sid/reveal", "keys.reveal", reveal, h.orGone(h.reveal)),
		web.Post("/a/:account/keys/:sid/copy", "keys.copy", reauth.Grants(), h.orGone(h.copy)),
		web.Edit("/a/:account/keys/:sid/status", "keys.status", manage, h.orGone(h.status)),
		web.Get("/a/:account/keys/:sid/delete", "keys.delete.ask", manage, h.orGone(h.askDelete)),
		web.Edit("/a/:account/keys/:sid/delete", "keys.delete", manage, h.orGone(h.delete)),
		web.Edit("/a/:account/keys/:sid/basics", "keys.basics", manage, h.saveBasics),
		web.Edit("/a/:account/keys/:sid/apps", "keys.apps", manage, h.saveApps),
		web.Edit("/a/:account/keys/:sid/apis", "keys.apis", manage, h.saveAPIs),
		web.Get("/a/:account/keys/:sid/credentials", "keys.credentials.ask", reauth, h.orGone(h.askCredentials)),
		web.Post("/a/:account/keys/:sid/credentials", "keys.credentials", reauth, h.orGone(h.changeCredentials)),
		web.Get("/a/:account/keys/:sid/credentials/stop", "keys.credentials.stop.ask", reauth, h.orGone(h.askEndPrevious)),
		web.Edit("/a/:account/keys/:sid/credentials/stop", "keys.credentials.stop", reauth, h.orGone(h.endPrevious)),
		web.Get("/a/:account/keys/:sid/whitelist", "keys.whitelist", view, h.orGone(h.showWhitelist)),
		web.Post("/a/:account/keys/:sid/whitelist", "keys.whitelist.add", manage, h.orGone(h.addIP)),
		web.Edit("/a/:account/keys/:sid/whitelist/remove", "keys.whitelist.remove", manage, h.orGone(h.removeIP)),
		web.Edit("/a/:account/keys/:sid/limits", "keys.limits", manage, h.saveLimits),
	}
}
