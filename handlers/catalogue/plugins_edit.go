package catalogue

import (
	"context"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// pluginEditor lists the store methods for changing plugins.
type pluginEditor interface {
	// Plugin returns a plugin, or an error of CodeNotFound.
	Plugin(ctx context.Context, who models.Actor, id int64) (models.PluginRow, error)
	// ListKeys returns the keys that the actor may see; a plugin uses one of
	// them.
	ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error)
	// AddPlugin adds a plugin, or returns an error of CodeConflict if its ID is
	// taken.
	AddPlugin(ctx context.Context, who models.Actor, n models.NewPlugin) (models.Plugin, error)
	// UpdatePlugin changes a plugin's name and the key that it uses.
	UpdatePlugin(ctx context.Context, who models.Actor, id int64, name, keySid string) error
	// RemovePlugin removes a plugin.
	RemovePlugin(ctx context.Context, who models.Actor, id int64) error
}

// form shows the dialog that adds a plugin.
func (h pluginHandlers) form(c *web.Context) error { return h.addDialog(c, view.PluginForm{}, nil) }

// addDialog draws the form with what was typed and, after err, with the errors
// beside the fields.
func (h pluginHandlers) addDialog(c *web.Context, f view.PluginForm, err error) error {
	return h.formDialog(c, c.T("plugins.add"), view.AddPluginDialog, f, err)
}

// formDialog renders the form in its dialog. After err it renders the same form
// with the words beside its fields.
func (h pluginHandlers) formDialog(c *web.Context, title string, dialog func(view.PluginForm) templ.Component, f view.PluginForm, err error) error {
	keys, failed := h.keys(c)
	if failed != nil {
		return failed
	}
	f.Root, f.Back, f.Keys, f.Now = h.Root(c), h.Back(c), keys, c.Now()
	return h.Dialog(c, title, err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return dialog(f)
	})
}

// keys returns the keys that a plugin may use.
func (h pluginHandlers) keys(c *web.Context) ([]models.KeyRow, error) {
	page, err := h.store.ListKeys(c.Ctx(), c.Actor, models.KeyQuery{Sort: "name", All: true})
	return page.Rows, err
}

// add adds a plugin.
func (h pluginHandlers) add(c *web.Context) error {
	f := view.PluginForm{PluginID: c.Value("plugin_id"), Name: c.Value("name"), Key: c.Value("key")}
	p, err := h.store.AddPlugin(c.Ctx(), c.Actor, models.NewPlugin{PluginID: f.PluginID, Name: f.Name, KeySid: f.Key})
	if err != nil {
		return h.addDialog(c, f, err)
	}
	return h.Done(c, c.T("plugins.said.added", "Name", p.Name), h.changed)
}

// editForm shows the dialog that changes a plugin's name and key.
func (h pluginHandlers) editForm(c *web.Context) error {
	p, err := h.plugin(c)
	if err != nil {
		return err
	}
	return h.editDialog(c, view.PluginForm{Plugin: p, Name: p.Name, Key: p.KeySid}, nil)
}

// editDialog draws the form with what was typed and, after err, with the errors
// beside the fields.
func (h pluginHandlers) editDialog(c *web.Context, f view.PluginForm, err error) error {
	return h.formDialog(c, c.T("plugins.edit"), view.EditPluginDialog, f, err)
}

// edit changes a plugin's name and key.
func (h pluginHandlers) edit(c *web.Context) error {
	p, err := h.plugin(c)
	if err != nil {
		return err
	}
	f := view.PluginForm{Plugin: p, Name: c.Value("name"), Key: c.Value("key")}
	if err := h.store.UpdatePlugin(c.Ctx(), c.Actor, p.ID, f.Name, f.Key); err != nil {
		return h.editDialog(c, f, err)
	}
	return h.Done(c, c.T("plugins.said.changed", "Name", p.Name), h.changed)
}

// askRemove explains what happens to the plugin's calls, before it is removed.
func (h pluginHandlers) askRemove(c *web.Context) error {
	p, err := h.plugin(c)
	if err != nil {
		return err
	}
	m := view.PluginRemoval{Root: h.Root(c), Back: h.Back(c), Plugin: p}
	return h.Dialog(c, c.T("plugins.remove"), nil, func(page bool, _ web.FieldErrors) templ.Component {
		m.Page = page
		return view.RemovePluginDialog(m)
	})
}

// remove removes a plugin.
func (h pluginHandlers) remove(c *web.Context) error {
	p, err := h.plugin(c)
	if err != nil {
		return err
	}
	if err := h.store.RemovePlugin(c.Ctx(), c.Actor, p.ID); err != nil {
		return err
	}
	return h.Done(c, c.T("plugins.said.removed", "Name", p.Name), h.changed)
}

// plugin returns the plugin that the path names.
func (h pluginHandlers) plugin(c *web.Context) (models.PluginRow, error) {
	n, err := page.ID(c, "errors.plugin.not_found")
	if err != nil {
		return models.PluginRow{}, err
	}
	return h.store.Plugin(c.Ctx(), c.Actor, n)
}
