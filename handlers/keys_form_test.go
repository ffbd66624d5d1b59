package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// keyForm opens the form that creates a key.
func keyForm(c *webtest.Client) *webtest.Form { return c.Get(keysPath + "/new").Form("#key-form form") }

// only returns the account's only key.
func (a *app) only(t testing.TB, w storetest.Fixture) models.KeyDetail {
	t.Helper()
	p, err := a.store.ListKeys(t.Context(), w.Who, models.KeyQuery{})
	if err != nil || len(p.Rows) != 1 {
		t.Fatalf("%d keys, %v", len(p.Rows), err)
	}
	return a.key(t, w, p.Rows[0].Sid)
}

func TestTheMenuLeadsToTheForm(t *testing.T) {
	_, _, _, c := keysFixture(t, 1)
	list := c.Get(keysPath)
	items := list.Find("#create-menu a")
	if items.Length() != 6 || items.First().AttrOr("href", "") != keysPath+"/new" || items.Last().AttrOr("href", "") != keysPath+"/new?channel=email" {
		t.Errorf("the menu of Create has %d links", items.Length())
	}
	form := c.Get(keysPath + "/new?channel=ftp").Form("#key-form form")
	if form.Fields.Get("channel") != "ftp" || form.Fields.Get("credential") != "pair" {
		t.Errorf("for FTP the form begins with %v", form.Fields)
	}
	form = c.Get(keysPath + "/new?channel=pigeon").Form("#key-form form")
	if form.Fields.Get("channel") != "rest" || form.Fields.Get("credential") != "token" || form.Fields.Get("expires") != "" {
		t.Errorf("the form begins with %v", form.Fields)
	}
	dialog := c.HX().Get(keysPath + "/new")
	if !dialog.Has("dialog[data-show]") || dialog.Has("main") {
		t.Error("htmx does not get a dialog")
	}
}

func TestTheFormMakesTheKeyThatItDescribes(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	api := w.APIByName(t, "data.list")
	form := keyForm(c).Set("name", "  Integration with CRM ").Set("description", "Sales").Set("expires", "90").
		Set("apps_mode", "some").Set("app", fmt.Sprint(w.Apps[0].ID), fmt.Sprint(w.Apps[1].ID)).
		Set("apis_mode", "some").Set("api", fmt.Sprint(api.ID))
	made := form.Submit()
	wantStatus(t, made, http.StatusOK)
	k := a.only(t, w)
	end := a.now().UTC().AddDate(0, 0, 90).Format(time.DateOnly) + "T23:59:59Z"
	if k.Name != "Integration with CRM" || k.Description != "Sales" || k.Channel != models.ChannelREST || !k.Enabled || k.Pair() ||
		k.ExpiresAt.Format(time.RFC3339) != end || len(k.Apps) != 2 || len(k.APIs) != 1 || k.CreatedBy != "Ada King" {
		t.Errorf("the key is %+v", k)
	}
	value := a.value(t, w, k.Sid)
	if attr(t, made, "#new-key-value", "value") != value || made.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page does not show the value")
	}
	wantText(t, made, "main", "API key created", "Integration with CRM", "show the value again", "Download as .env", "curl", value)
	again := c.Post(form.Action, form.Fields)
	if a.only(t, w).Sid != k.Sid || attr(t, again, "#new-key-value", "value") != value {
		t.Error("the same request made another key")
	}
}

func TestTheFormAsADialog(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	hx := c.HX()
	form := keyForm(c)
	form.Fields.Set("name", "Backup")
	form.Fields.Set("channel", "ftp")
	form.Fields.Set("credential", "token") // hidden by script for FTP
	form.Fields.Set("back", keysPath+"?q=x")
	made := hx.Post(keysPath+"/new", form.Fields)
	wantStatus(t, made, http.StatusOK)
	k := a.only(t, w)
	if k.Channel != models.ChannelFTP || !k.Pair() || !strings.HasPrefix(k.Username, "kwu_") {
		t.Errorf("the key is %+v", k)
	}
	secret := attr(t, made, "#new-key-value", "value")
	if attr(t, made, "#new-key-user", "value") != k.Username || !strings.HasPrefix(secret, "kws_") {
		t.Error("the dialog does not show the pair")
	}
	wantText(t, made, "dialog", "API Key (user name)", "API Secret", `"username":"`+k.Username+`"`, `"channel":"ftp"`)
	if made.Header.Get("HX-Push-Url") != keysPath || !strings.Contains(made.Body, `hx-target="#keys"`) || !strings.Contains(made.Body, "key-"+k.Sid) {
		t.Error("the list does not show the new key")
	}
	env, err := url.PathUnescape(attr(t, made, "a[download]", "href"))
	want := "# Backup, " + k.Sid + "\nKEYWICKET_API_KEY=" + k.Username + "\nKEYWICKET_API_SECRET=" + secret + "\n"
	if err != nil || env != "data:application/octet-stream;charset=utf-8,"+want || attr(t, made, "a[download]", "download") != "backup.env" {
		t.Errorf("the file is %q", env)
	}
}

