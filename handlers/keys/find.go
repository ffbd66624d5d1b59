package keys

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"
)

// keyFinder is the part of the store that finds a key by its value.
type keyFinder interface {
	// FindKey returns the key with the value, or CodeNotFound.
	FindKey(ctx context.Context, who models.Actor, value string) (models.Key, error)
}

// find answers the search box. Ordinary text redirects to the list whose address holds it. A pasted key redirects to
// its page, found by its hash: neither the key nor a part of one appears in an address, a response or the log.
func (h handlers) find(c *web.Context) error {
	form := c.Request().PostForm
	typed := form.Get(view.FieldSearch)
	if secret.Holds(typed) {
		return h.findValue(c, typed)
	}
	q := h.query(c, form)
	if !c.WantsFragment() {
		return c.Goto(view.ListHref(page.KeysRoot(c), q))
	}
	m, err := h.listModel(c, q)
	if err != nil {
		return err
	}
	c.Response().Header().Set("HX-Push-Url", view.ListHref(m.Root, m.Query))
	return c.Page(http.StatusOK, view.KeyRegion(m))
}

func (h handlers) findValue(c *web.Context, typed string) error {
	value, whole := secret.FindValue(typed)
	if !whole {
		return h.notFound(c, "search.find.part")
	}
	key, err := h.store.FindKey(c.Ctx(), c.Actor, value)
	switch {
	case models.CodeOf(err) == models.CodeNotFound:
		return h.notFound(c, "search.find.unknown")
	case err != nil:
		return err
	}
	return c.Goto(keyPath(c, key.Sid))
}

// notFound shows the list with the reason why nothing was found, and an empty search box.
func (h handlers) notFound(c *web.Context, words string) error {
	if !c.WantsFragment() {
		if err := c.Flash(string(ui.Warn), c.T(words)); err != nil {
			return err
		}
		return c.Goto(page.KeysRoot(c))
	}
	m, err := h.listModel(c, models.KeyQuery{})
	if err != nil {
		return err
	}
	m.Problem = c.T(words)
	// Not morphed: that would leave what was pasted in the box.
	c.Response().Header().Set("HX-Reswap", "outerHTML")
	c.Response().Header().Set("HX-Push-Url", m.Root)
	return c.Page(http.StatusNotFound, view.KeyRegion(m))
}

// query parses what an address or a form asks for. It drops what the reader's role may not ask for.
func (h handlers) query(c *web.Context, v url.Values) models.KeyQuery {
	q := listQuery(v)
	if !c.Role.SeesAllKeys() {
		q.OwnerID = 0
	}
	return q
}

// listQuery parses what an address or a form asks for. It drops values that have no meaning, and those that may hold a
// key.
func listQuery(v url.Values) models.KeyQuery {
	q := models.KeyQuery{Page: page.Number(v), Unused: v.Get(view.FieldUnused) == "1"}
	if !secret.Holds(v.Get(view.FieldSearch)) {
		q.Search = page.SearchTerm(v, view.FieldSearch)
	}
	if !secret.Holds(v.Get(view.FieldCreator)) {
		q.CreatedBy = page.SearchTerm(v, view.FieldCreator)
	}
	switch f := models.KeyFilter(v.Get(view.FieldFilter)); f {
	case models.FilterEnabled, models.FilterDisabled, models.FilterExpired, models.FilterExpiring:
		q.Filter = f
	}
	switch s := models.KeySort(v.Get(view.FieldSort)); s {
	case models.SortName, models.SortUsed, models.SortExpiry:
		q.Sort = s
	}
	if channel := models.Channel(v.Get(view.FieldChannel)); channel.Valid() {
		q.Channel = channel
	}
	if id, err := strconv.ParseInt(v.Get(views.OwnerField), 10, 64); err == nil && id > 0 {
		q.OwnerID = id
	}
	return q
}

// givesAway reports whether any name or value of a query may be a key.
func givesAway(v url.Values) bool {
	for name, values := range v {
		if secret.Holds(name) {
			return true
		}
		for _, value := range values {
			if secret.Holds(value) {
				return true
			}
		}
	}
	return false
}
