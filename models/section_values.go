package models

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// BasicsSection is the key's name, description and Expiry Date.
func BasicsSection(k Key) Section {
	day := ""
	if k.ExpiresAt != nil {
		day = k.ExpiresAt.UTC().Format(time.DateOnly)
	}
	return Section{
		Value{Field: "name", Text: k.Name}.asTyped(), Value{Field: "description", Text: k.Description}.asTyped(),
		Value{Field: "expires_at", Text: moment(k.ExpiresAt)}.input("expires_at", day),
	}
}

// LimitsSection is the key's limit.
func LimitsSection(k Key) Section {
	text := ""
	if k.RateRequests > 0 {
		text = strconv.Itoa(k.RateRequests) + "/" + strconv.Itoa(k.RateWindowSec)
	}
	return Section{{Field: "rate_requests", Text: text}}
}

// StatusSection is whether the keys are enabled, and since when: one that was
// enabled and disabled again is not as it was.
func StatusSection(keys ...Key) Section {
	s := make(Section, len(keys))
	for i, k := range keys {
		s[i] = Value{Field: "enabled:" + k.Sid, Text: flag(k.Enabled) + "@" + moment(k.StatusAt), Of: k.Name}
	}
	return s
}

// DeletionSection is what a person is told of keys before they are deleted.
func DeletionSection(keys ...KeyAndPlugins) Section {
	var s Section
	for _, k := range keys {
		ids, names := make([]int64, len(k.Plugins)), make([]string, len(k.Plugins))
		for i, p := range k.Plugins {
			ids[i], names[i] = p.ID, p.Name
		}
		slices.Sort(ids)
		s = append(s, Value{Field: "name:" + k.Sid, Text: k.Name}, Value{Field: "plugins:" + k.Sid, Text: joined(ids), Names: names, Of: k.Name})
		s = append(s, StatusSection(k.Key)...)
	}
	return s
}

// ScopeSection is one of a key's scopes, under the name of the column: "scope_apps"
// or "scope_apis".
func ScopeSection(field string, mode ScopeMode, ids []int64, names []string) Section {
	if mode == ScopeAll {
		return Section{{Field: field, Text: string(mode)}}
	}
	ids = slices.Sorted(slices.Values(ids))
	return Section{{Field: field, Text: string(mode) + ":" + joined(ids), Names: append([]string{}, names...)}}
}

// AppsSection is the key's Scope (App), and APIsSection its Scope (API).
func (d KeyDetail) AppsSection() Section {
	ids, names := make([]int64, len(d.Apps)), make([]string, len(d.Apps))
	for i, a := range d.Apps {
		ids[i], names[i] = a.ID, a.Name
	}
	return ScopeSection("scope_apps", d.ScopeApps, ids, names)
}

// APIsSection is the key's Scope (API).
func (d KeyDetail) APIsSection() Section {
	ids, names := make([]int64, len(d.APIs)), make([]string, len(d.APIs))
	for i, a := range d.APIs {
		ids[i], names[i] = a.ID, a.Name
	}
	return ScopeSection("scope_apis", d.ScopeAPIs, ids, names)
}

// WhitelistSection is a key's IP Whitelist.
func WhitelistSection(rules []string) Section {
	return Section{{Field: "ips", Text: strings.Join(rules, " "), Names: append([]string{}, rules...)}}
}

// PreviousSection is the key's old credentials that still work; nil for none.
func PreviousSection(o *PreviousCredential) Section {
	id := ""
	if o != nil {
		id = moment(&o.CreatedAt)
	}
	return Section{{Field: "old", Text: id}}
}

// NameSection is the one value of a form that renames something.
func NameSection(name string) Section { return Section{{Field: "name", Text: name}} }

