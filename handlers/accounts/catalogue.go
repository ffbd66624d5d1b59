package accounts

import (
	"context"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/accounts"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// catalogueSwitcher lists the store methods for switching a sub-account between
// its own catalogue and its master's.
type catalogueSwitcher interface {
	// CatalogueLoss returns the entries of keys' App Lists and API Lists that
	// the switch would remove.
	CatalogueLoss(ctx context.Context, who models.Actor, own bool) ([]models.ListLoss, error)
	// SetOwnCatalogue switches the sub-account to its own catalogue, or to its
	// master's. It returns an error of CodeConflict unless agreed is the
	// version of exactly the losses that the switch causes now.
	SetOwnCatalogue(ctx context.Context, who models.Actor, own bool, agreed models.Version) error
}

// saveCatalogue switches the sub-account's catalogue. If the switch would
// remove entries from keys' lists, it asks first and names them.
func (h settingsHandlers) saveCatalogue(c *web.Context) error {
	own := c.Value("own_catalogue") == "own"
	err := h.store.SetOwnCatalogue(c.Ctx(), c.Actor, own, models.Version(c.Value("agreed")))
	if models.CodeOf(err) == models.CodeConflict {
		return h.askCatalogue(c, own)
	}
	if err != nil {
		return err
	}
	return c.Done(h.Root(c), c.T("settings.saved"), nil)
}

// askCatalogue shows what the switch would remove, in a form that agrees to
// exactly that.
func (h settingsHandlers) askCatalogue(c *web.Context, own bool) error {
	losses, err := h.store.CatalogueLoss(c.Ctx(), c.Actor, own)
	if err != nil {
		return err
	}
	c.KeepVersion()
	m := view.CatalogueChange{Root: h.Root(c), Keys: page.KeysRoot(c), Account: c.Account, Own: own, Losses: losses}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Retarget", "#dialog")
		c.Response().Header().Set("HX-Reswap", "innerHTML")
		return c.Page(http.StatusOK, view.CatalogueChangeDialog(m))
	}
	m.Page = true
	return c.Page(http.StatusOK, page.Framed(func() templ.Component {
		return views.Framed(h.Chrome(c, c.T("settings.catalogue")), view.CatalogueChangeDialog(m))
	}))
}
