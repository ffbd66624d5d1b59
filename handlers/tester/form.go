package tester

import (
	"net/netip"
	"strings"

	"keywicket/handlers/page"

	view "keywicket/views/tester"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/web"

	"github.com/a-h/templ"
)

// show answers with the form. The query parameter key selects a key.
func (h handlers) show(c *web.Context) error {
	f := view.NewForm()
	if sid := c.QueryParam("key"); sid != "" {
		if _, err := h.store.Key(c.Ctx(), c.Actor, sid); err != nil {
			return err
		}
		f.Key = sid
	}
	m, err := h.model(c, f)
	if err != nil {
		return err
	}
	return c.Render(h.pageOf(c, m), view.Region(m))
}

// pageOf returns the Tester with its frame.
func (h handlers) pageOf(c *web.Context, m view.Tester) templ.Component {
	return page.Framed(func() templ.Component { return view.Page(h.Chrome(c, ""), m) })
}

// model loads the choices of the form.
func (h handlers) model(c *web.Context, f view.Form) (view.Tester, error) {
	m := view.Tester{Root: h.Root(c), Form: f}
	page, err := h.store.ListKeys(c.Ctx(), c.Actor, models.KeyQuery{Sort: models.SortName, All: true})
	if err != nil {
		return m, err
	}
	m.Keys = page.Rows
	plugins, err := h.store.ListPlugins(c.Ctx(), c.Actor, models.PluginQuery{All: true})
	if err != nil {
		return m, err
	}
	m.Plugins = plugins.Rows
	m.Families, err = h.store.Catalogue(c.Ctx(), c.Actor)
	return m, err
}

// typedRequest returns the form as it was typed, without the pasted key: no
// answer contains it.
func typedRequest(c *web.Context) view.Form {
	return view.Form{
		Paste: c.Value("source") == "paste", Key: c.Value("key"),
		ByPath: c.Value("by") == "path", API: c.Value("api"), Method: c.Value("method"), Path: c.Value("path"),
		App: c.Value("app"), IP: c.Value("ip"), Channel: models.Channel(c.Value("channel")), Plugin: c.Value("plugin"),
	}
}

// test judges the described request and counts nothing.
func (h handlers) test(c *web.Context) error {
	f := typedRequest(c)
	m, err := h.model(c, f)
	if err != nil {
		return err
	}
	m.Verdict, err = h.judge(c, f)
	if err == nil {
		m.Verdict.Plugin = pluginName(m.Plugins, f.Plugin)
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.pageOf(c, m), view.Region(m)
		})
	}
	return c.Render(h.pageOf(c, m), view.Region(m))
}

// pluginName returns the name of the plugin with the ID, or "" if it is
// unknown.
func pluginName(plugins []models.PluginRow, id string) string {
	for _, p := range plugins {
		if p.PluginID == id {
			return p.Name
		}
	}
	return ""
}

// requestOf returns the gate's request for the form, or an error for the first
// field that is wrong.
func requestOf(f view.Form) (engine.Request, error) {
	r := engine.Request{Channel: f.Channel, App: strings.TrimSpace(f.App), Plugin: f.Plugin != "", Dry: true}
	if !f.Channel.Valid() {
		return r, models.Refuse(models.CodeInvalid, "channel", "errors.choice")
	}
	if r.Plugin && f.Plugin != view.AnyPlugin {
		if !models.IsPluginID(f.Plugin) {
			return r, models.Refuse(models.CodeInvalid, "plugin", "errors.choice")
		}
		r.PluginID = f.Plugin
	}
	if ip := strings.TrimSpace(f.IP); ip != "" {
		address, err := netip.ParseAddr(ip)
		if err != nil {
			return r, models.Refuse(models.CodeInvalid, "ip", "tester.ip.format")
		}
		r.IP = address.WithZone("").Unmap()
	}
	if !f.ByPath {
		if f.API == "" {
			return r, models.Refuse(models.CodeInvalid, "api", "tester.api.required")
		}
		r.API = f.API
		return r, nil
	}
	path := strings.TrimSpace(f.Path)
	if !strings.HasPrefix(path, "/") {
		return r, models.Refuse(models.CodeInvalid, "path", "tester.path.required")
	}
	clean, err := models.CleanPath(path)
	r.Method, r.Path, r.PathAmbiguous = strings.ToUpper(strings.TrimSpace(f.Method)), clean, err != nil
	return r, nil
}
