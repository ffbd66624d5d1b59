package models

import (
	"errors"
	"strings"
	"time"
)

// PluginsPerPage is the number of plugins on a page of the list.
const PluginsPerPage = 50

// MaxPluginIDLen is the most characters that a plugin id has.
const MaxPluginIDLen = 64

// Plugin is a caller inside the platform, such as a front-end event, that
// uses a key.
type Plugin struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	PluginID  string // what the gate is told; unique in the account
	Name      string
	KeyID     *int64 // the key that it uses; nil: none, or a key that is gone
	CreatedAt time.Time
}

// NewPlugin is a plugin to add.
type NewPlugin struct {
	PluginID string
	Name     string // "" for the plugin id
	KeySid   string // "" for none
}

// PluginQuery asks for a page of an account's plugins. The zero value asks
// for the first page of all.
type PluginQuery struct {
	Search string // part of the plugin id, of its name or of its key's name
	Page   int    // from 1; less counts as 1
	All    bool   // every plugin at once, for a choice of one
}

// PluginRow is a plugin in the list, with its key as far as it matters here.
// Without a key the fields of the key are empty.
type PluginRow struct {
	Plugin
	KeySid       string
	KeyName      string
	KeyEnabled   bool
	KeyExpiresAt *time.Time
	KeyIPs       int // entries of the key's IP Whitelist
}

// PluginState reports whether a plugin gets past the gate with its key.
type PluginState string

// The states of a plugin. With several reasons, it is the one that the gate
// finds first.
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

// IsPluginID reports whether s can be a plugin id: 1 to MaxPluginIDLen of A to
// Z, a to z, 0 to 9, dot, underscore and hyphen.
func IsPluginID(s string) bool { return s != "" && len(s) <= MaxPluginIDLen && isWord(s) }

// CleanPluginID returns a plugin id trimmed and otherwise as typed: upper and
// lower case are different, for the platform sends it letter by letter. The
// field of a refusal is "plugin_id".
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

// CheckPlugin returns the plugin with its fields cleaned. Without a name it is
// called by its plugin id. The error joins the refusals at plugin_id and name.
func CheckPlugin(n NewPlugin) (NewPlugin, error) {
	var badID, badName error
	n.PluginID, badID = CleanPluginID(n.PluginID)
	n.Name, badName = CleanName("name", n.Name, false)
	if n.Name == "" {
		n.Name = n.PluginID
	}
	return n, errors.Join(badID, badName)
}
