package models

import (
	"errors"
	"strings"
	"time"
)

// PluginsPerPage is the number of plugins on a page of the list.
const PluginsPerPage = 50

// MaxPluginIDLen is the maximum length of a plugin id, in characters.
const MaxPluginIDLen = 64

// Plugin is a caller inside the platform that uses a key, such as a front-end event.
type Plugin struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	PluginID  string // the id that the gate receives; unique in the account
	Name      string
	KeyID     *int64 // the key that it uses; nil if none, or if it was deleted
	CreatedAt time.Time
}

// NewPlugin is a plugin to add.
type NewPlugin struct {
	PluginID string
	Name     string // "" for the plugin id
	KeySid   string // "" for none
}

// PluginQuery selects a page of an account's plugins. The zero value selects the first page of all plugins.
type PluginQuery struct {
	Search string // part of the plugin id, of its name or of its key's name
	Page   int    // from 1; less counts as 1
	All    bool   // every plugin at once, for pickers
}

// PluginRow is a plugin in the list, with some fields of its key. They are empty without a key.
type PluginRow struct {
	Plugin
	KeySid       string
	KeyName      string
	KeyEnabled   bool
	KeyExpiresAt *time.Time
	KeyIPs       int // entries of the key's IP Whitelist
}

// PluginState is whether a plugin can use its key and, if not, why.
type PluginState string

// The states of a plugin. If several reasons hold, the state is the one that the gate checks first.
const (
	PluginReady    PluginState = "ready"
	PluginNoKey    PluginState = "no_key"   // none was chosen, or it was deleted
	PluginDisabled PluginState = "disabled" // its key is
	PluginExpired  PluginState = "expired"  // its key is
	PluginBlocked  PluginState = "blocked"  // its key has an IP Whitelist
)

// State returns the state of the plugin at now.
func (p PluginRow) State(now time.Time) PluginState {
	switch {
	case p.KeySid == "":
		return PluginNoKey
	case !p.KeyEnabled:
		return PluginDisabled
	case p.KeyExpiresAt != nil && !p.KeyExpiresAt.After(now):
		return PluginExpired
	case p.KeyIPs > 0:
		return PluginBlocked
	}
	return PluginReady
}

// PluginPage is one page of plugins.
type PluginPage struct {
	Rows  []PluginRow
	Total int // that match the search
	Page  int
	Pages int
}

// IsPluginID reports whether s is a valid plugin id: 1 to MaxPluginIDLen of A to Z, a to z, 0 to 9, dot, underscore and
// hyphen.
func IsPluginID(s string) bool { return s != "" && len(s) <= MaxPluginIDLen && isWord(s) }

// CleanPluginID returns a plugin id trimmed and otherwise as typed. Upper and lower case differ, because the platform
// sends it byte by byte. Its error has the field "plugin_id".
func CleanPluginID(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", Refuse(CodeInvalid, "plugin_id", "errors.plugin_id.required")
	case len([]rune(s)) > MaxPluginIDLen:
		return "", Refuse(CodeInvalid, "plugin_id", "errors.text.too_long", "Max", MaxPluginIDLen)
	case !IsPluginID(s):
		return "", Refuse(CodeInvalid, "plugin_id", "errors.plugin_id.characters")
	}
	return s, nil
}

// CheckPlugin returns the plugin with its fields cleaned. The name defaults to the plugin id. The error joins the
// errors at plugin_id and name.
func CheckPlugin(n NewPlugin) (NewPlugin, error) {
	var badID, badName error
	n.PluginID, badID = CleanPluginID(n.PluginID)
	n.Name, badName = CleanName("name", n.Name, false)
	if n.Name == "" {
		n.Name = n.PluginID
	}
	return n, errors.Join(badID, badName)
}