func TestChosenCredentials(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	secret := "correct horse battery"
	send := func(user, secret string) *webtest.Page {
		return keyForm(c).Set("channel", "email").Set("credential", "chosen").Set("username", user).Set("secret", secret).Submit()
	}
	made := send(" Mail.User ", secret)
	wantStatus(t, made, http.StatusOK)
	k := a.only(t, w)
	if k.Username != "Mail.User" || !k.Chosen() || k.Visibility != models.ShowOnce {
		t.Errorf("the key is %+v", k)
	}
	wantText(t, made, "main", "Your key is ready", "You chose the credentials")
	if made.Has("#new-key-value") || made.Has("a[download]") || made.Has("[data-once]") {
		t.Error("what was chosen is shown")
	}
	taken := send("mail.uSER", secret)
	wantStatus(t, taken, http.StatusUnprocessableEntity)
	wantText(t, taken, "#f-username-error", "taken")
	if taken.Find("#f-secret").AttrOr("value", "") != "" || attr(t, taken, "#f-username", "value") != "mail.uSER" {
		t.Error("the refused form holds the secret, or lost the user name")
	}
	both := send("a b", "short")
	wantText(t, both, "#f-username-error", "letters")
	wantText(t, both, "#f-secret-error", "12")
	for _, where := range []string{made.Body, taken.Body, both.Body, a.log.String(), a.snapshot(t)} {
		if strings.Contains(where, secret) {
			t.Error("the chosen secret stands in an answer, the log or the database")
		}
	}
}

func TestTheFormSaysWhatIsWrongBesideTheFields(t *testing.T) {
	a, _, _, c := keysFixture(t, 0)
	before := a.snapshot(t)
	for _, s := range []struct {
		field, value string
		selector     string
		words        string
	}{
		{"name", strings.Repeat("x", 101), "#f-name-error", "100"},
		{"description", strings.Repeat("x", 501), "#f-description-error", "500"},
		{"expires", "7", ".choice-small .error", "listed values"},
		{"channel", "pigeon", ".choice .error", "listed values"},
		{"credential", "none", ".choice-kind .error", "listed values"},
		{"apps_mode", "many", "form .error", "listed values"},
	} {
		form := keyForm(c).Set("name", "Typed").Set("description", "Kept")
		form.Fields.Set(s.field, s.value)
		p := form.Submit()
		wantStatus(t, p, http.StatusUnprocessableEntity)
		wantText(t, p, s.selector, s.words)
		if s.field != "name" && attr(t, p, "#f-name", "value") != "Typed" {
			t.Errorf("%s: what was typed is gone", s.field)
		}
		if got := p.Form("#key-form form").Fields.Get("idempotency_key"); got == "" || got != form.Fields.Get("idempotency_key") {
			t.Errorf("%s: the request is another", s.field)
		}
	}
	for typed, words := range map[string]string{"": "year-month-day", "2020-01-01": "future", "soon": "year-month-day"} {
		p := keyForm(c).Set("expires", "date").Set("expires_at", typed).Submit()
		wantText(t, p, "#f-expires_at-error", words)
	}
	if a.snapshot(t) != before {
		t.Error("a refused form changed something")
	}
	foreign := storetest.SeedOther(t, a.store, "Other")
	form := keyForm(c).Set("apps_mode", "some")
	form.Fields.Set("app", fmt.Sprint(foreign.Apps[0].ID))
	if p := form.Submit(); p.Status < http.StatusBadRequest || a.count(t, "SELECT count(*) FROM keys") != 0 {
		t.Errorf("another account's app is answered with %d", p.Status)
	}
}

