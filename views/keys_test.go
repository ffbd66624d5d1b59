package views_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
	"github.com/a-h/templ/runtime"
)

var errGone = errors.New("the reader is gone")

// leaver is a writer that fails after some writes: the connection breaks, or
// the request is cancelled.
type leaver struct {
	writes, until int
	leave         func() error
}

// Write stores p until the reader leaves.
func (l *leaver) Write(p []byte) (int, error) {
	l.writes++
	if l.writes > l.until {
		if err := l.leave(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// WriteString makes a string one write, however small the buffer is.
func (l *leaver) WriteString(s string) (int, error) { return l.Write([]byte(s)) }

// endsEarly renders the component for readers who leave after each of its
// writes. Rendering must return an error, because half a page would be taken
// for a whole one.
func endsEarly(t *testing.T, component templ.Component) {
	t.Helper()
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	size := runtime.DefaultBufferSize
	runtime.DefaultBufferSize = 1
	defer func() { runtime.DefaultBufferSize = size }()
	show := func(until int, leave func(cancel func()) error) (int, error) {
		ctx, cancel := context.WithCancel(words.With(t.Context(), i18n.English))
		defer cancel()
		w := &leaver{until: until, leave: func() error { return leave(cancel) }}
		var buf runtime.Buffer
		buf.Reset(w)
		err := component.Render(ctx, &buf)
		return w.writes, errors.Join(err, buf.Flush())
	}
	all, err := show(1<<30, nil)
	if err != nil {
		t.Fatalf("a patient reader gets %v", err)
	}
	for n := range all {
		if _, err := show(n, func(func()) error { return errGone }); !errors.Is(err, errGone) {
			t.Fatalf("the connection broke after %d of %d writes, and the view says %v", n, all, err)
		}
		// A request that is cancelled late may have nothing left to write.
		_, err := show(n, func(cancel func()) error { cancel(); return nil })
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled after %d of %d writes, the view says %v", n, all, err)
		}
	}
}

// keyModel returns a key with the given changes.
func keyModel(change ...func(*models.Key)) models.Key {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	soon, used := now.AddDate(0, 0, 6), now.Add(-time.Hour)
	k := models.Key{
		ID: 1, Sid: "01SID", Name: "Integration with CRM", Description: "Sales", Enabled: true, Prefix: "kw_8fQ2", Last4: "x9Tz",
		Visibility: models.Revealable, ScopeApps: models.ScopeSome, ScopeAPIs: models.ScopeAll, CreatedBy: "Ada", CreatedAt: now,
		ExpiresAt: &soon, LastUsedAt: &used, LastUsedIP: "10.1.2.3", LastUsedAPI: "data.list",
	}
	for _, f := range change {
		f(&k)
	}
	return k
}

// off disables a key.
func off(k *models.Key) { k.Enabled = false }

// once makes a key show-once.
func once(k *models.Key) { k.Visibility = models.ShowOnce }

// keyList returns a list with keys of all kinds.
func keyList() keys.KeyList {
	expired := keyModel(func(k *models.Key) { t := k.CreatedAt.AddDate(0, 0, -1); k.ExpiresAt, k.Sid, k.Name = &t, "02", "Old" })
	return keys.KeyList{
		Root: "/a/acme/keys", IdempotencyKey: "idempotency_key", Now: expired.CreatedAt, Problem: "No room", Fresh: "01SID",
		Page: models.KeyPage{
			Rows: []models.KeyRow{
				{Key: keyModel(), AppCount: 1, IPCount: 2, Spark: []int{1, 2, 3}},
				{Key: keyModel(once, off, func(k *models.Key) { k.Sid, k.ExpiresAt = "03", nil })}, {Key: expired},
			},
			Total: 101, InUse: 101, Enabled: 99, Disabled: 2, Expiring: 1, Page: 2, Pages: 3,
		},
		Usage: []models.UsageDay{{Day: "2026-11-20", Reason: "allowed", Count: 5}, {Day: "2026-11-19", Reason: "ip_denied", Count: 2}},
	}
}

// keyDetails returns the page of a key with everything that it can show.
func keyDetails() keys.KeyDetails {
	k := keyModel(func(k *models.Key) { k.RateRequests, k.RateWindowSec = 5, 60 })
	many := make([]models.AppRow, 0, 501)
	chosen := map[int64]bool{}
	for i := range 501 {
		many = append(many, models.AppRow{App: models.App{ID: int64(i + 1), AppID: fmt.Sprintf("app-%d", i)}})
		chosen[int64(i+1)] = i < 202
	}
	m := keys.KeyDetails{
		Root: "/a/acme/keys", Now: k.CreatedAt, IdempotencyKey: "idempotency_key", IP: "x",
		Key:    models.KeyDetail{Key: k, Apps: []models.App{{ID: 1}}, IPs: []models.KeyIP{{Rule: "10.1.*.7"}}},
		Basics: keys.BasicsOf(k), Limits: keys.LimitsOf(k), Apps: keys.NewAppScope(many, models.ScopeSome, chosen, "app-4"),
		APIs: keys.APIScope{Mode: models.ScopeAll, Families: []models.FamilyRow{
			{Family: models.Family{Name: "Data"}, APIs: []models.APIRow{{API: models.API{ID: 1, Name: "data.list", Method: "POST", Path: "/x"}}}},
			{Family: models.Family{Name: "CRM"}},
		}},
		Usage: []models.UsageDay{{Day: "2026-11-20", Reason: "allowed", Count: 5}, {Day: "2026-11-20", Reason: "ip_denied", Count: 2}},
		History: []models.AuditRow{
			{Event: models.EventKeyUpdate, ActorName: "Ada", IP: "10.1.2.3", At: k.CreatedAt, Before: `{"name":"A"}`, After: `{"name":"B"}`},
			{Event: models.EventKeyUpdate, ActorName: "Ada", Before: `{"ips":1,"removed":"10.1.2.3"}`, After: `{"ips":0,"any_ip":true}`},
		},
		Errors: map[string]string{"": "All is wrong", "apps": "a", "apis": "b", "ip": "c", "name": "d"},
	}
	// Above 200 apps, a few are enough for this test.
	m.Apps.Chosen, m.Apps.Others = m.Apps.Chosen[:2], m.Apps.Others[:2]
	return m
}

func TestAReaderWhoLeavesEndsTheKeyPages(t *testing.T) {
	list, details := keyList(), keyDetails()
	list.Page.Rows = list.Page.Rows[:2]
	nothing, none := keyList(), keys.KeyList{Root: "/a/acme/keys"}
	nothing.Page.Rows, nothing.Query.Search = nil, "x"
	filtered := nothing
	filtered.Query = models.KeyQuery{Filter: models.FilterExpiring}
	searched := list
	searched.Others, searched.Page.Owners = true, []models.KeyOwner{{ID: 1, Name: "Ada"}, {ID: 2, Name: "Ada", Email: "b@example.com"}}
	searched.Page.Creators = []string{"Ada"}
	searched.Query = models.KeyQuery{Channel: models.ChannelFTP, OwnerID: 2, CreatedBy: "Ada", Unused: true, Sort: models.SortExpiry}
	form := keys.NewKeyForm(models.Account{MaxExpiryDays: 60}, models.ChannelFTP)
	form.Apps, form.Errors = details.Apps, map[string]string{"": "a", "name": "b", "username": "c", "expires_at": "d"}
	pair, chosen := keyModel(), keyModel(once)
	pair.Channel, pair.Username = models.ChannelFTP, "kwu_abc"
	chosen.Username, chosen.Prefix = "own", ""
	expired := details
	expired.Now = expired.Now.AddDate(1, 0, 0)
	expired.Key.Enabled, expired.History, expired.Key.IPs = false, nil, nil
	expired.Key.Visibility = models.ShowOnce
	few := details
	few.Apps = keys.NewAppScope(nil, models.ScopeAll, nil, "")
	c := chrome(models.RoleOwner)
	for name, component := range map[string]templ.Component{
		"list":         keys.ListPage(c, list),
		"nothing":      keys.KeyRegion(nothing),
		"filtered":     keys.KeyRegion(filtered),
		"none":         keys.KeyRegion(none),
		"made":         keys.NewKeyAnswer(none, keys.NewKey{Key: keyModel(once), Value: "v"}),
		"searched":     keys.KeyRegion(searched),
		"form":         keys.KeyFormDialog(form),
		"form made":    keys.NewKeyAnswer(list, keys.NewKey{Key: pair, Value: "v", Try: "curl"}),
		"made once":    keys.NewKeyDialog(keys.NewKey{Key: keyModel(once), Value: "v"}),
		"chosen":       keys.NewKeyDialog(keys.NewKey{Key: chosen}),
		"made page":    views.Framed(c, keys.NewKeyDialog(keys.NewKey{Key: keyModel(), Value: "v", Page: true})),
		"made again":   keys.NewKeyDialog(keys.NewKey{Key: keyModel(once)}),
		"after":        keys.ListAnswer(none, ui.OK, "done"),
		"delete":       keys.DeleteKeyPage(c, keys.KeyDeletion{Key: models.KeyAndPlugins{Key: keyModel(off), Plugins: []models.Plugin{{Name: "P"}}}, Now: keyModel().CreatedAt}),
		"not yet":      keys.DeleteKeyDialog(keys.KeyDeletion{Key: models.KeyAndPlugins{Key: keyModel()}}),
		"bulk":         keys.BulkPage(c, keys.BulkAsk{Op: models.BulkDelete, Sids: []string{"1", "2"}, Does: []string{"A"}, Stays: []string{"B"}}),
		"revealed":     keys.RevealedKey("/a/acme/keys", keyModel(), "v"),
		"revealed pg":  keys.RevealedKeyPage(c, "/a/acme/keys", keyModel(), "v", "/"),
		"details":      keys.KeyPage(c, details),
		"expired":      templ.Join(keys.KeyBasicsSection(expired), keys.KeyExtras(expired)),
		"few apps":     keys.KeyAppsSection(few),
		"switched":     keys.KeySwitched(expired),
		"whitelist":    keys.KeyWhitelistSection(expired),
		"last address": keys.LastIPPage(c, keys.LastIP{Root: "/a/acme/keys", Key: keyModel(), Rule: "10.1.2.3"}),
	} {
		t.Run(name, func(t *testing.T) { endsEarly(t, component) })
	}
}

func TestHistorySaysWhatChanged(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{`{"name":"A","description":"x"}`, `{"name":"B","description":"x"}`, "Name A → B"},
		{`{"expires_at":null}`, `{"expires_at":"2030-01-02T23:59:59Z"}`, "Expiry Date Never → 2030-01-02"},
		{`{"scope_apps":"all"}`, `{"scope_apps":"some","apps":["a","b","c","d","e","f"],"count":60}`, "Scope (App) All Apps → a, b, c, d, e +55"},
		{`{"scope_apis":"all"}`, `{"scope_apis":"some","apis":null,"count":0}`, "Scope (API) All APIs → No APIs"},
		{`{"rate_requests":5,"rate_window_sec":7200}`, `{"rate_requests":0,"rate_window_sec":0}`, "Limits 5 in 2 hours → No limit"},
		{`{"ips":0}`, `{"ips":1,"added":"10.1.2.3"}`, "IP added 10.1.2.3"},
		{`{"ips":1,"removed":"10.1.2.3"}`, `{"ips":0,"any_ip":true}`, "IP removed 10.1.2.3 IP Whitelist Any IP"},
		{`not json`, `[]`, ""},
		{``, `{"name":7,"apps":"x","count":"y"}`, ""},
	} {
		m := keyDetails()
		m.History = []models.AuditRow{{Event: models.EventKeyUpdate, Before: c.before, After: c.after}}
		doc := render(t, i18n.English, keys.KeySwitched(m))
		if got := strings.Join(strings.Fields(doc.Find("#history .differences").Text()), " "); got != c.want {
			t.Errorf("%s → %s reads %q, wanted %q", c.before, c.after, got, c.want)
		}
	}
	m := keyDetails()
	m.History = nil
	for _, e := range []models.Event{models.EventKeyCreate, models.EventKeyCopy, models.EventKeyEnable, models.EventKeyDisable, models.EventKeyDelete, models.EventKeyReveal, "api.key.other"} {
		m.History = append(m.History, models.AuditRow{Event: e, After: `{"name":"not a change"}`})
	}
	doc := render(t, i18n.English, keys.KeySwitched(m))
	if got := strings.Join(strings.Fields(doc.Find("#history strong").Text()), " "); got != "CreatedCreated as a copyEnabledDisabledDeletedValue shown or copiedapi.key.other" {
		t.Errorf("the events read %q", got)
	}
}

func TestLongListsOfNamesAreCut(t *testing.T) {
	var names []string
	for i := range 25 {
		names = append(names, fmt.Sprintf("K%d", i))
	}
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	tone, said := keys.BulkWords(words.With(t.Context(), i18n.English), models.BulkDelete, models.BulkResult{Done: 3, Refused: names})
	if tone != ui.Warn || !strings.Contains(said, "K0, K1, K2, K3, K4, K5, K6, K7, K8, K9 and 15 more") || strings.Contains(said, "K10") {
		t.Errorf("%s: %s", tone, said)
	}
}

func TestKeysHrefHoldsTheWholeQuery(t *testing.T) {
	for want, q := range map[string]models.KeyQuery{
		"/k": {Page: 1},
		"/k?filter=enabled&page=2&q=a+%26b&sort=name": {Search: "a &b", Filter: models.FilterEnabled, Sort: "name", Page: 2},
		"/k?by=Ada+K&channel=ftp&filter=expired&owner=7&sort=expiry&unused=1": {
			Filter: models.FilterExpired, Channel: models.ChannelFTP, OwnerID: 7, CreatedBy: "Ada K", Unused: true, Sort: models.SortExpiry,
		},
	} {
		if got := keys.ListHref("/k", q); got != want {
			t.Errorf("%+v stands in the address as %s", q, got)
		}
	}
}
