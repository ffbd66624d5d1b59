// Package audit draws the audit log.
package audit

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Audit is the Audit page: one page of the audit log.
type Audit struct {
	Root    string // address of the page: /a/acme/audit
	Slug    string // of the account
	Filter  Filter
	Page    models.AuditPage
	OwnOnly bool // the reader sees what they did themselves
	Errors  map[string]string
}

// Filter is the filter of the audit log, as typed.
type Filter struct {
	Event  string // an event, or the beginning of several: "api.key."
	Actor  string
	Person string // a number, or "" for everybody
	Target string
	From   string // 2006-01-02
	Until  string
	Before string // the number of a row that only older ones are shown of, or ""
}

// none reports whether the filter is empty.
func (f Filter) none() bool { return f == Filter{} }

// Href returns the address of a page of the audit log, with the filter.
func (m Audit) Href(page int) string {
	return ui.Address(m.Root, map[string]string{
		"event": m.Filter.Event, "actor": m.Filter.Actor, "person": m.Filter.Person, "target": m.Filter.Target, "from": m.Filter.From, "until": m.Filter.Until, "before": m.Filter.Before,
	}, page)
}

// older returns the address of the rows before the last one that the list
// reaches, or "" if there are none.
func (m Audit) older() string {
	if !m.Page.More {
		return ""
	}
	m.Filter.Before = strconv.FormatInt(m.Page.Oldest, 10)
	return m.Href(1)
}

// withoutPerson returns the address of the same filter for everybody.
func (m Audit) withoutPerson() string {
	m.Filter.Person = ""
	return m.Href(1)
}

// eventGroup is a group of events that can be filtered for together.
type eventGroup struct {
	prefix string
	events []models.Event
}

// eventGroups returns all groups, in the order of the select field.
func eventGroups() []eventGroup {
	return []eventGroup{
		{"api.key.", []models.Event{
			models.EventKeyCreate, models.EventKeyCopy, models.EventKeyUpdate, models.EventKeyEnable,
			models.EventKeyDisable, models.EventKeyDelete, models.EventKeyReveal, models.EventKeyExport,
			models.EventKeyRotate, models.EventKeyPreviousEnd,
		}},
		{"app.", []models.Event{models.EventAppCreate, models.EventAppUpdate, models.EventAppDelete}},
		{"catalogue.", []models.Event{
			models.EventFamilyCreate, models.EventFamilyUpdate, models.EventFamilyDelete, models.EventAPICreate,
			models.EventAPIUpdate, models.EventAPIDelete, models.EventCataloguePreset,
		}},
		{"plugin.", []models.Event{models.EventPluginCreate, models.EventPluginUpdate, models.EventPluginDelete}},
		{"account.", []models.Event{models.EventAccountCreate, models.EventAccountUpdate, models.EventAccountSuspend, models.EventAccountReopen, models.EventAccountImport}},
		{"member.", []models.Event{
			models.EventMemberInvite, models.EventMemberWithdraw, models.EventMemberJoin, models.EventMemberRole,
			models.EventMemberEnable, models.EventMemberDisable, models.EventMemberRemove,
		}},
		{"user.", []models.Event{
			models.EventUserCreate, models.EventUserSignIn, models.EventUserSignInFailed, models.EventUserSignOut,
			models.EventUserUpdate, models.EventUserForgot, models.EventUserPassword, models.EventUserSignOutAll, models.EventUserReauthFailed,
			models.EventUserTOTPOn, models.EventUserTOTPOff, models.EventUserTOTPReset, models.EventUserRecoveryNew, models.EventUserRecoveryUse,
			models.EventPasskeyAdd, models.EventPasskeyRemove, models.EventUserSSOLink, models.EventUserSSOUnlink,
		}},
	}
}

// KnownEvent returns s if it is an event, or the prefix of a group, that can be
// filtered for. Otherwise it returns "".
func KnownEvent(s string) string {
	for _, g := range eventGroups() {
		if s == g.prefix || slices.Contains(g.events, models.Event(s)) {
			return s
		}
	}
	return ""
}

// eventOptions returns the options of the event filter.
func eventOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "audit.event.all")}}
	for _, g := range eventGroups() {
		group := i18n.T(ctx, "audit.group."+strings.TrimSuffix(g.prefix, "."))
		options = append(options, ui.Option{Value: g.prefix, Label: i18n.T(ctx, "audit.group.all", "Group", group), Group: group})
		for _, e := range g.events {
			options = append(options, ui.Option{Value: string(e), Label: auditEvent(ctx, e), Group: group})
		}
	}
	return options
}

