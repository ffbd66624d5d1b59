package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/views/audit"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// events returns the names of the events on the audit page.
func events(p *webtest.Page) []string { return texts(p, ".audit-table .event code") }

// rowOf returns the text of the first row of an event.
func rowOf(p *webtest.Page, e models.Event) string {
	row := p.Find(`.audit-table tbody tr:has(code:contains("` + string(e) + `"))`).First()
	return strings.Join(strings.Fields(row.Text()), " ")
}

func TestAuditTellsDifferences(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	ctx := t.Context()
	k, value, err := a.store.CreateKey(ctx, w.Who, "Night export", "")
	if err != nil {
		t.Fatal(err)
	}
	account := w.Account
	account.Name, account.KeyVisibility, account.KeyInQuery, account.RatePerSecond = "Acme Ltd", models.ShowOnce, true, 40
	api := w.APIByName(t, "data.list")
	changed := api
	changed.Path, changed.RatePerSecond, changed.AppSource, changed.AppField = "/new/list", 0, models.AppInHeader, "X-App"
	for _, err := range []error{
		a.store.SetKeyBasics(ctx, w.Who, k.Sid, "Nightly", "", nil),
		a.store.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeSome, []int64{w.Apps[0].ID}),
		a.store.SetKeyEnabled(ctx, w.Who, k.Sid, false),
		a.store.RemoveApp(ctx, w.Who, w.Apps[0].ID),
		a.store.UpdateAPI(ctx, w.Who, changed),
		a.store.UpdateAccount(ctx, w.Who, func(a *models.Account) { *a = account }),
		a.store.DeleteKey(ctx, w.Who, k.Sid),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := c.Get("/a/acme/audit")
	for event, parts := range map[models.Event][]string{
		models.EventKeyCreate:     {"Key created", "Night export", "Scope (App) All Apps", "Ada King", "192.0.2.1"},
		models.EventKeyDisable:    {"Key disabled", "Nightly"},
		models.EventKeyDelete:     {"Key deleted", "Nightly", "Scope (App) Some Apps"},
		models.EventAppDelete:     {"App removed", "Keys that listed it Nightly"},
		models.EventAPIUpdate:     {"API changed", "/api/v5/app/entry/data/list → /new/list", "30 / s → No limit", "in the JSON body → in a header", "app_id → X-App"},
		models.EventAccountUpdate: {"Settings changed", "Name Acme → Acme Ltd", "Revealable → Show once", "No → Yes", "No limit → 40 / s"},
		models.EventAccountCreate: {"Account created"},
	} {
		got := rowOf(p, event)
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("%s lacks %q: %s", event, part, got)
			}
		}
	}
	for _, raw := range []string{"{", `":`, value, "pass_unknown_apis"} {
		if strings.Contains(p.Text(".audit-table"), raw) {
			t.Errorf("the table holds %q", raw)
		}
	}
	if !strings.Contains(p.Text("main"), "keywicket audit verify") {
		t.Error("it does not say how the chain is checked")
	}
}

