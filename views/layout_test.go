package views_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// render returns the component in a language as a document.
func render(t *testing.T, lang string, c templ.Component) *goquery.Document {
	t.Helper()
	b, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	ctx := templ.WithChildren(b.With(context.Background(), lang), templ.Raw("<p id=content>x</p>"))
	if err := c.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// chrome returns the frame for a user with the role.
func chrome(role models.Role) views.Chrome {
	acme := models.Account{ID: 1, Slug: "acme", Name: "Acme & <Co>"}
	return views.Chrome{
		Title: "API Key", Active: views.NavKeys, Account: acme, Role: role,
		User: models.User{Name: "Ada King"}, Nav: models.NavCounts{Keys: 12, Apps: 8, APIs: 57},
		Accounts: []models.Membership{{Account: acme, Role: role}},
		Crumbs:   []ui.Crumb{{Label: "API Key"}}, Lang: i18n.English, Path: "/a/acme/keys?q=x",
	}
}

// texts returns the texts of a selection.
func texts(s *goquery.Selection) []string {
	return s.Map(func(_ int, n *goquery.Selection) string { return strings.TrimSpace(n.Find("span").First().Text()) })
}

func TestPanelHasTheDocumentedEntries(t *testing.T) {
	for _, c := range []struct {
		lang string
		role models.Role
		want string
	}{
		{i18n.English, models.RoleOwner, "API Key|Apps|API Catalogue|Plugins|Tester|Account|Sub-accounts|Members|API Keys|Audit"},
		{i18n.English, models.RoleMember, "API Key|Apps|API Catalogue|Plugins|Tester|API Keys|Audit"},
		{i18n.Chinese, models.RoleOwner, "密钥管理|应用|接口目录|插件|测试工具|账户|子账户|成员|API Key|审计"},
	} {
		d := render(t, c.lang, views.Page(chrome(c.role)))
		if got := strings.Join(texts(d.Find("#panel nav a")), "|"); got != c.want {
			t.Errorf("%s %s: %s", c.lang, c.role, got)
		}
		if n := d.Find(`#panel nav [aria-current=page]`).Length(); n != 1 {
			t.Errorf("%d entries are current", n)
		}
	}
}

func TestPageIsWhole(t *testing.T) {
	c := chrome(models.RoleOwner)
	c.Theme = "dark"
	c.Flash = []views.Flash{{Kind: "ok", Text: "Saved"}}
	d := render(t, i18n.English, views.Page(c))
	for selector, want := range map[string]int{
		`html[lang=en][data-theme=dark]`:                                     1,
		`main#main #content`:                                                 1,
		`a.skip[href="#main"]`:                                               1,
		`link[rel=stylesheet][href^="/static/app."]`:                         1,
		`script[src^="/static/"][defer]`:                                     2,
		`script:not([src])`:                                                  0,
		`[style], style`:                                                     0,
		`#dialog, #toasts, #live`:                                            3,
		`form[action="/logout"][method=post] button`:                         1,
		`form[action="/preferences"] input[name=theme][value=light]`:         1,
		`input[name=next][value="/a/acme/keys?q=x"]`:                         3,
		`[role=menuitemradio][aria-checked=true][lang=en]`:                   1,
		`.flash[data-flash=ok]`:                                              1,
		`button[popovertarget=panel][aria-label="Open menu"]`:                1,
		`nav.crumbs a[href="/a/acme/keys"]`:                                  1,
		`#accounts`:                                                          0,
		`a[href="/profile"] .person-role`:                                    1,
		`#panel .avatar[aria-hidden=true]`:                                   1,
		`meta[name=viewport][content="width=device-width, initial-scale=1"]`: 1,
	} {
		if got := d.Find(selector).Length(); got != want {
			t.Errorf("%d of %s, want %d", got, selector, want)
		}
	}
	if got := d.Find("title").Text(); got != "API Key · Keywicket" {
		t.Errorf("title %q", got)
	}
	if got := d.Find(".avatar").Text(); got != "AK" {
		t.Errorf("initials %q", got)
	}
}

func TestSwitcherListsTheOtherAccounts(t *testing.T) {
	c := chrome(models.RoleOwner)
	c.Accounts = append(c.Accounts, models.Membership{Account: models.Account{Slug: "beta", Name: "Beta"}})
	d := render(t, i18n.English, views.Page(c))
	if d.Find(`#accounts a[role=menuitemradio]`).Length() != 2 || d.Find(`#accounts a[href="/a/beta/keys"][aria-checked=false]`).Length() != 1 {
		t.Error("the accounts are not in the menu")
	}
}

func TestBareAndThePageOfNoAccount(t *testing.T) {
	d := render(t, i18n.Chinese, views.Bare(views.BareChrome{Title: "登录", Lang: i18n.Chinese, Path: "/login"}))
	if d.Find(`html[lang=zh-CN]:not([data-theme]) main #content`).Length() != 1 || d.Find("#panel").Length() != 0 {
		t.Error("the bare frame is wrong")
	}
	d = render(t, i18n.English, views.Page(views.Chrome{Title: "Profile", Active: views.NavProfile, User: models.User{Email: "li@example.com", Name: "李小明"}, Lang: "en"}))
	if d.Find("#panel nav").Length() != 0 || d.Find(`a.person-link[aria-current=page]`).Length() != 1 {
		t.Error("a page of no account leads to the account's pages")
	}
	if got := d.Find(".avatar").Text(); got != "小明" {
		t.Errorf("initials %q", got)
	}
}

// TestSettingsForScript checks that the data for script is JSON, and that htmx
// is configured as the policy requires.
func TestSettingsForScript(t *testing.T) {
	d := render(t, i18n.English, views.Page(chrome(models.RoleOwner)))
	for _, name := range []string{"htmx-config", "keywicket-words"} {
		var v map[string]any
		content, _ := d.Find(`meta[name="` + name + `"]`).Attr("content")
		if err := json.Unmarshal([]byte(content), &v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "htmx-config" && (v["includeIndicatorCSS"] != false || v["defaultSwap"] != "outerHTML" || v["extensions"] != "keywicket" || v["history"] != "reload") {
			t.Errorf("htmx-config: %v", v)
		}
	}
}

func TestToastOOB(t *testing.T) {
	if render(t, i18n.English, views.ToastOOB("bad", "No.")).Find(`[hx-swap-oob] .toast.tone-bad`).Length() != 1 {
		t.Error("no toast")
	}
}