// auditEvent returns the words for an event, or its name if this version does
// not know it.
func auditEvent(ctx context.Context, e models.Event) string {
	if id := "audit.event." + string(e); i18n.Has(ctx, id) {
		return i18n.T(ctx, id)
	}
	return string(e)
}

// eventTone returns the tone of an event: destructive, risky, creating or
// neutral.
func eventTone(e models.Event) ui.Tone {
	if e == models.EventKeyRotate || e == models.EventKeyPreviousEnd {
		return ui.Warn
	}
	switch e {
	case models.EventKeyDelete, models.EventAppDelete, models.EventAPIDelete, models.EventFamilyDelete, models.EventPluginDelete, models.EventMemberRemove:
		return ui.Bad
	case models.EventKeyReveal, models.EventKeyExport, models.EventUserSignInFailed, models.EventUserReauthFailed, models.EventUserTOTPOff, models.EventUserTOTPReset, models.EventUserRecoveryUse, models.EventKeyDisable, models.EventMemberDisable:
		return ui.Warn
	case models.EventKeyCreate, models.EventKeyCopy, models.EventKeyEnable, models.EventAppCreate, models.EventAPICreate, models.EventFamilyCreate, models.EventPluginCreate, models.EventMemberJoin, models.EventMemberEnable:
		return ui.OK
	default:
		return ui.Neutral
	}
}

// columns returns the columns of the audit log.
func (m Audit) columns(ctx context.Context) []ui.Column {
	return []ui.Column{
		{Label: i18n.T(ctx, "audit.column.what")},
		{Label: i18n.T(ctx, "audit.column.target")},
		{Label: i18n.T(ctx, "audit.column.changes")},
		{Label: i18n.T(ctx, "audit.column.who")},
		{Label: i18n.T(ctx, "audit.column.when")},
	}
}

// targetName returns the name of a row's target, or its ID.
func targetName(r models.AuditRow) string {
	if r.TargetName != "" {
		return r.TargetName
	}
	return r.TargetID
}

// targetNote returns the ID of a row's target if it adds to the name, else "".
func targetNote(r models.AuditRow) string {
	if r.TargetID == r.TargetName || r.TargetName == "" || r.TargetKind == "account" {
		return ""
	}
	return r.TargetID
}

// targetHref returns the address of a row's target, or "" if the target is gone
// or has no page.
func (m Audit) targetHref(r models.AuditRow) string {
	root := "/a/" + m.Slug
	switch {
	case r.Event == models.EventKeyDelete || r.Event == models.EventAppDelete || r.Event == models.EventAPIDelete || r.Event == models.EventPluginDelete:
		return ""
	case r.TargetKind == "key":
		return root + "/keys/" + r.TargetID
	case r.TargetKind == "app":
		return root + "/apps?" + url.Values{"q": {r.TargetID}}.Encode()
	case r.TargetKind == "plugin":
		return root + "/plugins?" + url.Values{"q": {r.TargetID}}.Encode()
	case r.TargetKind == "api":
		return root + "/catalogue?" + url.Values{"q": {r.TargetID}}.Encode()
	}
	return ""
}

// auditAbout returns the line below the page's title.
func auditAbout(ctx context.Context, m Audit) string {
	if m.OwnOnly {
		return i18n.T(ctx, "audit.about.own")
	}
	return i18n.T(ctx, "audit.about")
}

// personHref returns the address of all rows of the same actor. It returns ""
// if the actor is unknown or the list shows only their rows already.
func (m Audit) personHref(r models.AuditRow) string {
	if r.ActorID == 0 || m.OwnOnly || m.Filter.Person != "" {
		return ""
	}
	return m.Root + "?" + url.Values{"person": {strconv.FormatInt(r.ActorID, 10)}}.Encode()
}

// auditNames returns the names that the audit log has for one actor, each with
// the e-mail if a row has one.
func auditNames(names []models.AuditName) string {
	var list []string
	for _, n := range names {
		text := terms.PersonName(n.Name, n.Email)
		if n.Email == "" && slices.ContainsFunc(names, func(other models.AuditName) bool { return other.Name == n.Name && other.Email != "" }) {
			continue
		}
		if n.Email != "" && n.Email != text {
			text += " (" + n.Email + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// auditPlace returns the IP address of a row, or the words for the command line
// if there is none.
func auditPlace(ctx context.Context, r models.AuditRow) string {
	if r.IP == "" {
		return i18n.T(ctx, "audit.place.none")
	}
	return r.IP
}
