package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/models/usage"
	"keywicket/web/webtest"

	"github.com/PuerkitoBio/goquery"
)

// names returns the names in the list, in order.
func names(p *webtest.Page) []string {
	return p.Find("tbody .row-name").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

// basics changes a key's name, description and expiry.
func (a *app) basics(t testing.TB, w storetest.Fixture, sid, name, description string, expires *time.Time) {
	t.Helper()
	if err := a.store.SetKeyBasics(t.Context(), w.Who, sid, name, description, expires); err != nil {
		t.Fatal(err)
	}
}

// enable enables or disables a key.
func (a *app) enable(t testing.TB, w storetest.Fixture, sid string, on bool) {
	t.Helper()
	if err := a.store.SetKeyEnabled(t.Context(), w.Who, sid, on); err != nil {
		t.Fatal(err)
	}
}

func TestTheListShowsEveryKey(t *testing.T) {
	a, w, keys, c := keysFixture(t, 3)
	soon, now := a.now().AddDate(0, 0, 6), a.now()
	a.basics(t, w, keys[0].Sid, "Integration with CRM", "Sales team\nsecond line", &soon)
	if err := a.store.SetKeyApps(t.Context(), w.Who, keys[0].Sid, models.ScopeSome, []int64{w.Apps[0].ID}); err != nil {
		t.Fatal(err)
	}
	if err := a.store.SetKeyAPIs(t.Context(), w.Who, keys[0].Sid, models.ScopeSome, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.store.AddKeyIP(t.Context(), w.Who, keys[0].Sid, "10.1.*.7"); err != nil {
		t.Fatal(err)
	}
	a.enable(t, w, keys[1].Sid, false)
	day := now.Format(time.DateOnly)
	err := a.store.AddUsage(t.Context(), usage.Batch{
		Days: []usage.DayCount{
			{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: day, Reason: "allowed", Count: 1200},
			{AccountID: w.Account.ID, KeyID: keys[0].ID, Day: day, Reason: "ip_denied", Count: 34},
		},
		Last: []usage.LastUse{{KeyID: keys[0].ID, At: now, IP: "10.1.2.7", API: "data.list"}},
	})
	if err != nil {
		t.Fatal(err)
	}

	p := c.Get(keysPath)
	wantStatus(t, p, http.StatusOK)
	columns := p.Find("thead th").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
	want := []string{"Select", "Name", "API Key", "Scope (App)", "Scope (API)", "IP Whitelist", "Last used", "Status", "Created", "Action"}
	if !slices.Equal(columns, want) {
		t.Errorf("columns = %q", columns)
	}
	if got := names(p); !slices.Equal(got, []string{"Seeded 3", "Seeded 2", "Integration with CRM"}) {
		t.Errorf("the newest is not first: %q", got)
	}
	row := "#key-" + keys[0].Sid
	wantText(t, p, row, "Sales team", keys[0].Prefix+"••••"+keys[0].Last4, "1 app", "No APIs", "1 address", "Enabled", "6 days left")
	if strings.Contains(p.Text(row), "second line") || !p.Has(row+" .spark") || p.Has("#key-"+keys[1].Sid+" .spark") {
		t.Error("the row has too much or too little")
	}
	if href := attr(t, p, row, "data-href"); href != keysPath+"/"+keys[0].Sid {
		t.Errorf("the row leads to %q", href)
	}
	wantText(t, p, ".strip", "3 of 500", "1,234", "34", "1,234 today")
	wantText(t, p, ".segments", "All 3", "Enabled 2", "Disabled 1", "Expiring 1")
	if n := p.Find(row + " [role=switch][aria-checked=true]").Length(); n != 1 {
		t.Errorf("%d switches are on", n)
	}
	items := p.Find("#menu-" + keys[0].Sid + " [role=menuitem]").Map(func(_ int, s *goquery.Selection) string {
		return strings.Join(strings.Fields(s.Text()), " ")
	})
	if !slices.Equal(items, []string{"Open", "Copy the entire key", "Test this key", "Rotate…", "IP Whitelist", "Delete Disable it first"}) {
		t.Errorf("the Action menu has %q", items)
	}
	if href := attr(t, p, "#menu-"+keys[0].Sid+" a[href*=tester]", "href"); href != "/a/acme/tester?key="+keys[0].Sid {
		t.Errorf("Test this key leads to %q", href)
	}
}

func TestSearchStandsInTheAddress(t *testing.T) {
	a, w, keys, c := keysFixture(t, 4)
	a.basics(t, w, keys[0].Sid, "100% CRM_sync", "", nil)
	a.basics(t, w, keys[1].Sid, "Warehouse", "feeds the CRM", nil)
	for _, s := range []struct {
		search string
		want   []string
	}{
		{"crm", []string{"Warehouse", "100% CRM_sync"}},
		{"100%", []string{"100% CRM_sync"}},
		{"m_s", []string{"100% CRM_sync"}},
		{keys[2].Sid, []string{"Seeded 3"}},
		{keys[2].Prefix, []string{"Seeded 3"}},
		{keys[3].Last4, []string{"Seeded 4"}},
		{`' OR 1=1 --`, nil},
	} {
		p := c.Get(keysPath).Form("form[role=search]").Set("q", s.search).Submit()
		if got := names(p); !slices.Equal(got, s.want) {
			t.Errorf("%q finds %q, wanted %q", s.search, got, s.want)
		}
		if u, _ := url.Parse(p.URL); u.Query().Get("q") != s.search {
			t.Errorf("the address is %q", p.URL)
		}
		if attr(t, p, "[data-search]", "value") != s.search {
			t.Error("the field lost what was typed")
		}
	}
	nothing := c.Get(keysPath + "?q=nobody&filter=enabled")
	wantText(t, nothing, ".empty", "No matching keys", "nobody")
	wantText(t, nothing, "form[role=search]", "Search", "Clear")
	cleared := c.Get(nothing.Find("form[role=search] a").AttrOr("href", ""))
	if len(names(cleared)) != 4 || cleared.URL != keysPath {
		t.Errorf("Clear leads to %q with %d keys", cleared.URL, len(names(cleared)))
	}
	hx := c.HX().Get(keysPath + "?q=crm&page=9")
	if hx.Header.Get("HX-Push-Url") != keysPath+"?q=crm" || hx.Has("main") || len(names(hx)) != 2 {
		t.Errorf("htmx got %q, %d rows", hx.Header.Get("HX-Push-Url"), len(names(hx)))
	}
	if !strings.Contains(hx.Header.Get("Vary"), "HX-Request") {
		t.Error("a cache could mix page and fragment up")
	}
	long := c.Get(keysPath + "?q=" + strings.Repeat("%E4%BD%A0", 3000))
	wantStatus(t, long, http.StatusOK)
}

func TestFiltersSortAndPages(t *testing.T) {
	a, w, keys, c := keysFixture(t, 120)
	for _, k := range keys[:7] {
		a.enable(t, w, k.Sid, false)
	}
	soon := a.now().AddDate(0, 0, 20)
	a.basics(t, w, keys[100].Sid, "AAA", "", &soon)
	p := c.Get(keysPath)
	if len(names(p)) != 50 {
		t.Errorf("a page has %d rows", len(names(p)))
	}
	wantText(t, p, ".pager", "1–50 of 120", "Next")
	seen := map[string]bool{}
	for next := keysPath; next != ""; {
		p = c.Get(next)
		for _, n := range names(p) {
			seen[n] = true
		}
		next = p.Find("a[rel=next]").AttrOr("href", "")
	}
	if len(seen) != 120 || p.URL != keysPath+"?page=3" {
		t.Errorf("%d keys on the pages, the last is %q", len(seen), p.URL)
	}
	if got := c.Get(keysPath + "?page=999"); len(names(got)) != 20 {
		t.Errorf("a page beyond the last has %d rows", len(names(got)))
	}
	if got := len(names(c.Get(keysPath + "?filter=disabled"))); got != 7 {
		t.Errorf("%d keys are disabled", got)
	}
	if got := names(c.Get(keysPath + "?filter=expiring")); !slices.Equal(got, []string{"AAA"}) {
		t.Errorf("expiring: %q", got)
	}
	sorted := c.Get(keysPath + "?sort=name")
	if got := names(sorted)[0]; got != "AAA" {
		t.Errorf("the first by name is %q", got)
	}
	if attr(t, sorted, "th[aria-sort]", "aria-sort") != "ascending" {
		t.Error("the column does not say how it is sorted")
	}
	for _, odd := range []string{"?filter=x&sort=;&page=-3", "?page=99999999999999999999", "?q=%ff%00"} {
		if got := c.Get(keysPath + odd); got.Status != http.StatusOK {
			t.Errorf("%s is answered with %d", odd, got.Status)
		}
	}
	empty := c.Get(keysPath + "?filter=expiring&q=Seeded")
	wantText(t, empty, ".empty", "No matching keys")
	a.pass(40 * 24 * time.Hour)
	c = a.as(t, w.Owner.ID)
	wantText(t, c.Get(keysPath+"?filter=expiring"), ".empty", "No matching keys", "No key matches these filters", "Clear")
	wantText(t, c.Get(keysPath+"?q=AAA"), "tbody tr", "Expired")
}

func TestTheListSpeaksChinese(t *testing.T) {
	_, _, keys, c := keysFixture(t, 1)
	c.Header.Set("Accept-Language", "zh-CN")
	wantText(t, c.Get(keysPath), "body", "开放平台", "创建API Key", "名称", "应用授权范围", "全部应用", "接口授权范围", "全部接口", "IP 白名单", "状态", "操作", "停用", "启用", "删除")
	wantText(t, c.Get(keysPath+"/"+keys[0].Sid), "main", "部分应用", "部分接口", "添加 IP", "到期日", "历史")
	for _, path := range []string{keysPath, keysPath + "/" + keys[0].Sid} {
		p := c.Get(path)
		for _, english := range []string{"Save", "Status", "Scope", "keys.", "errors."} {
			if strings.Contains(p.Text("main"), english) {
				t.Errorf("%s says %q", path, english)
			}
		}
	}
}

func TestAMemberSeesOnlyTheirOwnKeys(t *testing.T) {
	a, w, keys, _ := keysFixture(t, 2)
	member := storetest.SeedMember(t, a.store, w.Account, "Mem Ber", "mem@example.com", models.RoleMember)
	own := storetest.SeedKeys(t, a.store, member, 1)[0]
	c := a.as(t, member.UserID)
	p := c.Get(keysPath)
	if got := names(p); !slices.Equal(got, []string{"Seeded 1"}) || !p.Has("#key-"+own.Sid) {
		t.Errorf("a member sees %q", got)
	}
	wantStatus(t, c.Get(keysPath+"/"+keys[0].Sid), http.StatusNotFound)
	wantStatus(t, c.Get(keysPath+"/"+own.Sid), http.StatusOK)
}
