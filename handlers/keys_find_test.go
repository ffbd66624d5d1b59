package handlers_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// search submits the search form.
func search(c *webtest.Client, text string) *webtest.Page {
	return c.Get(keysPath).Form("#find").Set("q", text).Submit()
}

func TestAPastedKeyLeadsToItsPage(t *testing.T) {
	a, w, keys, c := keysFixture(t, 2)
	value := a.value(t, w, keys[0].Sid)
	for _, text := range []string{value, " " + value + " ", "Authorization: Bearer " + value, value[3:], strings.Repeat("x", 300) + " " + value} {
		p := search(c, text)
		if p.URL != keysPath+"/"+keys[0].Sid {
			t.Errorf("a pasted key leads to %q", p.URL)
		}
		hx := c.HX().Post(keysPath+"/find", url.Values{"q": {text}})
		if to := hx.Header.Get("HX-Redirect"); to != keysPath+"/"+keys[0].Sid {
			t.Errorf("htmx is led to %q", to)
		}
	}
}

func TestAPastedKeyIsNotStored(t *testing.T) {
	a, w, _, c := keysFixture(t, 1)
	other := storetest.SeedOther(t, a.store, "Other")
	theirs := storetest.SeedKeys(t, a.store, other.Who, 1)[0]
	foreign, err := a.store.RevealKey(t.Context(), other.Who, theirs.Sid)
	if err != nil {
		t.Fatal(err)
	}
	own := a.value(t, w, storetest.SeedKeys(t, a.store, w.Who, 1)[0].Sid)
	var said strings.Builder
	for _, text := range []string{own, foreign, "X-API-Key: " + foreign, foreign[3:], foreign[:30], "kws_" + foreign[3:], foreign[:40] + "!"} {
		for _, window := range []*webtest.Client{c, c.HX()} {
			p := window.Send(http.MethodPost, keysPath+"/find", url.Values{"q": {text}, "filter": {"enabled"}})
			fmt.Fprintln(&said, p.Header, p.Body)
			if p.Status >= http.StatusInternalServerError {
				t.Errorf("%d", p.Status)
			}
		}
		list := search(c, text)
		fmt.Fprintln(&said, list.URL, list.Header, list.Body)
		for _, name := range []string{"q", "by", "owner", "zz"} {
			got := c.Send(http.MethodGet, keysPath+"?"+url.Values{name: {text}, "filter": {"enabled"}}.Encode(), nil)
			fmt.Fprintln(&said, got.Header, got.Body)
			if got.Location() != keysPath+"?filter=enabled" {
				t.Errorf("a key in the address under %s is answered with %d to %q", name, got.Status, got.Location())
			}
		}
	}
	said.WriteString(a.log.String())
	said.WriteString(a.snapshot(t))
	for _, value := range []string{own, foreign} {
		for _, part := range []string{value, value[3:30], url.QueryEscape(value)} {
			if strings.Contains(said.String(), part) {
				t.Errorf("a pasted key stands in an answer, the log or the database")
			}
		}
	}
	wantText(t, search(c, foreign), ".flash", "None of your keys has the value")
	wantText(t, search(c, foreign[:30]), ".flash", "looks like part of an API Key")
	wantText(t, search(c, "kws_"+foreign[3:20]), ".flash", "an API Secret")
	if attr(t, search(c, foreign), "[data-search]", "value") != "" {
		t.Error("the box holds what was pasted")
	}
	wantText(t, c.Get(keysPath+"?q="+own), ".flash", "The address contained an API Key")
	hx := c.HX().Post(keysPath+"/find", url.Values{"q": {foreign}})
	wantStatus(t, hx, http.StatusNotFound)
	wantText(t, hx, "[role=alert]", "None of your keys")
	if hx.Header.Get("HX-Push-Url") != keysPath {
		t.Errorf("the address becomes %q", hx.Header.Get("HX-Push-Url"))
	}
}

