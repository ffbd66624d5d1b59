package handlers

import (
	"context"
	"io"
	"net/http"
	"net/url"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyLister is what the list needs of the store.
type keyLister interface {
	// ListKeys returns one page of the keys that the actor may see.
	ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error)
	// AccountUsage returns the account's usage of the last days.
	AccountUsage(ctx context.Context, who models.Actor, days int) ([]models.UsageDay, error)
}

// maxSearch is how much of a search is looked for.
const maxSearch = 200

func (h keyHandlers) list(c *web.Context) error {
	q := h.query(c, c.QueryParams())
	if givesAway(c.QueryParams()) {
		if err := c.Flash(string(ui.Warn), c.T("search.find.address")); err != nil {
			return err
		}
		return c.Goto(view.ListHref(keysRoot(c), q))
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

func (h keyHandlers) listModel(c *web.Context, q models.KeyQuery) (view.KeyList, error) {
	page, err := h.store.ListKeys(c.Ctx(), c.Actor, q)
	if err != nil {
		return view.KeyList{}, err
	}
	usage, err := h.store.AccountUsage(c.Ctx(), c.Actor, models.ChartDays)
	q.Page = page.Page
	return view.KeyList{
		Root: keysRoot(c), Query: q, Page: page, Usage: usage, IdempotencyKey: c.IdempotencyKey(), Now: c.Now(),
		Account: c.Account, Create: models.MayCreate(c.Account, c.Role), Others: c.Role.SeesAllKeys(),
	}, err
}

func (h keyHandlers) listPage(c *web.Context, m view.KeyList) templ.Component {
	title := c.T("keys.title")
	return framed(func() templ.Component {
		return view.ListPage(c.Chrome(title, views.NavKeys, ui.Crumb{Label: title}), m)
	})
}

// framed is a page that is put into its frame when it is rendered, and not
// when htmx gets a fragment instead: the frame asks the database.
func framed(page func() templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return page().Render(ctx, w) })
}

// keysRoot is the address of the account's list.
func keysRoot(c *web.Context) string { return "/a/" + c.Account.Slug + "/keys" }

func keyPath(c *web.Context, sid string) string { return keysRoot(c) + "/" + sid }

// origin is the page that an action was pressed on: what the form says, the
// address in htmx's browser, or the page that referred here.
func origin(c *web.Context) *url.URL {
	h := c.Request().Header
	for _, from := range []string{c.Value("back"), h.Get("HX-Current-URL"), h.Get("Referer")} {
		u, err := url.Parse(from)
		if err != nil || from == "" {
			continue
		}
		if local, err := url.Parse(web.LocalPath(u.RequestURI())); err == nil {
			return local
		}
	}
	return &url.URL{Path: "/"}
}

// onList reports whether the action was pressed on the list.
func onList(c *web.Context) bool { return origin(c).Path == keysRoot(c) }

// backTo is where an action leads without script: the list as it was, or
// otherwise.
func backTo(c *web.Context, otherwise string) string {
	if onList(c) {
		return origin(c).RequestURI()
	}
	return otherwise
}

// answerList answers htmx with the list as it stands after an action, and
// says what was done.
func (h keyHandlers) answerList(c *web.Context, status int, tone ui.Tone, said string) error {
	m, err := h.listModel(c, h.query(c, origin(c).Query()))
	if err != nil {
		return err
	}
	return c.Page(status, view.ListAnswer(m, tone, said))
}

// stale answers an action on a key that is gone: the list, where it was
// pressed on it, without the key. Other errors are left to the boundary.
func (h keyHandlers) stale(c *web.Context, err error) error {
	words, ok := c.Words(err)
	if !ok || models.CodeOf(err) != models.CodeNotFound || !c.WantsFragment() || !onList(c) {
		return err
	}
	return h.answerList(c, http.StatusNotFound, ui.Bad, words)
}
