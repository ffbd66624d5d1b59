package keys

import (
	"context"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// keyMaker is the part of the store that creates, copies and reveals keys.
type keyMaker interface {
	// CreateKey adds a key and returns it with its value. The same idempotency key from the same person returns the
	// key that the first request made.
	CreateKey(ctx context.Context, who models.Actor, name, idempotencyKey string) (models.Key, string, error)
	// CopyKey adds a key with the policy of another and a new value.
	CopyKey(ctx context.Context, who models.Actor, sid, idempotencyKey string) (models.Key, string, error)
	// RevealKey returns a key's value and adds an audit row. If the value is not stored, the error is CodeConflict.
	RevealKey(ctx context.Context, who models.Actor, sid string) (string, error)
}

// create adds a key at once, without a form.
func (h handlers) create(c *web.Context) error {
	once, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	key, value, err := h.store.CreateKey(c.Ctx(), c.Actor, "", once)
	if err != nil {
		return h.noNewKey(c, err)
	}
	return h.newKey(c, view.NewKey{Root: page.KeysRoot(c), Key: key, Value: value, Title: c.T("keys.created"), Days: c.Account.MaxExpiryDays})
}

// copy adds a key with another's scopes and whitelist, and a new value.
func (h handlers) copy(c *web.Context) error {
	once, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	key, value, err := h.store.CopyKey(c.Ctx(), c.Actor, c.Param("sid"), once)
	if err != nil {
		return h.noNewKey(c, err)
	}
	return h.newKey(c, view.NewKey{Root: page.KeysRoot(c), Key: key, Value: value, Title: c.T("keys.copied")})
}

// idempotencyKey returns the form's idempotency key. A form without one is
// refused: sent twice, it would make two keys.
func idempotencyKey(c *web.Context) (string, error) {
	once := c.Value("idempotency_key")
	if once == "" {
		return "", models.Refuse(models.CodeInvalid, "", "errors.idempotency_key")
	}
	return once, nil
}

// newKey shows the new key's value: in a dialog over the list, which then shows this key first, or on a page. No other
// response has the value.
func (h handlers) newKey(c *web.Context, made view.NewKey) error {
	made = h.complete(c, made)
	if !c.WantsFragment() {
		made.Page = true
		return c.Page(http.StatusOK, h.keyFrame(c, made.Key, func(chrome views.Chrome) templ.Component {
			return views.Framed(chrome, view.NewKeyDialog(made))
		}))
	}
	intoDialog(c)
	if !onList(c) {
		return c.Page(http.StatusOK, view.NewKeyDialog(made))
	}
	m, err := h.listModel(c, models.KeyQuery{})
	if err != nil {
		return err
	}
	m.Fresh = made.Key.Sid
	if page.Origin(c).RawQuery != "" {
		c.Response().Header().Set("HX-Push-Url", m.Root)
	}
	return c.Page(http.StatusOK, view.NewKeyAnswer(m, made))
}

// complete adds the command for a first request. A generated key without a value was made by an earlier request with
// the same idempotency key.
func (h handlers) complete(c *web.Context, made view.NewKey) view.NewKey {
	made.Try = h.firstRequest(c, made)
	if made.Value == "" && !made.Key.Chosen() {
		made.Title = c.T("keys.repeated")
	}
	return made
}

// firstRequest returns a command that asks the gate about an API of the catalogue that needs no app. It returns ""
// without the value or such an API, and on an error: the key exists either way.
func (h handlers) firstRequest(c *web.Context, made view.NewKey) string {
	families, err := h.store.Catalogue(c.Ctx(), c.Actor)
	if err != nil || made.Value == "" {
		return ""
	}
	for _, f := range families {
		for _, a := range f.APIs {
			if line, ok := h.gate.Command(made.Key, made.Value, a.API); ok {
				return line
			}
		}
	}
	return ""
}

// noNewKey answers err. If the account has no room for another key, it shows the list with the reason above it;
// otherwise it returns err.
func (h handlers) noNewKey(c *web.Context, err error) error {
	words, ok := c.Words(err)
	if !ok || models.CodeOf(err) != models.CodeLimit || (c.WantsFragment() && !onList(c)) {
		return err
	}
	m, failed := h.listModel(c, h.query(c, page.Origin(c).Query()))
	if failed != nil {
		return failed
	}
	m.Problem = words
	if c.WantsFragment() {
		return c.Page(http.StatusConflict, view.KeyRegion(m))
	}
	return c.Page(http.StatusConflict, h.listPage(c, m))
}

// reveal shows a key's value: in its place for htmx, as plain text for the copy button, or on a page.
func (h handlers) reveal(c *web.Context) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	value, err := h.store.RevealKey(c.Ctx(), c.Actor, key.Sid)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	switch {
	case c.Request().Header.Get(echo.HeaderAccept) == echo.MIMETextPlain:
		return c.String(http.StatusOK, value)
	case c.WantsFragment():
		return c.Page(http.StatusOK, view.RevealedKey(page.KeysRoot(c), key.Key, value))
	}
	back := backTo(c, keyPath(c, key.Sid))
	return c.Page(http.StatusOK, h.keyFrame(c, key.Key, func(chrome views.Chrome) templ.Component {
		return view.RevealedKeyPage(chrome, page.KeysRoot(c), key.Key, value, back)
	}))
}

// keyFrame renders a page about a key in its frame.
func (h handlers) keyFrame(c *web.Context, k models.Key, draw func(views.Chrome) templ.Component) templ.Component {
	return page.Framed(func() templ.Component {
		return draw(c.Chrome(k.Name, views.NavKeys, ui.Crumb{Label: c.T("keys.title"), Href: page.KeysRoot(c)}, ui.Crumb{Label: k.Name}))
	})
}
