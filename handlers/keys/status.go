package keys

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// status enables or disables a key.
func (h handlers) status(c *web.Context) error {
	enabled, sid := c.Value("enabled") == "1", c.Param("sid")
	if !enabled && c.Value("enabled") != "0" {
		return models.Refuse(models.CodeInvalid, "enabled", "errors.choice")
	}
	if err := h.store.SetKeyEnabled(c.Ctx(), c.Actor, sid, enabled); err != nil {
		return err
	}
	m, err := h.details(c, sid)
	if err != nil {
		return err
	}
	said := c.T("keys.said.disabled", "Name", m.Key.Name)
	if enabled {
		said = c.T("keys.said.enabled", "Name", m.Key.Name)
	}
	if c.WantsFragment() && onList(c) {
		return h.answerList(c, http.StatusOK, ui.OK, said)
	}
	return c.Done(backTo(c, keyPath(c, sid)), said, view.KeySwitched(m))
}

// askDelete asks before a key is deleted.
func (h handlers) askDelete(c *web.Context) error {
	return h.deletion(c, http.StatusOK)
}

// deletion renders the question, or that the key must be disabled first.
func (h handlers) deletion(c *web.Context, status int) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	m := view.KeyDeletion{Root: page.KeysRoot(c), Key: models.KeyAndPlugins{Key: key.Key, Plugins: key.Plugins}, Back: backTo(c, keyPath(c, key.Sid)), Now: c.Now()}
	if c.WantsFragment() {
		return c.Page(status, view.DeleteKeyDialog(m))
	}
	m.Page = true
	return c.Page(status, h.keyFrame(c, key.Key, func(chrome views.Chrome) templ.Component {
		return view.DeleteKeyPage(chrome, m)
	}))
}

// delete deletes a disabled key for good.
func (h handlers) delete(c *web.Context) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	err = h.store.DeleteKey(c.Ctx(), c.Actor, key.Sid)
	switch {
	case models.CodeOf(err) == models.CodeConflict:
		return h.deletion(c, http.StatusConflict)
	case err != nil:
		return err
	}
	said := c.T("keys.said.deleted", "Name", key.Name)
	if c.WantsFragment() && onList(c) {
		return h.answerList(c, http.StatusOK, ui.OK, said)
	}
	return c.Done(backTo(c, page.KeysRoot(c)), said, nil)
}

// bulk applies one operation to the selected keys. It asks first before it disables or deletes.
func (h handlers) bulk(c *web.Context) error {
	sids, op := c.Values("sid"), models.BulkOp(c.Value("op"))
	if len(sids) == 0 {
		return models.Refuse(models.CodeInvalid, "sid", "keys.bulk.none")
	}
	if op != models.BulkEnable && !c.Checked("confirmed") {
		return h.askBulk(c, op, sids)
	}
	result, err := h.store.BulkKeys(c.Ctx(), bulkActor(c, sids), sids, op)
	if err != nil {
		return err
	}
	tone, said := view.BulkWords(c.Ctx(), op, result)
	if c.WantsFragment() {
		return h.answerList(c, http.StatusOK, tone, said)
	}
	if err := c.Flash(string(tone), said); err != nil {
		return err
	}
	return c.Goto(backTo(c, page.KeysRoot(c)))
}

// bulkActor returns the actor with the versions of the keys that the list or the question showed.
func bulkActor(c *web.Context, sids []string) models.Actor {
	who := c.Actor
	if c.Value(ui.VersionField) != "" {
		return who // the keys were compared, and are sent again
	}
	var seen []string
	for _, v := range c.Values(view.SeenField) {
		if sid, version, ok := strings.Cut(v, "."); ok && slices.Contains(sids, sid) {
			seen = append(seen, version)
		}
	}
	who.FormVersion = cmp.Or(models.Version(strings.Join(seen, ".")), models.NoVersion)
	return who
}

// askBulk names the keys that the operation concerns, and those that cannot be deleted.
func (h handlers) askBulk(c *web.Context, op models.BulkOp, sids []string) error {
	if op != models.BulkDisable && op != models.BulkDelete {
		return models.Refuse(models.CodeInvalid, "op", "errors.choice")
	}
	m := view.BulkAsk{Root: page.KeysRoot(c), Op: op, Back: backTo(c, page.KeysRoot(c))}
	keys, err := h.store.SomeKeys(c.Ctx(), c.Actor, sids)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if op == models.BulkDelete && models.CheckDelete(key.Key) != nil {
			m.Stays = append(m.Stays, key.Name)
		} else {
			m.Does, m.Plugins = append(m.Does, key.Name), append(m.Plugins, key.Plugins...)
		}
		m.Sids, m.Keys = append(m.Sids, key.Sid), append(m.Keys, key)
	}
	if len(m.Sids) == 0 {
		return models.Refuse(models.CodeNotFound, "sid", "keys.bulk.all_gone")
	}
	if c.WantsFragment() {
		return c.Page(http.StatusOK, view.BulkDialog(m))
	}
	m.Page = true
	title := c.T("keys.title")
	return c.Page(http.StatusOK, view.BulkPage(c.Chrome(title, views.NavKeys, ui.Crumb{Label: title}), m))
}
