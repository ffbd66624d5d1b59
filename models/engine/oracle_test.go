package engine_test

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/engine"
)

// truth is the state that an engine should have, and an oracle that judges
// from it as the product's table reads, line by line, with nothing of the
// engine's: no compiled rules, no router, no index. It does not judge quotas.
type truth struct {
	accounts map[int64]engine.AccountData
	keys     map[int64]engine.KeyData
	now      time.Time
}

func newTruth() *truth {
	return &truth{accounts: map[int64]engine.AccountData{}, keys: map[int64]engine.KeyData{}, now: noon}
}

// apply does to the truth what a delta says.
func (t *truth) apply(d engine.Delta) {
	if d.All {
		clear(t.accounts)
		clear(t.keys)
	}
	for _, a := range d.Accounts {
		t.accounts[a.Account.ID] = a
	}
	for _, k := range d.Keys {
		t.keys[k.Key.ID] = k
	}
	for _, id := range d.GoneKeys {
		delete(t.keys, id)
	}
	for _, id := range d.GoneAccounts {
		delete(t.accounts, id)
		for keyID, k := range t.keys {
			if k.Key.AccountID == id {
				delete(t.keys, keyID)
			}
		}
	}
}

// all is the delta that makes an engine know the truth at once.
func (t *truth) all() engine.Delta {
	d := engine.Delta{All: true}
	for _, a := range t.accounts {
		d.Accounts = append(d.Accounts, a)
	}
	for _, k := range t.keys {
		d.Keys = append(d.Keys, k)
	}
	return d
}

// verdict is what can be compared of a decision.
type verdict struct {
	Failed string
	Sid    string
	API    string
	App    string
}

func verdictOf(d engine.Decision) verdict {
	var words []string
	for _, r := range d.Failed.List() {
		words = append(words, r.String())
	}
	v := verdict{Failed: strings.Join(words, " "), App: d.App}
	if d.Key != nil {
		v.Sid = d.Key.Sid()
	}
	if d.API != nil {
		v.API = d.API.Name()
	}
	return v
}

// wrong compares a decision with the oracle's verdict, and returns what differs.
func (t *truth) wrong(r engine.Request, d engine.Decision) string {
	if first, _, _ := strings.Cut(verdictOf(d).Failed+" ", " "); d.Allowed() != (first == "") || !d.Allowed() && d.Reason.String() != first {
		return "reason " + d.Reason.String() + " is not the first of the failed: " + verdictOf(d).Failed
	}
	want, got := t.judge(r), verdictOf(d)
	if want == got {
		return ""
	}
	return cmp.Diff(want, got)
}

func (t *truth) judge(r engine.Request) verdict {
	// 1 to 3: the credential.
	if r.Credential == "" {
		return verdict{Failed: "key_missing"}
	}
	if !strings.HasPrefix(r.Credential, "kw_") {
		return verdict{Failed: "key_malformed"}
	}
	k, account := t.lookup(r.Credential)
	if k == nil || account == nil {
		return verdict{Failed: "key_unknown"}
	}
	if r.FromQuery && !account.Account.KeyInQuery {
		return verdict{Failed: "key_missing"}
	}
	v := verdict{Sid: k.Key.Sid}
	failed := []string{}
	fail := func(reason string, when bool) {
		if when {
			failed = append(failed, reason)
		}
	}
	// 4 to 9: the account, the key, the caller.
	fail("account_suspended", account.Account.Status != "active")
	fail("key_disabled", !k.Key.Enabled)
	fail("key_expired", k.Key.ExpiresAt != nil && !k.Key.ExpiresAt.After(t.now))
	channel := r.Channel
	if channel == "" {
		channel = "rest"
	}
	fail("channel_denied", k.Key.Channel != channel)
	fail("ip_denied", len(k.IPs) > 0 && !slices.ContainsFunc(k.IPs, func(rule string) bool { return inRule(rule, r.IP) }))
	fail("plugin_denied", (r.Plugin || r.PluginID != "") && len(k.IPs) > 0)
	// 10 to 13: the call and its app.
	api, inPath := called(account.APIs, r)
	allAPIs, allApps := k.Key.ScopeAPIs == "all", k.Key.ScopeApps == "all"
	appListed := func(app string) bool {
		return slices.ContainsFunc(account.Apps, func(a models.App) bool {
			return a.AppID == app && slices.Contains(k.AppIDs, a.ID)
		})
	}
	switch {
	case r.Login && r.API == "":
		fail("api_denied", !allAPIs)
		v.App = r.App
		fail("app_undetermined", r.App == "" && !allApps && channel != "ftp" && channel != "email")
		fail("app_denied", r.App != "" && !allApps && !appListed(r.App))
		v.Failed = strings.Join(failed, " ")
		return v
	case api == nil:
		passes := account.Account.PassUnknownAPIs && allAPIs && !r.PathAmbiguous && r.API == "" && strings.HasPrefix(r.Path, "/")
		fail("api_unknown", !passes)
		v.App = r.App
		fail("app_denied", r.App != "" && !allApps && !appListed(r.App))
	default:
		v.API = api.Name
		fail("api_denied", !allAPIs && !slices.Contains(k.APIIDs, api.ID))
		if api.AppBound {
			app := r.App
			switch {
			case api.AppSource == "path" && r.API == "":
				app = inPath[api.AppField]
				if r.App != "" && r.App != app {
					app = ""
				}
			case app == "" && r.AppLookup != nil && api.AppSource != "" && api.AppSource != "path":
				app, _ = r.AppLookup.AppID(api.AppSource, api.AppField)
			}
			v.App = app
			fail("app_undetermined", app == "")
			fail("app_denied", app != "" && !allApps && !appListed(app))
		}
	}
	v.Failed = strings.Join(failed, " ")
	return v
}

func (t *truth) lookup(credential string) (*engine.KeyData, *engine.AccountData) {
	h := hash(credential)
	for _, k := range t.keys {
		if string(k.Key.Hash) == string(h[:]) {
			if a, ok := t.accounts[k.Key.AccountID]; ok {
				return &k, &a
			}
			return &k, nil
		}
	}
	return nil, nil
}

// called finds the call as a reader of the catalogue would, and the values of
// the path's parameters.
func called(apis []models.API, r engine.Request) (*models.API, map[string]string) {
	if r.PathAmbiguous {
		return nil, nil
	}
	for i, a := range apis {
		if r.API != "" {
			if a.Name == r.API {
				return &apis[i], nil
			}
			continue
		}
		if params, ok := matches(a.Path, r.Path); ok && (a.Method == "ANY" || a.Method == r.Method) {
			return &apis[i], params
		}
	}
	return nil, nil
}

func matches(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i := range want {
		if strings.HasPrefix(want[i], "{") && got[i] != "" {
			params[strings.Trim(want[i], "{}")] = got[i]
		} else if want[i] != got[i] {
			return nil, false
		}
	}
	return params, true
}

// inRule compares text with text.
func inRule(rule string, ip netip.Addr) bool {
	text := strings.TrimPrefix(ip.String(), "::ffff:")
	got, want := strings.Split(text, "."), strings.Split(rule, ".")
	if len(got) != 4 || len(want) != 4 {
		return false
	}
	for i := range want {
		if _, err := strconv.Atoi(got[i]); err != nil || want[i] != "*" && want[i] != got[i] {
			return false
		}
	}
	return true
}
