package catalogue

import (
	"context"
	"net/url"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// catalogueReader lists the store methods for showing the catalogue and
// applying the preset.
type catalogueReader interface {
	// Catalogue returns the families with their calls, in display order.
	Catalogue(ctx context.Context, who models.Actor) ([]models.FamilyRow, error)
	// ApplyPreset adds the preset's calls that the catalogue lacks, and returns
	// how many it added.
	ApplyPreset(ctx context.Context, who models.Actor) (int, error)
}

// list answers with the API Catalogue.
func (h catalogueHandlers) list(c *web.Context) error {
	m, err := h.listModel(c, c.QueryParams())
	if err != nil {
		return err
	}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Push-Url", m.Href())
	}
	return c.Render(page.Framed(func() templ.Component { return view.APIsPage(h.Chrome(c, ""), m) }), view.APIsRegion(m))
}

// listModel loads the part of the catalogue that the query asks for.
func (h catalogueHandlers) listModel(c *web.Context, v url.Values) (view.Catalogue, error) {
	families, err := h.store.Catalogue(c.Ctx(), c.Actor)
	return view.NewCatalogue(c.Ctx(), h.Root(c), families, page.SearchTerm(v, "q"), c.Can(models.PermCatalogueEdit)), err
}

// changed returns the list after a change.
func (h catalogueHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.BackQuery(c))
	return view.APIsChanged(m), err
}

// askPreset shows what the preset would add.
func (h catalogueHandlers) askPreset(c *web.Context) error {
	families, err := h.store.Catalogue(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	m := view.NewPresetOffer(h.Root(c), h.Back(c), families)
	return h.Dialog(c, c.T("catalogue.preset"), nil, func(page bool, _ web.FieldErrors) templ.Component {
		m.Page = page
		return view.PresetDialog(m)
	})
}

// preset adds the preset's calls that the catalogue lacks.
func (h catalogueHandlers) preset(c *web.Context) error {
	added, err := h.store.ApplyPreset(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	return h.Done(c, c.N("catalogue.said.preset", added), h.changed)
}
