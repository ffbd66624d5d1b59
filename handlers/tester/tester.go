// Package tester serves the Tester, a page that asks the gate's own engine
// about a request.
package tester

import (
	"context"

	"keywicket/handlers/page"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/views"
	"keywicket/web"
)

// Store lists the store methods that the Tester needs.
type Store interface {
	// ListKeys returns the keys that the actor may see.
	ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error)
	// Key returns a key that the actor may see, or an error of CodeNotFound.
	Key(ctx context.Context, who models.Actor, sid string) (models.KeyDetail, error)
	// KeyHash returns the hash under which the engine knows a key.
	KeyHash(ctx context.Context, who models.Actor, sid string) ([32]byte, error)
	// ListPlugins returns the plugins that the actor may see.
	ListPlugins(ctx context.Context, who models.Actor, q models.PluginQuery) (models.PluginPage, error)
	// Catalogue returns the families with their calls.
	Catalogue(ctx context.Context, who models.Actor) ([]models.FamilyRow, error)
}

// handlers serves the Tester.
type handlers struct {
	page.Area
	store  Store
	engine Engine
}

// Routes returns the area's routes. engine is the one that the gate uses.
func Routes(store Store, engine Engine) []web.Route {
	h := handlers{page.Area{Nav: views.NavTester, Title: "tester.title", Page: "tester"}, store, engine}
	use := web.Needs(models.PermTester)
	return []web.Route{
		web.Get("/a/:account/tester", "tester", use, h.show),
		web.Post("/a/:account/tester", "tester.test", use, h.test),
	}
}

// Engine decides about requests as the gate does.
type Engine interface {
	// Decide judges a request by its credential.
	Decide(r engine.Request) engine.Decision
	// DecideHash judges a request by the hash of a key.
	DecideHash(hash [32]byte, r engine.Request) engine.Decision
}
