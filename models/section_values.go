package models

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// BasicsSection returns the key's name, description and Expiry Date.
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

// LimitsSection returns the key's rate limit.
func LimitsSection(k Key) Section {
	text := ""
	if k.RateRequests > 0 {
		text = strconv.Itoa(k.RateRequests) + "/" + strconv.Itoa(k.RateWindowSec)
	}
	return Section{{Field: "rate_requests", Text: text}}
}

// StatusSection returns whether each key is enabled, and since when: a key that was enabled and disabled again has
// changed.
func StatusSection(keys ...Key) Section {
	s := make(Section, len(keys))
	for i, k := range keys {
		s[i] = Value{Field: "enabled:" + k.Sid, Text: flag(k.Enabled) + "@" + moment(k.StatusAt), Of: k.Name}
	}
	return s
}

// DeletionSection returns what the console shows of the keys before they are deleted.
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

// ScopeSection returns one of a key's scopes. field is "scope_apps" or "scope_apis".
func ScopeSection(field string, mode ScopeMode, ids []int64, names []string) Section {
	if mode == ScopeAll {
		return Section{{Field: field, Text: string(mode)}}
	}
	ids = slices.Sorted(slices.Values(ids))
	return Section{{Field: field, Text: string(mode) + ":" + joined(ids), Names: append([]string{}, names...)}}
}

// AppsSection returns the key's Scope (App).
func (d KeyDetail) AppsSection() Section {
	ids, names := make([]int64, len(d.Apps)), make([]string, len(d.Apps))
	for i, a := range d.Apps {
		ids[i], names[i] = a.ID, a.Name
	}
	return ScopeSection("scope_apps", d.ScopeApps, ids, names)
}

// APIsSection returns the key's Scope (API).
func (d KeyDetail) APIsSection() Section {
	ids, names := make([]int64, len(d.APIs)), make([]string, len(d.APIs))
	for i, a := range d.APIs {
		ids[i], names[i] = a.ID, a.Name
	}
	return ScopeSection("scope_apis", d.ScopeAPIs, ids, names)
}

// WhitelistSection returns a key's IP Whitelist.
func WhitelistSection(rules []string) Section {
	return Section{{Field: "ips", Text: strings.Join(rules, " "), Names: append([]string{}, rules...)}}
}

// PreviousSection returns the key's previous credentials if they still work. A nil o means that it has none.
func PreviousSection(o *PreviousCredential) Section {
	id := ""
	if o != nil {
		id = moment(&o.CreatedAt)
	}
	return Section{{Field: "old", Text: id}}
}

// NameSection returns the only value of a form that renames something.
func NameSection(name string) Section { return Section{{Field: "name", Text: name}} }

// APISection returns the values of an API's form. families maps the ids of families to their names.
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

// ListedSection returns the name of a thing that is to be removed, and the keys that list it.
func ListedSection(name string, keys []ListedKey) Section {
	sids, names := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		sids[i], names[i] = k.Sid, k.Name
	}
	slices.Sort(sids)
	return append(NameSection(name), Value{Field: "keys", Text: strings.Join(sids, ","), Names: names})
}

// PluginSection returns the values of a plugin's form.
func PluginSection(name, keySid, keyName string) Section {
	key := Value{Field: "key", Text: keySid}
	if keySid != "" {
		key.Names = []string{keyName}
	}
	return Section{Value{Field: "name", Text: name}.asTyped(), key.asTyped()}
}

// AccountSection returns the account's name and policies. Each form of the settings has some of them.
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

// SubaccountStatusSection returns whether a sub-account is suspended, since when, and how many keys it has.
func SubaccountStatusSection(a Account, keys int) Section {
	return Section{{Field: "status", Text: string(a.Status) + "@" + moment(a.StatusAt)}, {Field: "key_count", Text: strconv.Itoa(keys)}}
}

// LossesSection returns the entries that a change of catalogue removes from keys' lists.
func LossesSection(losses []ListLoss) Section {
	var all []string
	for _, l := range losses {
		all = append(all, l.Sid+"="+strings.Join(l.Apps, ",")+";"+strings.Join(l.APIs, ","))
	}
	return Section{{Field: "losses", Text: strings.Join(all, " ")}}
}

// PersonSection returns a person's place in the account, and since when they have it: a person who was removed and
// added again has changed.
func PersonSection(m MemberRow) Section {
	return append(PlaceSection(m), Value{Field: "member_since", Text: moment(&m.CreatedAt)})
}

// PlaceSection returns those values of a person's place that a form can change.
func PlaceSection(m MemberRow) Section {
	return Section{{Field: "role", Text: string(m.Role)}, {Field: "disabled", Text: moment(m.DisabledAt)}}
}

// DepartureSection returns the place of a person who leaves or gets a lower role, and the keys that they lose with it.
func DepartureSection(m MemberRow, lost []LostKeys) Section {
	v := Value{Field: "key_count", Names: []string{}}
	for _, k := range lost {
		v.Text += k.Account + "=" + strings.Join(k.Sids, ",") + ";"
		v.Names = append(v.Names, k.Account+": "+strconv.Itoa(len(k.Sids)))
	}
	return append(PersonSection(m), v)
}

// moment returns a time as the text of a Value, "" for nil.
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
