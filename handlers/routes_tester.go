package handlers

import (
	"context"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
)

// testerStore is what the Tester needs of the store.
type testerStore interface {
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

type testerHandlers struct {
	area
	store  testerStore
	engine Engine
}

func testerRoutes(d Deps) []web.Route {
	h := testerHandlers{area{nav: views.NavTester, title: "tester.title", page: "tester"}, d.Store, d.Engine}
	use := web.Needs(models.PermTester)
	return []web.Route{
		web.Get("/a/:account/tester", "tester", use, h.show),
		web.Post("/a/:account/tester", "tester.test", use, h.test),
	}
}
