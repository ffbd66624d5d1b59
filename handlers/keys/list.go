package keys

import (
	"context"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyLister is the part of the store that the list reads.
type keyLister interface {
	// ListKeys returns one page of the keys that the actor may see.
	ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error)
	// AccountUsage returns the account's usage of the last days.
	AccountUsage(ctx context.Context, who models.Actor, days int) ([]models.UsageDay, error)
}

func (h handlers) list(c *web.Context) error {
	q := h.query(c, c.QueryParams())
	if givesAway(c.QueryParams()) {
		if err := c.Flash(string(ui.Warn), c.T("search.find.address")); err != nil {
			return err
		}
		return c.Goto(view.ListHref(page.KeysRoot(c), q))
	}
	m, err := h.listModel(c, q)
	if err != nil {
		return err
	}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Push-Url", view.ListHref(m.Root, m.Query))
	}
	return c.Render(h.listPage(c, m), view.KeyRegion(m))
}

func (h handlers) listModel(c *web.Context, q models.KeyQuery) (view.KeyList, error) {
	found, err := h.store.ListKeys(c.Ctx(), c.Actor, q)
	if err != nil {
		return view.KeyList{}, err
	}
	usage, err := h.store.AccountUsage(c.Ctx(), c.Actor, models.ChartDays)
	q.Page = found.Page
	return view.KeyList{
		Root: page.KeysRoot(c), Query: q, Page: found, Usage: usage, IdempotencyKey: c.IdempotencyKey(), Now: c.Now(),
		Account: c.Account, Create: models.MayCreate(c.Account, c.Role), Others: c.Role.SeesAllKeys(),
	}, err
}

func (h handlers) listPage(c *web.Context, m view.KeyList) templ.Component {
	title := c.T("keys.title")
	return page.Framed(func() templ.Component {
		return view.ListPage(c.Chrome(title, views.NavKeys, ui.Crumb{Label: title}), m)
	})
}

func keyPath(c *web.Context, sid string) string { return page.KeysRoot(c) + "/" + sid }

// onList reports whether the action was sent from the list.
func onList(c *web.Context) bool { return page.Origin(c).Path == page.KeysRoot(c) }

// backTo returns where an action without script redirects to: the list as it was, or otherwise.
func backTo(c *web.Context, otherwise string) string {
	if onList(c) {
		return page.Origin(c).RequestURI()
	}
	return otherwise
}
