package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/usage"
	"keywicket/web/webtest"

	"github.com/PuerkitoBio/goquery"
)

// itoa returns n as a decimal number.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestDetailsShowTheWholeKey(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	sid, day := keys[0].Sid, a.now().Format(time.DateOnly)
	list := c.Get(keysPath)
	p := c.Get(list.Find("tbody .row-name").AttrOr("href", ""))
	wantStatus(t, p, http.StatusOK)
	wantText(t, p, "h1", "Seeded 1")
	wantText(t, p, "#basics", "Sid", sid, "Name", "Description", "Prefix", keys[0].Prefix, "Created", "by Ada King", "Expiry Date", "does not expire")
	wantText(t, p, "#apps", "Scope (App)", "All Apps", "Some Apps", "App List", "Every app in the workspace can be used")
	wantText(t, p, "#apis", "Scope (API)", "All APIs", "Some APIs", "API List", "Contact", "Workflow")
	wantText(t, p, "#whitelist", "IP Whitelist", "New IP", "accepted from any IP", "Every plugin can use the key")
	wantText(t, p, "#limits", "no limit of its own")
	wantText(t, p, "#usage", "No requests in the last 30 days")
	wantText(t, p, "#history", "Created", "Ada King")
	wantText(t, p, "#key-head", "Test this key", "Copy the entire key", "Delete")

	err := a.store.AddUsage(t.Context(), usage.Batch{
		Days: []usage.DayCount{
			{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: day, Reason: "allowed", Count: 40},
			{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: day, Reason: "rate_limited", Count: 3},
			{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: day, Reason: "ip_denied", Count: 7},
			{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: day, Reason: "unheard_of", Count: 1},
		},
		Last: []usage.LastUse{{KeyID: keys[0].ID, At: a.now(), IP: "10.9.9.9", API: "data.list"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p = c.Get(keysPath + "/" + sid)
	wantText(t, p, "#usage", "51 requests in 30 days, 11 of them denied")
	wantText(t, p, "#basics", "Last used", "10.9.9.9", "data.list")
	legend := p.Find("#usage .legend li").Map(func(_ int, s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") })
	if got := strings.Join(legend, ", "); got != "Allowed 40, IP not whitelisted 7, Over the limit 3, Other 1" {
		t.Errorf("the legend says %s", got)
	}
	if n := p.Find("#usage tbody tr").Length(); n != 30 {
		t.Errorf("the table has %d days", n)
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	reasons := []string{"account_suspended", "key_disabled", "key_expired", "channel_denied", "ip_denied", "plugin_denied", "api_unknown",
		"api_denied", "app_undetermined", "app_denied", "rate_limited"}
	var days []usage.DayCount
	for _, r := range reasons {
		days = append(days, usage.DayCount{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: a.now().Format(time.DateOnly), Reason: r, Count: 1})
	}
	if err := a.store.AddUsage(t.Context(), usage.Batch{Days: days}); err != nil {
		t.Fatal(err)
	}
	p := c.Get(keysPath + "/" + keys[0].Sid)
	words := map[string]bool{}
	p.Find("#usage .legend li").Each(func(_ int, s *goquery.Selection) { words[s.Text()] = true })
	if len(words) != len(reasons)+1 || strings.Contains(p.Text("#usage"), "Other 1") {
		t.Errorf("the legend has %d words for %d reasons", len(words)-1, len(reasons))
	}
}

func TestRenameDescribeAndExpire(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	value := a.value(t, w, keys[0].Sid)
	date := a.now().AddDate(0, 1, 0).Format(time.DateOnly)
	saved := c.Get(path).Form("#basics form").Set("name", "  Integration with CRM ").Set("description", "Two\nlines").Set("expires_at", date).Submit()
	if saved.URL != path {
		t.Errorf("saving leads to %q", saved.URL)
	}
	wantText(t, saved, ".flash", "Basics saved")
	wantText(t, saved, "h1", "Integration with CRM")
	wantText(t, saved, "#history", "Changed", "Name", "Seeded 1", "Integration with CRM", "Never", date)
	k := a.key(t, w, keys[0].Sid)
	if k.Name != "Integration with CRM" || k.Description != "Two\nlines" || k.ExpiresAt.Format(time.RFC3339) != date+"T23:59:59Z" {
		t.Errorf("the key is %q, %q, %v", k.Name, k.Description, k.ExpiresAt)
	}
	if got := a.value(t, w, keys[0].Sid); got != value {
		t.Error("the value changed")
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = 'api.key.update'"); n != 1 {
		t.Errorf("one save left %d rows in the audit", n)
	}
	hx := c.HX().Post(path+"/basics", url.Values{"name": {"Renamed"}, "description": {""}, "expires_at": {""}})
	wantStatus(t, hx, http.StatusOK)
	wantText(t, hx, ".toast", "Basics saved")
	wantText(t, hx, "#key-head h1", "Renamed")
	if hx.Has("main") || attr(t, hx, "#basics [name=name]", "value") != "Renamed" || a.key(t, w, keys[0].Sid).ExpiresAt != nil {
		t.Error("htmx got something else")
	}
}

func TestBasicsThatAreRefused(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	good := url.Values{"name": {"New name"}, "description": {"New words"}, "expires_at": {""}}
	for _, s := range []struct{ field, typed, words string }{
		{"name", strings.Repeat("ä", 101), "at most 100 characters"},
		{"name", "  ", "at least one visible character"},
		{"name", "bell\x07", "invisible characters"},
		{"name", "evil\u202egnp.exe", "invisible characters"},
		{"name", "bad \xff bytes", "UTF-8"},
		{"description", strings.Repeat("x", 501), "at most 500 characters"},
		{"expires_at", "2001-01-01", "in the future"},
		{"expires_at", "3999-01-01", "within 100 years"},
		{"expires_at", "tomorrow", "year-month-day"},
		{"expires_at", "2030-02-31", "year-month-day"},
	} {
		fields := url.Values{}
		for k, v := range good {
			fields[k] = v
		}
		fields.Set(s.field, s.typed)
		for _, window := range []*webtest.Client{c, c.HX()} {
			p := window.Post(path+"/basics", fields)
			wantStatus(t, p, http.StatusUnprocessableEntity)
			wantText(t, p, "#f-"+s.field+"-error", s.words)
			if attr(t, p, "#f-"+s.field, "aria-invalid") != "true" {
				t.Errorf("%s is not marked", s.field)
			}
			typed := p.Find("#f-"+s.field).AttrOr("value", p.Find("textarea#f-"+s.field).Text())
			if s.typed != "bad \xff bytes" && s.typed != "bell\x07" && typed != s.typed {
				t.Errorf("%s: what was typed came back as %q", s.field, typed)
			}
			if s.field != "name" && attr(t, p, "#f-name", "value") != "New name" {
				t.Error("the other fields lost what was typed")
			}
		}
	}
	both := c.Post(path+"/basics", url.Values{"name": {""}, "description": {strings.Repeat("x", 501)}, "expires_at": {"x"}})
	for _, field := range []string{"name", "description", "expires_at"} {
		if !both.Has("#f-" + field + "-error") {
			t.Errorf("three mistakes, but no words beside %s", field)
		}
	}
	if k := a.key(t, w, keys[0].Sid); k.Name != "Seeded 1" || k.Description != "" || k.ExpiresAt != nil {
		t.Errorf("a refused form changed the key: %+v", k.Key)
	}
}

func TestAnExpiredKeyCanBeRenamed(t *testing.T) {
	a, w, keys, _ := keysFixture(t, 1)
	soon := a.now().AddDate(0, 0, 1)
	a.basics(t, w, keys[0].Sid, "Short", "", &soon)
	a.pass(48 * time.Hour)
	c := a.as(t, w.Owner.ID)
	p := c.Get(keysPath + "/" + keys[0].Sid)
	wantText(t, p, "#key-head", "Expired", "The Expiry Date has passed")
	saved := p.Form("#basics form").Set("name", "Shorter").Submit()
	wantStatus(t, saved, http.StatusOK)
	wantText(t, saved, "#basics", "This date has passed")
	if k := a.key(t, w, keys[0].Sid); k.Name != "Shorter" || !k.ExpiresAt.Equal(soon.Truncate(time.Microsecond)) {
		t.Errorf("the key is %q until %v", k.Name, k.ExpiresAt)
	}
}

func TestLimits(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	for _, s := range []struct {
		requests, window, unit string
		gotRequests, gotSec    int
		sentence               string
	}{
		{"100", "1", "m", 100, 60, "At most 100 requests in 1 minute."},
		{"5", "90", "s", 5, 90, "At most 5 requests in 90 seconds."},
		{"1000000", "24", "h", 1000000, 86400, "At most 1,000,000 requests in 24 hours."},
		{"7", "120", "s", 7, 120, "At most 7 requests in 2 minutes."},
		{"", "1", "m", 0, 0, "no limit of its own"},
		{"0", "", "", 0, 0, "no limit of its own"},
	} {
		p := c.HX().Post(path+"/limits", url.Values{"rate_requests": {s.requests}, "rate_window": {s.window}, "rate_unit": {s.unit}})
		wantStatus(t, p, http.StatusOK)
		wantText(t, p, "#limits", s.sentence)
		if k := a.key(t, w, keys[0].Sid); k.RateRequests != s.gotRequests || k.RateWindowSec != s.gotSec {
			t.Errorf("%s in %s%s is kept as %d in %d", s.requests, s.window, s.unit, k.RateRequests, k.RateWindowSec)
		}
	}
	for _, s := range []struct{ requests, window, unit, field string }{
		{"many", "1", "m", "rate_requests"}, {"-1", "1", "m", "rate_requests"}, {"1000001", "1", "m", "rate_requests"},
		{"1.5", "1", "m", "rate_requests"}, {"99999999999999999999", "1", "m", "rate_requests"},
		{"5", "0", "m", "rate_window"}, {"5", "25", "h", "rate_window"}, {"5", "x", "m", "rate_window"},
		{"5", "1", "year", "rate_window"}, {"5", "9223372036854775807", "h", "rate_window"}, {"5", "-60", "s", "rate_window"},
	} {
		p := c.Post(path+"/limits", url.Values{"rate_requests": {s.requests}, "rate_window": {s.window}, "rate_unit": {s.unit}})
		wantStatus(t, p, http.StatusUnprocessableEntity)
		if !p.Has("#f-"+s.field+"-error") || attr(t, p, "#f-rate_requests", "value") != s.requests || attr(t, p, "#f-rate_window", "value") != s.window {
			t.Errorf("%+v: no words beside the field, or lost what was typed", s)
		}
	}
	wantText(t, c.Get(path), "#history", "Limits", "No limit", "100 in 1 minute")
}

func TestWhitelist(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	added := c.Get(path).Form("#whitelist form.inline-form").Set("ip", " 10.1.*.7 ").Submit()
	wantText(t, added, ".flash", "10.1.*.7 was added")
	wantText(t, added, "#whitelist", "Only requests from this address are accepted.", "No plugin can use the key", "10.1.*.7")
	hx := c.HX().Post(path+"/whitelist", url.Values{"ip": {"192.168.1.*"}})
	wantText(t, hx, "#whitelist", "Only requests from these 2 addresses are accepted.", "2 of 50 addresses")
	wantText(t, hx, ".toast", "192.168.1.* was added")
	if attr(t, hx, "#f-ip", "value") != "" {
		t.Error("the field still has the address that was added")
	}
	for _, s := range []struct{ typed, words string }{
		{"::1", "IPv6 is not supported"}, {"10.*.*.1", "Only one asterisk"}, {"10.1*.2.3", "Write * instead of 1*"},
		{"10.1.2.256", "256 is too large"}, {"10.01.2.3", "leading zero"}, {"10.0.0.0/8", "CIDR"}, {"", "Enter an IPv4 address"},
		{"10.1.*.7", "already in the IP Whitelist"}, {"localhost", "not an IPv4 address"}, {"10.1.2.3.4", "not an IPv4 address"},
		{"<script>", "not an IPv4 address"},
	} {
		for _, window := range []*webtest.Client{c, c.HX()} {
			p := window.Post(path+"/whitelist", url.Values{"ip": {s.typed}})
			wantStatus(t, p, http.StatusUnprocessableEntity)
			wantText(t, p, "#f-ip-error", s.words)
			if attr(t, p, "#f-ip", "value") != s.typed {
				t.Errorf("%q came back as %q", s.typed, attr(t, p, "#f-ip", "value"))
			}
		}
	}
	for i := range models.MaxIPsPerKey - 2 {
		if _, err := a.store.AddKeyIP(t.Context(), w.Who, keys[0].Sid, fmt.Sprintf("10.9.9.%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	full := c.Post(path+"/whitelist", url.Values{"ip": {"10.200.0.1"}})
	wantStatus(t, full, http.StatusUnprocessableEntity)
	wantText(t, full, "#whitelist", "at most 50 addresses")
}

func TestTheLastAddressIsAskedAbout(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	for _, ip := range []string{"10.1.2.3", "10.1.2.4", "10.1.2.5"} {
		if _, err := a.store.AddKeyIP(t.Context(), w.Who, keys[0].Sid, ip); err != nil {
			t.Fatal(err)
		}
	}
	removed := c.Get(path).Form("#whitelist li:nth-child(2) form").Submit()
	wantText(t, removed, ".flash", "10.1.2.4 was removed")
	hx := c.HX().Post(path+"/whitelist/remove", url.Values{"ip": {"10.1.2.5"}})
	wantText(t, hx, "#whitelist", "this address")
	// The rule was removed in another window meanwhile.
	stale := c.HX().Post(path+"/whitelist/remove", url.Values{"ip": {"10.1.2.5"}})
	wantStatus(t, stale, http.StatusNotFound)
	if !stale.Has(".toast.tone-warn") || !stale.Has("#whitelist") {
		t.Errorf("a stale removal got %.300s", stale.Body)
	}
	if p := c.Post(path+"/whitelist/remove", url.Values{"ip": {"10.1.2.5"}}); p.URL != path || !p.Has("[data-flash=warn]") {
		t.Errorf("a stale removal leads to %q", p.URL)
	}

	last := url.Values{"ip": {"10.1.2.3"}}
	dialog := c.HX().Post(path+"/whitelist/remove", last)
	if dialog.Header.Get("HX-Retarget") != "#dialog" || !dialog.Has("dialog[data-show]") {
		t.Errorf("htmx got %.300s", dialog.Body)
	}
	ask := c.Post(path+"/whitelist/remove", last)
	wantText(t, ask, "main", "Remove 10.1.2.3, the last address?", "used from any IP", "every plugin")
	if len(a.key(t, w, keys[0].Sid).IPs) != 1 {
		t.Fatal("the last address went without a question")
	}
	done := c.HX().Post(path+"/whitelist/remove", dialog.Form("dialog form").Fields)
	wantText(t, done, "#whitelist", "accepted from any IP")
	wantText(t, done, ".toast", "10.1.2.3 was removed")
	if _, err := a.store.AddKeyIP(t.Context(), w.Who, keys[0].Sid, "10.1.2.3"); err != nil {
		t.Fatal(err)
	}
	plain := ask.Form("main form").Submit()
	wantText(t, plain, "#whitelist", "accepted from any IP")
	wantText(t, plain, "#history", "IP removed", "10.1.2.3", "Any IP", "IP added")
}