func TestAuditFilters(t *testing.T) {
	a, w := newFixture(t)
	admin := storetest.SeedMember(t, a.store, w.Account, "Bo Admin", "bo@example.com", models.RoleAdmin)
	if _, _, err := a.store.CreateKey(t.Context(), admin, "Bo's key", ""); err != nil {
		t.Fatal(err)
	}
	a.pass(48 * time.Hour)
	c := a.as(t, w.Owner.ID)
	if _, err := a.store.AddApps(t.Context(), w.Who, []models.NewApp{{AppID: "late-1", Name: "Late"}}); err != nil {
		t.Fatal(err)
	}
	today, first := a.now().Format(time.DateOnly), a.now().AddDate(0, 0, -3).Format(time.DateOnly)
	for query, want := range map[string]string{
		"event=api.key.":                               "[api.key.create]",
		"event=app.":                                   "[app.create app.create]",
		"event=account.create":                         "[account.create]",
		"event=user.logout":                            "[]",
		"actor=bo":                                     "[api.key.create]",
		"actor=bo%40example":                           "[api.key.create]",
		"person=" + fmt.Sprint(admin.UserID):           "[api.key.create]",
		"person=0x&event=account.create":               "[account.create]",
		"target=late":                                  "[app.create]",
		"from=" + today:                                "[app.create]",
		"event=app.&until=" + first:                    "[]",
		"event=app.&from=" + first + "&until=" + today: "[app.create app.create]",
		"target=bo%27s+key&event=api.key.":             "[api.key.create]",
		"target=%25":                                   "[]",
	} {
		for _, browser := range []*webtest.Client{c, c.HX()} {
			p := browser.Send(http.MethodGet, "/a/acme/audit?"+query, nil)
			if got := events(p); fmt.Sprint(got) != want {
				t.Errorf("%s found %v, wanted %s", query, got, want)
			}
		}
	}
	// Follow the link from a row to all rows of the same person, and back.
	p := c.Get(c.Get("/a/acme/audit?event=api.key.").Find(".who a").First().AttrOr("href", ""))
	if text := p.Text("#audit"); fmt.Sprint(events(p)) != "[api.key.create]" || !strings.Contains(text, "Bo Admin (bo@example.com)") {
		t.Errorf("the person's page: %v %s", events(p), text)
	}
	if p := p.Form("form[role=search]").Set("event", "app.").Submit(); len(events(p)) != 0 {
		t.Errorf("the form forgets the person: %v", events(p))
	}
	// Filter by the form, as a person does.
	p = c.Get("/a/acme/audit").Form("form[role=search]").Set("event", "api.key.").Set("actor", "Bo").Submit()
	if fmt.Sprint(events(p)) != "[api.key.create]" || p.Form("form[role=search]").Fields.Get("event") != "api.key." {
		t.Errorf("the form found %v", events(p))
	}
	if all := c.Get("/a/acme/audit?event=nonsense"); len(events(all)) < 4 {
		t.Errorf("an unknown event found %v", events(all))
	}
	if p := c.Get("/a/acme/audit?target=nowhere"); !strings.Contains(p.Text(".empty"), "Nothing found") {
		t.Errorf("nothing found: %s", p.Text("main"))
	}
	for query, field := range map[string]string{"from=yesterday": "from", "until=2026-02-31": "until", "from=2026-03-02&until=2026-03-01": "until"} {
		p := c.Send(http.MethodGet, "/a/acme/audit?"+query, nil)
		if p.Status != http.StatusUnprocessableEntity || fieldError(p, "f-"+field) == "" {
			t.Errorf("%s gave %d %q", query, p.Status, fieldError(p, "f-"+field))
		}
	}
	one := c.Get("/a/acme/audit?from=2026-03-01&until=2026-03-01")
	if one.Status != http.StatusOK {
		t.Errorf("one day: %d", one.Status)
	}
}

func TestAuditPages(t *testing.T) {
	a, w := newFixture(t)
	for i := range 120 {
		storetest.AddAudit(t, a.store, models.AuditRow{AccountID: w.Account.ID, ActorName: "Robot", Event: "future.event", TargetKind: "thing", TargetID: fmt.Sprint(i)})
	}
	c := a.as(t, w.Owner.ID)
	p := c.Get("/a/acme/audit?actor=Robot")
	if len(events(p)) != models.AuditRowsPerPage || !strings.Contains(p.Text(".pager"), "1–50 of 120") {
		t.Errorf("%d rows, %s", len(events(p)), p.Text(".pager"))
	}
	next, err := url.Parse(p.Find(".pager a[rel=next]").AttrOr("href", ""))
	if err != nil || next.Query().Get("actor") != "Robot" || next.Query().Get("page") != "2" {
		t.Errorf("the next page is %s", next)
	}
	if !strings.Contains(c.Get(next.String()).Text(".pager"), "51–100 of 120") {
		t.Error("the second page is another")
	}
	// A row with an event that this version does not know is still shown.
	if row := rowOf(p, "future.event"); !strings.Contains(row, "119") || !strings.Contains(row, "command line") {
		t.Errorf("an unknown event: %s", row)
	}
}