// TestAMemberDoesNotFindTheKeysOfOthers checks that a Member who pastes
// somebody else's key gets the same answer as for an unknown one.
func TestAMemberDoesNotFindTheKeysOfOthers(t *testing.T) {
	a, w, keys, _ := keysFixture(t, 1)
	value := a.value(t, w, keys[0].Sid)
	member := storetest.SeedMember(t, a.store, w.Account, "Mia", "mia@example.com", models.RoleMember)
	c := a.as(t, member.UserID)
	storetest.SeedKeys(t, a.store, member, 1)
	wantText(t, search(c, value), ".flash", "None of your keys")
	p := c.Get(keysPath + fmt.Sprintf("?owner=%d", w.Owner.ID))
	if len(names(p)) != 1 || p.Has("#filters [name=owner]") || p.Has(".chips") {
		t.Error("a member can ask for the keys of others")
	}
}

func TestFiltersStandInTheAddress(t *testing.T) {
	a, w, keys, _ := keysFixture(t, 3)
	mia := storetest.SeedMember(t, a.store, w.Account, "Mia Chen", "mia@example.com", models.RoleMember)
	own := storetest.SeedKeys(t, a.store, mia, 2)
	a.enable(t, w, own[0].Sid, false)
	a.pass(91 * 24 * time.Hour)
	c := a.as(t, w.Owner.ID)
	storetest.SeedKeys(t, a.store, w.Who, 1)
	p := c.Get(keysPath+"?filter=disabled").Form("#find").
		Set("q", "seeded").Set("channel", "rest").Set("owner", fmt.Sprint(mia.UserID)).Set("by", "Mia Chen").Set("sort", "expiry")
	p.Fields.Set("unused", "1")
	found := p.Submit()
	want := url.Values{
		"q": {"seeded"}, "filter": {"disabled"}, "channel": {"rest"}, "owner": {fmt.Sprint(mia.UserID)},
		"by": {"Mia Chen"}, "unused": {"1"}, "sort": {"expiry"},
	}
	if found.URL != keysPath+"?"+want.Encode() {
		t.Errorf("the address is %q", found.URL)
	}
	again := c.Get(found.URL)
	if got := names(again); !slices.Equal(got, []string{"Seeded 1"}) || !again.Has("#key-"+own[0].Sid) {
		t.Errorf("the list has %q", got)
	}
	form := again.Form("#find")
	for name, values := range want {
		if !slices.Equal(form.Fields[name], values) {
			t.Errorf("%s holds %q", name, form.Fields[name])
		}
	}
	wantText(t, again, ".chips", "Channel: REST", "Owner: Mia Chen", "Created by: Mia Chen", "Unused for 90 days")
	wantText(t, again, "#filters-button", "Filters", "4")
	wantText(t, again, "#key-"+own[0].Sid, "Mia Chen", "Never expires")
	for range 4 {
		again = c.Get(again.Find(".chips a").First().AttrOr("href", ""))
	}
	if again.URL != keysPath+"?filter=disabled&q=seeded&sort=expiry" || again.Has(".chips") {
		t.Errorf("without the chips the address is %q", again.URL)
	}
	clear := found.Find("#find a[role=button]")
	if clear.Text() != "Clear" || clear.AttrOr("href", "") != keysPath+"?sort=expiry" {
		t.Errorf("Clear leads to %q", clear.AttrOr("href", ""))
	}
	hx := c.HX().Get(found.URL)
	if to := hx.Form("#find").Set("q", "nothing like it").Submit(); to.Header.Get("HX-Push-Url") == "" || to.Has("main") || !to.Has(".empty") {
		t.Error("htmx does not get the list")
	}
	odd := c.Get(keysPath + "?channel=pigeon&owner=x&unused=yes&sort=id&filter=no")
	if len(names(odd)) != 6 || odd.Has(".chips") {
		t.Error("what a query cannot mean is not left out")
	}
	if len(names(c.Get(keysPath+"?filter=expired"))) != 0 || len(keys) != 3 {
		t.Error("no key has expired")
	}
}

// exported submits the form that exports the list.
func exported(p *webtest.Page, format string) *webtest.Page {
	return p.Form(`form[action$="/export"]:has([value=` + format + `])`).Submit()
}

