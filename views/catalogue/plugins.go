package catalogue

import (
	"context"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// PluginList is the Plugins page: one page of the plugins that the reader may
// see.
type PluginList struct {
	Root      string // address of the list: /a/acme/plugins
	Keys      string // address of the account's keys
	Now       time.Time
	Search    string
	Page      models.PluginPage
	Count     int // of all plugins, whatever the search
	CanManage bool
}

// Href returns the address of a page of the list, with the search.
func (m PluginList) Href(page int) string {
	return ui.Address(m.Root, map[string]string{"q": m.Search}, page)
}

// columns returns the columns of the list.
func (m PluginList) columns(ctx context.Context) []ui.Column {
	columns := []ui.Column{
		{Label: i18n.T(ctx, "plugins.column.name")},
		{Label: i18n.T(ctx, "plugins.column.plugin_id")},
		{Label: i18n.T(ctx, "plugins.column.key")},
		{Label: i18n.T(ctx, "plugins.column.state")},
	}
	if m.CanManage {
		columns = append(columns, ui.Column{Label: i18n.T(ctx, "plugins.column.action"), Hide: true, Class: "actions"})
	}
	return columns
}

// keyHref returns the address of a plugin's key.
func (m PluginList) keyHref(row models.PluginRow) string { return m.Keys + "/" + row.KeySid }

// about returns the line below the page's title.
func (m PluginList) about(ctx context.Context) string {
	if m.CanManage {
		return i18n.T(ctx, "plugins.about")
	}
	return i18n.T(ctx, "plugins.about.own")
}

// pluginState returns the tone and the words for a plugin's state at the gate.
func pluginState(ctx context.Context, s models.PluginState) (ui.Tone, string) {
	switch s {
	case models.PluginNoKey:
		return ui.Neutral, i18n.T(ctx, "plugins.state.no_key")
	case models.PluginDisabled:
		return ui.Warn, i18n.T(ctx, "plugins.state.disabled")
	case models.PluginExpired:
		return ui.Bad, i18n.T(ctx, "plugins.state.expired")
	case models.PluginBlocked:
		return ui.Bad, i18n.T(ctx, "plugins.state.blocked")
	default:
		return ui.OK, i18n.T(ctx, "plugins.state.ready")
	}
}

// wayOut returns the words and the anchor of a link to what stops the plugin on
// its key's page. The words are "" if nothing there stops it; the anchor is ""
// for the top of the page.
func wayOut(ctx context.Context, row models.PluginRow, s models.PluginState) (words, anchor string) {
	switch s {
	case models.PluginBlocked:
		return i18n.T(ctx, "plugins.blocked.by", "Name", row.KeyName), "#whitelist"
	case models.PluginDisabled:
		return i18n.T(ctx, "plugins.open.key", "Name", row.KeyName), ""
	case models.PluginExpired:
		return i18n.T(ctx, "plugins.open.key", "Name", row.KeyName), "#basics"
	default:
		return "", ""
	}
}

// PluginForm is the dialog that adds a plugin, or changes Plugin.
type PluginForm struct {
	Root     string
	Back     string // address of the list as the reader left it
	Now      time.Time
	Keys     []models.KeyRow // to choose from, by name
	Plugin   models.PluginRow
	PluginID string // as typed
	Name     string // as typed
	Key      string // Sid of the chosen key, "" for none
	Errors   map[string]string
	Page     bool // a page of its own, for readers without script
}

// keyOptions returns the keys as options, starting with those that let plugins
// through.
func (f PluginForm) keyOptions(ctx context.Context) []ui.Option {
	groups := map[models.PluginState][]ui.Option{}
	for _, k := range f.Keys {
		row := models.PluginRow{KeySid: k.Sid, KeyEnabled: k.Enabled, KeyExpiresAt: k.ExpiresAt, KeyIPs: k.IPCount}
		state := row.State(f.Now)
		_, word := pluginState(ctx, state)
		groups[state] = append(groups[state], ui.Option{Value: k.Sid, Label: k.Name, Group: word})
	}
	options := []ui.Option{{Label: i18n.T(ctx, "plugins.key.none")}}
	for _, state := range []models.PluginState{models.PluginReady, models.PluginBlocked, models.PluginDisabled, models.PluginExpired} {
		options = append(options, groups[state]...)
	}
	return options
}

// keyHint explains the keys that do not let plugins through, or returns "" if
// there are none.
func (f PluginForm) keyHint(ctx context.Context) string {
	for _, k := range f.Keys {
		if k.IPCount > 0 {
			return i18n.T(ctx, "plugins.key.hint")
		}
	}
	return ""
}

// PluginRemoval is the question before a plugin is removed.
type PluginRemoval struct {
	Root   string
	Back   string
	Plugin models.PluginRow
	Page   bool
}

// params returns the params of the question.
func (m PluginRemoval) params(ctx context.Context) ui.ConfirmParams {
	action := appPath(m.Root, m.Plugin.ID) + "/remove"
	return ui.ConfirmParams{
		ID: "remove-plugin", Title: i18n.T(ctx, "plugins.remove.title", "Name", m.Plugin.Name), Text: i18n.T(ctx, "plugins.remove.text"),
		Action: action, Version: string(models.PluginSection(m.Plugin.Name, m.Plugin.KeySid, m.Plugin.KeyName).Version()),
		Label: i18n.T(ctx, "plugins.remove"), Fields: map[string]string{"back": m.Back},
		Show: !m.Page, Page: m.Page, Back: m.Back, Attrs: ui.PostDialog(action),
	}
}

// chooseWords returns the words of the link that chooses another key for a
// plugin.
func (m PluginList) chooseWords(ctx context.Context, s models.PluginState) string {
	if s == models.PluginNoKey {
		return i18n.T(ctx, "plugins.choose")
	}
	return i18n.T(ctx, "plugins.choose.another")
}