func TestAuditForMembers(t *testing.T) {
	a, w := newFixture(t)
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	c := a.as(t, m.UserID)
	if p := c.Get("/a/acme/audit"); !strings.Contains(p.Text(".empty"), "No events yet") || p.Has("[name=actor]") {
		t.Errorf("a member sees %s", p.Text("main"))
	}
	k, _, err := a.store.CreateKey(t.Context(), m, "Mine", "")
	if err != nil {
		t.Fatal(err)
	}
	p := c.Get("/a/acme/audit")
	if fmt.Sprint(events(p)) != "[api.key.create]" || p.Find(".audit-table td a").AttrOr("href", "") != "/a/acme/keys/"+k.Sid {
		t.Errorf("a member sees %v", events(p))
	}
}

func TestAuditOfStrangeRows(t *testing.T) {
	a, w := newFixture(t)
	for _, r := range []models.AuditRow{
		{Event: models.EventAPIUpdate, TargetKind: "api", TargetID: "x", Before: "not json", After: `{"path":null,"odd":{"a":1},"count":3,"name":"<b>x</b>"}`},
		{Event: models.EventUserSignInFailed, TargetKind: "user", TargetID: "eve@example.com"},
	} {
		r.AccountID = w.Account.ID
		storetest.AddAudit(t, a.store, r)
	}
	p := a.as(t, w.Owner.ID).Get("/a/acme/audit")
	if row := rowOf(p, models.EventAPIUpdate); p.Status != http.StatusOK || !strings.Contains(row, "<b>x</b>") || !strings.Contains(row, "odd") {
		t.Errorf("%d: %s", p.Status, row)
	}
	if row := rowOf(p, models.EventUserSignInFailed); !strings.Contains(row, "Unknown") || !strings.Contains(row, "eve@example.com") {
		t.Errorf("a failed sign-in: %s", row)
	}
}

func TestEveryEventCanBeLookedFor(t *testing.T) {
	for _, e := range []models.Event{
		models.EventKeyCreate, models.EventKeyReveal, models.EventAppDelete, models.EventFamilyUpdate, models.EventCataloguePreset,
		models.EventAccountUpdate, models.EventUserSignOutAll, "api.key.", "user.",
	} {
		if audit.KnownEvent(string(e)) != string(e) {
			t.Errorf("%s cannot", e)
		}
	}
}

// TestAuditOfManyRows checks that a page searches only a limited number of
// rows, and links to the older ones.
func TestAuditOfManyRows(t *testing.T) {
	a, w := newFixture(t)
	_, err := storetest.DB(t, a.store).ExecContext(t.Context(), `INSERT INTO audit
		WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 3200)
		SELECT i, ?, '2026-01-01 00:00:00+00:00', 7, 'Robot', '', 'future.event', 'thing', i, '', '', '', x'00', '' FROM n`, w.Account.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := a.as(t, w.Owner.ID)
	p := c.Get("/a/acme/audit?target=2")
	if !strings.Contains(p.Text(".pager"), "1–50 of 1,000+") {
		t.Errorf("the first page: %s", p.Text(".pager"))
	}
	seen := 0
	for pages := 0; pages < 100; pages++ {
		seen += len(events(p))
		next := p.Find(".pager a[rel=next]").AttrOr("href", "")
		if next == "" {
			break
		}
		p = c.Get(next)
	}
	want := a.count(t, "SELECT count(*) FROM audit WHERE target_id LIKE '%2%' OR target_name LIKE '%2%'")
	if want < 1001 || seen != want {
		t.Errorf("%d of %d rows were seen", seen, want)
	}
}

// TestAuditShowsAMemberTriesInTheirName checks that a Member sees failed
// sign-ins as themselves, and none of others.
func TestAuditShowsAMemberTriesInTheirName(t *testing.T) {
	a, w := newFixture(t)
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	_, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = ?) WHERE id = ?", w.Owner.ID, m.UserID)
	if err != nil {
		t.Fatal(err)
	}
	signIn(a.visitor(t), "mel@example.com", "wrong wrong wrong")
	signIn(a.visitor(t), "ada@example.com", "wrong wrong wrong")
	p := a.as(t, m.UserID).Get("/a/acme/audit")
	if row := rowOf(p, models.EventUserSignInFailed); fmt.Sprint(events(p)) != "[user.login.failed]" || !strings.Contains(row, "mel@example.com") {
		t.Errorf("a member sees %v: %s", events(p), row)
	}
}