func TestExportIsWhatTheListShows(t *testing.T) {
	a, w, keys, c := keysFixture(t, 60)
	soon := a.now().AddDate(0, 0, 9)
	a.basics(t, w, keys[3].Sid, "=HYPERLINK(\"http://evil.test\")", "+1\nsecond, \"line\"", &soon)
	value := a.value(t, w, keys[3].Sid)
	all := exported(c.Get(keysPath+"?page=2"), "csv")
	wantStatus(t, all, http.StatusOK)
	if all.Header.Get("Content-Type") != "text/csv; charset=utf-8" || all.Header.Get("Cache-Control") != "no-store" ||
		all.Header.Get("Content-Disposition") != `attachment; filename="acme-api-keys-`+a.now().Format(time.DateOnly)+`.csv"` {
		t.Errorf("headers %v", all.Header)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(all.Body, "\uFEFF"))).ReadAll()
	if err != nil || len(lines) != 61 || !strings.HasPrefix(all.Body, "\uFEFFsid,") {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	one := exported(c.Get(keysPath+"?q=HYPER"), "csv")
	lines, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(one.Body, "\uFEFF"))).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if lines[1][0] != keys[3].Sid || lines[1][1] != "'=HYPERLINK(\"http://evil.test\")" || lines[1][2] != "'+1\nsecond, \"line\"" || lines[1][8] != soon.UTC().Format(time.RFC3339) {
		t.Errorf("the line is %q", lines[1])
	}
	file := exported(c.Get(keysPath+"?filter=expiring"), "json")
	var data struct {
		Account string `json:"account"`
		Keys    []map[string]any
	}
	if err := json.Unmarshal([]byte(file.Body), &data); err != nil || data.Account != "acme" || len(data.Keys) != 1 || data.Keys[0]["name"] != "=HYPERLINK(\"http://evil.test\")" {
		t.Errorf("%v, %+v", err, data)
	}
	hash := a.store.Hasher().Hash(value)
	for _, body := range []string{all.Body, file.Body} {
		if strings.Contains(body, value) || strings.Contains(body, value[7:30]) || bytes.Contains([]byte(body), hash[:]) || strings.Contains(body, fmt.Sprintf("%x", hash)) {
			t.Error("the file has what nobody may take away")
		}
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = 'api.key.export'"); n != 3 {
		t.Errorf("%d rows of the audit tell of three exports", n)
	}
	wantText(t, c.Get("/a/acme/audit?event=api.key.export"), "tbody", "Key list exported", "Ada King", "Format", "csv", "Keys in the file", "60")
	if p := c.Post(keysPath+"/export", url.Values{"format": {"xlsx"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown format is answered with %d", p.Status)
	}
}

func TestExportLeavesFormulasNoWay(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(1)", "＝1", "＋1", "－1", "＠x"} {
		a.basics(t, w, keys[0].Sid, name, name, nil)
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(exported(c.Get(keysPath), "csv").Body, "\uFEFF"))).ReadAll()
		if err != nil || lines[1][1] != "'"+name || lines[1][2] != "'"+name {
			t.Errorf("%q stands in the file as %q (%v)", name, lines[1][1:3], err)
		}
	}
	a.basics(t, w, keys[0].Sid, "plain = text", "", nil)
	if body := exported(c.Get(keysPath), "csv").Body; !strings.Contains(body, ",plain = text,") {
		t.Error("ordinary text is changed")
	}
}

func TestAMemberExportsTheirOwnKeys(t *testing.T) {
	a, w, keys, _ := keysFixture(t, 2)
	member := storetest.SeedMember(t, a.store, w.Account, "Mia", "mia@example.com", models.RoleMember)
	own := storetest.SeedKeys(t, a.store, member, 1)[0]
	c := a.as(t, member.UserID)
	for _, fields := range []url.Values{{"format": {"csv"}}, {"format": {"csv"}, "owner": {fmt.Sprint(w.Owner.ID)}}} {
		body := c.Post(keysPath+"/export", fields).Body
		if !strings.Contains(body, own.Sid) || strings.Contains(body, keys[0].Sid) {
			t.Errorf("a member exports %q", body)
		}
	}
}
