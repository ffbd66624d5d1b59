package keys

import (
	"context"
	"net/url"
	"strings"

	"keywicket/models"
	"keywicket/views/i18n"
)

// pluginHref returns the address of a plugin in the list.
func (m KeyDetails) pluginHref(p models.Plugin) string {
	return strings.TrimSuffix(m.Root, "keys") + "plugins?" + url.Values{"q": {p.PluginID}}.Encode()
}

// pluginWarning returns a sentence about what the IP Whitelist does to the
// plugins that use the key, or would do with its first address.
func (m KeyDetails) pluginWarning(ctx context.Context) string {
	if len(m.Key.IPs) == 0 {
		return i18n.N(ctx, "keys.plugins.first", len(m.Key.Plugins))
	}
	return i18n.N(ctx, "keys.plugins.blocked", len(m.Key.Plugins))
}