// APISection is what a form says of a call; families are the names of families
// by their ids.
func APISection(a API, families map[int64]string) Section {
	bound := "0"
	if a.AppBound {
		bound = "1"
	}
	rate := strconv.Itoa(a.RatePerSecond)
	return Section{
		Value{Field: "name", Text: a.Name}.asTyped(),
		Value{Field: "family", Text: strconv.FormatInt(a.FamilyID, 10), Names: []string{families[a.FamilyID]}}.asTyped(),
		Value{Field: "method", Text: a.Method}.asTyped(), Value{Field: "path", Text: a.Path}.asTyped(),
		Value{Field: "app_bound", Text: flag(a.AppBound)}.input("bound", bound),
		Value{Field: "app_source", Text: string(a.AppSource)}.asTyped(), Value{Field: "app_field", Text: a.AppField}.asTyped(),
		Value{Field: "rate_per_second", Text: rate}.input("rate", rate),
	}
}

// ListedSection is the keys whose lists name a thing that is to be removed.
func ListedSection(name string, keys []ListedKey) Section {
	sids, names := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		sids[i], names[i] = k.Sid, k.Name
	}
	slices.Sort(sids)
	return append(NameSection(name), Value{Field: "keys", Text: strings.Join(sids, ","), Names: names})
}

// PluginSection is what a form says of a plugin.
func PluginSection(name, keySid, keyName string) Section {
	key := Value{Field: "key", Text: keySid}
	if keySid != "" {
		key.Names = []string{keyName}
	}
	return Section{Value{Field: "name", Text: name}.asTyped(), key.asTyped()}
}

// AccountSection is the account's name and policies, of which each form of the
// settings has some.
func AccountSection(a Account) Section {
	return Section{
		{Field: "name", Text: a.Name}, {Field: "key_visibility", Text: string(a.KeyVisibility)},
		Value{Field: "pass_unknown_apis", Text: flag(a.PassUnknownAPIs)}.asBox(), Value{Field: "key_in_query", Text: flag(a.KeyInQuery)}.asBox(),
		{Field: "error_dialect", Text: string(a.ErrorDialect)}, {Field: "rate_per_second", Text: strconv.Itoa(a.RatePerSecond)},
		{Field: "max_expiry_days", Text: strconv.Itoa(a.MaxExpiryDays)}, {Field: "members_create", Text: flag(a.MembersCreate)},
		{Field: "require_reauth", Text: flag(a.RequireReauth)}, {Field: "language", Text: a.Language},
		{Field: "own_catalogue", Text: flag(a.OwnCatalogue)},
	}
}

// SubStatusSection is whether a sub-account is suspended, since when, and how
// many keys that concerns.
func SubStatusSection(a Account, keys int) Section {
	return Section{{Field: "status", Text: string(a.Status) + "@" + moment(a.StatusAt)}, {Field: "key_count", Text: strconv.Itoa(keys)}}
}

// LossesSection is what a change of catalogue takes from keys' lists.
func LossesSection(losses []ListLoss) Section {
	var all []string
	for _, l := range losses {
		all = append(all, l.Sid+"="+strings.Join(l.Apps, ",")+";"+strings.Join(l.APIs, ","))
	}
	return Section{{Field: "losses", Text: strings.Join(all, " ")}}
}

// PersonSection is a person's place in the account, and since when they have it:
// one who was removed and is back is not as they were.
func PersonSection(m MemberRow) Section {
	return append(PlaceSection(m), Value{Field: "member_since", Text: moment(&m.CreatedAt)})
}

// PlaceSection is what a form can make of a person's place in the account.
func PlaceSection(m MemberRow) Section {
	return Section{{Field: "role", Text: string(m.Role)}, {Field: "disabled", Text: moment(m.DisabledAt)}}
}

// DepartureSection is the place of a person who leaves, or becomes less, and the
// keys that they lose with it: somebody decides what becomes of those.
func DepartureSection(m MemberRow, lost []LostKeys) Section {
	v := Value{Field: "key_count", Names: []string{}}
	for _, k := range lost {
		v.Text += k.Account + "=" + strings.Join(k.Sids, ",") + ";"
		v.Names = append(v.Names, k.Account+": "+strconv.Itoa(len(k.Sids)))
	}
	return append(PersonSection(m), v)
}

// moment is a time as a Value holds it, "" for never.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func flag(b bool) string { return strconv.FormatBool(b) }

func joined(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ",")
}
