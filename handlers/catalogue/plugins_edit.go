package catalogue

import (
	"context"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// pluginEditor is what changing plugins needs of the store.
type pluginEditor interface {
	// Plugin returns a plugin, or an error of CodeNotFound.
	Plugin(ctx context.Context, who models.Actor, id int64) (models.PluginRow, error)
	// ListKeys returns the keys that a plugin may use.
	ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error)
	// AddPlugin adds a plugin; an id that is there is a CodeConflict.
	AddPlugin(ctx context.Context, who models.Actor, n models.NewPlugin) (models.Plugin, error)
	// UpdatePlugin returns a plugin another name and another key.
	UpdatePlugin(ctx context.Context, who models.Actor, id int64, name, keySid string) error
	// RemovePlugin removes a plugin.
	RemovePlugin(ctx context.Context, who models.Actor, id int64) error
}

// form asks for a plugin.
func (h pluginHandlers) form(c *web.Context) error { return h.addDialog(c, view.PluginForm{}, nil) }

func (h pluginHandlers) addDialog(c *web.Context, f view.PluginForm, err error) error {
	keys, failed := h.keys(c)
	if failed != nil {
		return failed
	}
	f.Root, f.Back, f.Keys, f.Now = h.Root(c), h.Back(c), keys, c.Now()
	return h.Dialog(c, c.T("plugins.add"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.AddPluginDialog(f)
	})
}

// keys are the ones that a plugin may use.
func (h pluginHandlers) keys(c *web.Context) ([]models.KeyRow, error) {
	page, err := h.store.ListKeys(c.Ctx(), c.Actor, models.KeyQuery{Sort: "name", All: true})
	return page.Rows, err
}

func (h pluginHandlers) add(c *web.Context) error {
	f := view.PluginForm{PluginID: c.Value("plugin_id"), Name: c.Value("name"), Key: c.Value("key")}
	p, err := h.store.AddPlugin(c.Ctx(), c.Actor, models.NewPlugin{PluginID: f.PluginID, Name: f.Name, KeySid: f.Key})
	if err != nil {
		return h.addDialog(c, f, err)
	}
	return h.Done(c, c.T("plugins.said.added", "Name", p.Name), h.changed)
}

// editForm asks for a plugin's new name and key.
func (h pluginHandlers) editForm(c *web.Context) error {
	p, err := h.plugin(c)
	if err != nil {
		return err
	}
	return h.editDialog(c, view.PluginForm{Plugin: p, Name: p.Name, Key: p.KeySid}, nil)
}

func (h pluginHandlers) editDialog(c *web.Context, f view.PluginForm, err error) error {
	keys, failed := h.keys(c)
	if failed != nil {
		return failed
	}
	f.Root, f.Back, f.Keys, f.Now = h.Root(c), h.Back(c), keys, c.Now()
	return h.Dialog(c, c.T("plugins.edit"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.EditPluginDialog(f)
	})
}

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

// askRemove says what happens to the plugin's calls before it goes.
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