func TestTheFormKeepsToTheAccountsMaximum(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	a.policy(t, w, func(x *models.Account) { x.MaxExpiryDays = 60 })
	form := keyForm(c)
	if form.Fields.Get("expires") != "60" {
		t.Errorf("the form begins with %q", form.Fields.Get("expires"))
	}
	p := c.Get(keysPath + "/new")
	if p.Has(`[name=expires][value=""]`) || p.Has(`[name=expires][value="90"]`) || !p.Has(`[name=expires][value="30"]`) {
		t.Error("the form offers dates that the account does not allow")
	}
	late := a.now().AddDate(0, 0, 61).Format(time.DateOnly)
	wantText(t, keyForm(c).Set("expires", "date").Set("expires_at", late).Submit(), "#f-expires_at-error", "60")
	form.Fields.Set("expires", "")
	wantStatus(t, form.Submit(), http.StatusUnprocessableEntity)
	wantStatus(t, keyForm(c).Submit(), http.StatusOK)
	if got := a.only(t, w).ExpiresAt.Format(time.DateOnly); got != a.now().UTC().AddDate(0, 0, 60).Format(time.DateOnly) {
		t.Errorf("the key ends on %s", got)
	}
}

func TestUnderShowOnceTheResultSaysSo(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	a.policy(t, w, func(x *models.Account) { x.KeyVisibility = models.ShowOnce })
	form := keyForm(c)
	made := form.Submit()
	wantText(t, made, "main", "You will not see it again", "Have you stored the value?")
	if !made.Has("[data-once] [data-ask-stored][hidden]") || !made.Has("#new-key-value") {
		t.Error("leaving does not ask")
	}
	again := c.Post(form.Action, form.Fields)
	wantText(t, again, "main", "This form was already submitted", "Its value was shown once")
	if again.Has("#new-key-value") || again.Has("[data-once]") || a.only(t, w).Name == "" {
		t.Error("the same request shows the value once more")
	}
}

func TestWhoMayNotCreateGetsNoForm(t *testing.T) {
	a, w, _, _ := keysFixture(t, 0)
	member := storetest.SeedMember(t, a.store, w.Account, "Mia", "mia@example.com", models.RoleMember)
	c := a.as(t, member.UserID)
	wantStatus(t, c.Get(keysPath+"/new"), http.StatusOK)
	a.policy(t, w, func(x *models.Account) { x.MembersCreate = false })
	wantStatus(t, c.Get(keysPath+"/new"), http.StatusForbidden)
	if p := c.Get(keysPath); p.Has("#create-menu") {
		t.Error("the menu is there")
	}
	wantStatus(t, c.Post(keysPath+"/new", url.Values{"channel": {"rest"}, "credential": {"token"}, "idempotency_key": {"once"}}), http.StatusForbidden)
}

func TestTheFormHasTheFiveHundredAndFirstRefused(t *testing.T) {
	a, w, _, c := keysFixture(t, models.MaxKeysPerAccount)
	p := keyForm(c).Submit()
	wantStatus(t, p, http.StatusUnprocessableEntity)
	wantText(t, p, "[role=alert]", "500")
	if n := a.count(t, "SELECT count(*) FROM keys WHERE account_id = ?", w.Account.ID); n != models.MaxKeysPerAccount {
		t.Errorf("there are %d keys", n)
	}
}

// TestTheFormFindsAppsAmongMany checks that in an account with very many apps,
// the form searches for apps without losing what was typed and chosen.
func TestTheFormFindsAppsAmongMany(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	many := make([]models.NewApp, 600)
	for i := range many {
		many[i] = models.NewApp{AppID: fmt.Sprintf("many-%03d", i), Name: fmt.Sprintf("Many %03d", i)}
	}
	if _, err := a.store.AddApps(t.Context(), w.Who, many); err != nil {
		t.Fatal(err)
	}
	form := keyForm(c).Set("name", "Typed").Set("apps_mode", "some").Set("app", fmt.Sprint(w.Apps[0].ID)).Set("find", "Many 59")
	form.Fields.Set("step", "find")
	found := form.Submit()
	wantStatus(t, found, http.StatusOK)
	if attr(t, found, "#f-name", "value") != "Typed" || found.Find("#app-list .pick").Length() != 11 || found.Find("#app-list :checked").Length() != 1 {
		t.Errorf("%d apps, %d of them chosen", found.Find("#app-list .pick").Length(), found.Find("#app-list :checked").Length())
	}
	id := found.Find(`#app-list .pick:contains("Many 597") input`).AttrOr("value", "")
	next := found.Form("#key-form form")
	next.Fields.Add("app", id)
	wantStatus(t, next.Submit(), http.StatusOK)
	if k := a.only(t, w); len(k.Apps) != 2 || k.Name != "Typed" {
		t.Errorf("the key has %d apps", len(k.Apps))
	}
}

// policy changes the account's policies.
func (a *app) policy(t testing.TB, w storetest.Fixture, change func(*models.Account)) {
	t.Helper()
	if err := a.store.UpdateAccount(t.Context(), w.Who, change); err != nil {
		t.Fatal(err)
	}
}
