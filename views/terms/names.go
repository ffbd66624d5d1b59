// Package terms puts the product's terms into the reader's language: roles,
// channels, limits, and what a change replaced. Every area uses the same words.
package terms

import (
	"context"
	"strings"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// RoleName returns the name of a role, or "" for no role.
func RoleName(ctx context.Context, r models.Role) string {
	switch r {
	case models.RoleOwner:
		return i18n.T(ctx, "common.role.owner")
	case models.RoleAdmin:
		return i18n.T(ctx, "common.role.admin")
	case models.RoleMember:
		return i18n.T(ctx, "common.role.member")
	default:
		return ""
	}
}

// LanguageName returns a language's own name for itself.
func LanguageName(lang string) string {
	if lang == i18n.Chinese {
		return "简体中文"
	}
	return "English"
}

// ChannelName returns the name of a channel.
func ChannelName(ctx context.Context, c models.Channel) string {
	switch c {
	case models.ChannelHTTP:
		return i18n.T(ctx, "tester.channel.http")
	case models.ChannelWebService:
		return i18n.T(ctx, "tester.channel.web_service")
	case models.ChannelFTP:
		return i18n.T(ctx, "tester.channel.ftp")
	case models.ChannelEmail:
		return i18n.T(ctx, "tester.channel.email")
	default:
		return i18n.T(ctx, "tester.channel.rest")
	}
}

// ChannelOptions returns the channels as options of a select field.
func ChannelOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, c := range models.Channels() {
		options = append(options, ui.Option{Value: string(c), Label: ChannelName(ctx, c)})
	}
	return options
}

// FamilyName returns the name of a family. Names from the preset are
// translated; names that an admin wrote stay as they are. CRM has one name in
// all languages.
func FamilyName(ctx context.Context, name string) string {
	switch name {
	case "Contact":
		return i18n.T(ctx, "catalogue.family.contact")
	case "App":
		return i18n.T(ctx, "catalogue.family.app")
	case "Form":
		return i18n.T(ctx, "catalogue.family.form")
	case "Data":
		return i18n.T(ctx, "catalogue.family.data")
	case "File":
		return i18n.T(ctx, "catalogue.family.file")
	case "Workflow":
		return i18n.T(ctx, "catalogue.family.workflow")
	default:
		return name
	}
}

// PersonName returns the name, or the e-mail if there is no name.
func PersonName(name, email string) string {
	if name == "" {
		return email
	}
	return name
}

// KeyStatus returns the words for a key's status.
func KeyStatus(ctx context.Context, enabled bool) string {
	if enabled {
		return i18n.T(ctx, "keys.enabled")
	}
	return i18n.T(ctx, "keys.disabled")
}

// namesShown is how many names a sentence lists.
const namesShown = 10

// JoinNames returns the first names as a list in words, with the count of the
// others.
func JoinNames(ctx context.Context, list []string) string {
	rest := len(list) - namesShown
	text := strings.Join(list[:min(len(list), namesShown)], i18n.T(ctx, "keys.names.and"))
	if rest > 0 {
		text += " " + i18n.N(ctx, "keys.names.more", rest)
	}
	return text
}

// LanguageOptions returns the languages as options, by their own names.
// asBrowser adds the browser's choice.
func LanguageOptions(ctx context.Context, asBrowser bool) []ui.Option {
	var options []ui.Option
	if asBrowser {
		options = append(options, ui.Option{Label: i18n.T(ctx, "auth.language.browser")})
	}
	return append(options,
		ui.Option{Value: i18n.English, Label: "English"},
		ui.Option{Value: i18n.Chinese, Label: "简体中文"})
}
