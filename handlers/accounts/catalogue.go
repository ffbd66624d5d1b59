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

// catalogueSwitcher is what choosing a sub-account's catalogue needs of the
// store.
type catalogueSwitcher interface {
	// CatalogueLoss says which entries of keys' lists would go.
	CatalogueLoss(ctx context.Context, who models.Actor, own bool) ([]models.ListLoss, error)
	// SetOwnCatalogue changes whose apps and catalogue the sub-account uses;
	// without agreeing to exactly the losses there are it is a CodeConflict.
	SetOwnCatalogue(ctx context.Context, who models.Actor, own bool, agreed models.Version) error
}

// saveCatalogue changes whose apps and catalogue the sub-account uses. Where
// entries of keys' lists go with it, it asks first and names them.
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

// askCatalogue names what would go, in a form that agrees to exactly that.
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
