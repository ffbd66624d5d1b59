package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

const keysPath = "/a/acme/keys"

// keysFixture starts a console with Acme and n keys, and returns its owner's
// browser.
func keysFixture(t testing.TB, n int) (*app, storetest.Fixture, []models.Key, *webtest.Client) {
	t.Helper()
	a, w := newFixture(t)
	return a, w, storetest.SeedKeys(t, a.store, w.Who, n), a.as(t, w.Owner.ID)
}

// key returns the stored key.
func (a *app) key(t testing.TB, w storetest.Fixture, sid string) models.KeyDetail {
	t.Helper()
	k, err := a.store.Key(t.Context(), w.Who, sid)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// value returns the key's value from the store.
func (a *app) value(t testing.TB, w storetest.Fixture, sid string) string {
	t.Helper()
	v, err := a.store.RevealKey(t.Context(), w.Who, sid)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantStatus checks the status of a page.
func wantStatus(t testing.TB, p *webtest.Page, status int) {
	t.Helper()
	if p.Status != status {
		t.Fatalf("%s answered %d, wanted %d: %.400s", p.URL, p.Status, status, p.Body)
	}
}

// wantText checks that an element contains all parts.
func wantText(t testing.TB, p *webtest.Page, selector string, parts ...string) {
	t.Helper()
	text := p.Text(selector)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s (%d): %s has no %q; it says: %.600s", p.URL, p.Status, selector, part, text)
		}
	}
}

// attr returns an attribute of the only matching element.
func attr(t testing.TB, p *webtest.Page, selector, name string) string {
	t.Helper()
	v, ok := p.Find(selector).Attr(name)
	if !ok {
		t.Fatalf("%s: %s has no %s: %.400s", p.URL, selector, name, p.Body)
	}
	return v
}

func TestCreateAtOnce(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	list := c.Get(keysPath)
	wantText(t, list, "main", "No API keys yet", "Create API Key")
	made := list.Form("#create").Submit()
	wantStatus(t, made, http.StatusOK)
	value := attr(t, made, "#new-key-value", "value")
	if !secret.WellFormed(value) {
		t.Errorf("the page shows %q, which is no key", value)
	}
	if made.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer with the value may be kept: Cache-Control %q", made.Header.Get("Cache-Control"))
	}
	again := c.Get(keysPath)
	if strings.Contains(again.Body, value) {
		t.Error("the list has the value in its source")
	}
	wantText(t, again, "tbody tr", "API Key 1", "All Apps", "All APIs", "Any IP", "Never", "Enabled", value[:7]+"••••"+value[len(value)-4:])
	k := a.key(t, w, strings.TrimPrefix(attr(t, again, "tbody tr", "id"), "key-"))
	if !k.Enabled || k.ScopeApps != models.ScopeAll || k.ScopeAPIs != models.ScopeAll || len(k.IPs) != 0 || k.ExpiresAt != nil {
		t.Errorf("a new key is %+v", k)
	}
}

func TestCreateWithHTMX(t *testing.T) {
	_, _, _, c := keysFixture(t, 3)
	form := c.Get(keysPath + "?filter=disabled").Form("#create")
	p := c.HX().Post(keysPath, form.Fields)
	wantStatus(t, p, http.StatusOK)
	if p.Has("html head title") || !p.Has("#keys") {
		t.Error("htmx got something else than the list")
	}
	value := attr(t, p, "#new-key-value", "value")
	if !secret.WellFormed(value) || strings.Count(p.Body, value) != 3 {
		t.Errorf("the value %q stands %d times in the answer, wanted the field, the file and the command", value, strings.Count(p.Body, value))
	}
	if command := p.Text("#first-request"); !strings.HasPrefix(command, "curl -s http://127.0.0.1:8081/v1/verify ") || !strings.Contains(command, `"key":"`+value+`"`) {
		t.Errorf("the command for a first request is %q", command)
	}
	wantText(t, p, "tr[data-fresh]", "API Key 1")
	if got := p.Header.Get("HX-Push-Url"); got != keysPath {
		t.Errorf("HX-Push-Url = %q, wanted the whole list", got)
	}
	if next := attr(t, p, "#create-idempotency-key", "value"); next == "" || next == form.Fields.Get("idempotency_key") {
		t.Errorf("the next request has the token %q", next)
	}
}

func TestIdempotencyKeyMakesOneKey(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	press := c.Get(keysPath).Form("#create").Fields
	values := make([]string, 24)
	var wg sync.WaitGroup
	for i := range values {
		window := c.Clone()
		if i%2 == 0 {
			window = c.HX()
		}
		wg.Go(func() {
			p := window.Send(http.MethodPost, keysPath, press)
			values[i], _ = p.Find("#new-key-value").Attr("value")
		})
	}
	wg.Wait()
	for i, v := range values {
		if v == "" || v != values[0] {
			t.Errorf("request %d shows %q, the first %q", i, v, values[0])
		}
	}
	if n := a.count(t, "SELECT count(*) FROM keys WHERE account_id = ?", w.Account.ID); n != 1 {
		t.Errorf("one request made %d keys", n)
	}
}

func TestRepeatedRequestForAShowOnceKey(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	showOnce(t, a, w)
	form := c.Get(keysPath).Form("#create")
	first := form.Submit()
	wantText(t, first, "main", "You will not see it again")
	second := form.Submit()
	wantText(t, second, "main", "This form was already submitted", "Its value was shown once")
	if second.Has("#new-key-value") {
		t.Error("a value that is not stored was shown twice")
	}
}

// showOnce makes the values of the account's next keys show-once.
func showOnce(t testing.TB, a *app, w storetest.Fixture) {
	t.Helper()
	once := func(acc *models.Account) { acc.KeyVisibility = models.ShowOnce }
	if err := a.store.UpdateAccount(t.Context(), w.Who, once); err != nil {
		t.Fatal(err)
	}
}

func TestTheKeyAfterTheLast(t *testing.T) {
	a, w, keys, c := keysFixture(t, models.MaxKeysPerAccount-1)
	list := c.Get(keysPath)
	wantText(t, list, ".strip", "499", "of 500")
	// Fifty requests arrive at the same time.
	var wg sync.WaitGroup
	statuses := make([]int, 50)
	for i := range statuses {
		window := c.Clone()
		wg.Go(func() {
			statuses[i] = window.Send(http.MethodPost, keysPath, url.Values{"idempotency_key": {fmt.Sprintf("press %d", i)}}).Status
		})
	}
	wg.Wait()
	made := 0
	for _, s := range statuses {
		switch s {
		case http.StatusOK:
			made++
		case http.StatusConflict:
		default:
			t.Errorf("a request was answered with %d", s)
		}
	}
	if n := a.count(t, "SELECT count(*) FROM keys WHERE account_id = ?", w.Account.ID); made != 1 || n != 500 {
		t.Errorf("%d keys were made, the account has %d", made, n)
	}
	words := "An account can have at most 500 API keys. This one has 500."
	plain := list.Form("#create").Submit()
	wantStatus(t, plain, http.StatusConflict)
	wantText(t, plain, `main [role=alert]`, words)
	if !plain.Has("tbody tr") {
		t.Error("the refusal took the list away")
	}
	wantText(t, c.HX().Post(keysPath, url.Values{"idempotency_key": {"x"}}), "#keys [role=alert]", words)
	copied := c.Post(keysPath+"/"+keys[0].Sid+"/copy", url.Values{"idempotency_key": {"y"}})
	wantStatus(t, copied, http.StatusConflict)
	wantText(t, copied, "main", words)
	c.Get(keysPath + "/" + keys[0].Sid)
	fromDetails := c.HX().Post(keysPath+"/"+keys[0].Sid+"/copy", url.Values{"idempotency_key": {"z"}})
	wantStatus(t, fromDetails, http.StatusConflict)
	wantText(t, fromDetails, ".toast", words)
}

func TestRevealIsAskedForAndAudited(t *testing.T) {
	a, w, keys, c := keysFixture(t, 2)
	sid, value := keys[0].Sid, a.value(t, w, keys[0].Sid)
	reveals := func() int {
		return a.count(t, "SELECT count(*) FROM audit WHERE event = 'api.key.reveal' AND target_id = ?", sid)
	}
	before := reveals()
	for _, path := range []string{keysPath, keysPath + "/" + sid, keysPath + "/" + sid + "/delete"} {
		if p := c.Get(path); strings.Contains(p.Body, value) {
			t.Errorf("%s has the hidden value in its source", path)
		}
	}
	action := keysPath + "/" + sid + "/reveal"
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		wantStatus(t, c.Send(method, action, nil), http.StatusMethodNotAllowed)
	}
	if reveals() != before {
		t.Fatal("looking at pages counts as a reveal")
	}

	page := c.Get(keysPath).Form("#secret-" + sid + " form.secret-show").Submit()
	wantStatus(t, page, http.StatusOK)
	if got := attr(t, page, "#revealed-value", "value"); got != value {
		t.Errorf("the page shows %q", got)
	}
	if back := attr(t, page, "a[data-close]", "href"); back != keysPath {
		t.Errorf("the page leads back to %q", back)
	}
	fragment := c.HX().Post(action, url.Values{})
	wantText(t, fragment, "#secret-"+sid+"[data-shown]", value)
	if strings.Contains(fragment.Body, "<main") {
		t.Error("htmx got a page")
	}
	r := c.Request(http.MethodPost, action, url.Values{})
	r.Header.Set("Accept", "text/plain")
	bare := c.Do(r)
	if bare.Body != value || !strings.HasPrefix(bare.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("the copy button got %q as %q", bare.Body, bare.Header.Get("Content-Type"))
	}
	for _, p := range []*webtest.Page{page, fragment, bare} {
		if p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a value may be kept: Cache-Control %q", p.Header.Get("Cache-Control"))
		}
	}
	if n := reveals() - before; n != 3 {
		t.Errorf("three reveals left %d rows in the audit", n)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE before LIKE '%'||?||'%' OR after LIKE '%'||?||'%'", value, value); n != 0 || strings.Contains(a.log.String(), value) {
		t.Error("the audit or the log has the value")
	}
	wantText(t, c.Get(keysPath+"/"+sid), "#history", "Value shown or copied")
}

func TestAValueThatIsNotKeptSaysWhy(t *testing.T) {
	a, w, _, c := keysFixture(t, 0)
	showOnce(t, a, w)
	value := attr(t, c.Get(keysPath).Form("#create").Submit(), "#new-key-value", "value")
	list := c.Get(keysPath)
	wantText(t, list, "tbody .key-value", "Shown once")
	if list.Has(".secret-show") || list.Has("[data-copy-from]") {
		t.Error("a value that is not stored has an eye")
	}
	sid := strings.TrimPrefix(attr(t, list, "tbody tr", "id"), "key-")
	wantText(t, c.Get(keysPath+"/"+sid), "#basics", "is not stored")
	refused := c.Post(keysPath+"/"+sid+"/reveal", url.Values{})
	wantStatus(t, refused, http.StatusConflict)
	if strings.Contains(refused.Body, value) {
		t.Error("the value came back")
	}
}

func TestCopyTheEntireKey(t *testing.T) {
	a, w, keys, c := keysFixture(t, 2)
	ctx, from := t.Context(), keys[0]
	for _, err := range []error{
		a.store.SetKeyApps(ctx, w.Who, from.Sid, models.ScopeSome, []int64{w.Apps[0].ID, w.Apps[1].ID}),
		a.store.SetKeyAPIs(ctx, w.Who, from.Sid, models.ScopeSome, []int64{w.APIByName(t, "data.list").ID}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, ip := range []string{"10.1.2.3", "10.2.*.4"} {
		if _, err := a.store.AddKeyIP(ctx, w.Who, from.Sid, ip); err != nil {
			t.Fatal(err)
		}
	}
	list := c.Get(keysPath)
	form := list.Form("#menu-" + from.Sid + " form")
	made := form.Submit()
	wantStatus(t, made, http.StatusOK)
	value := attr(t, made, "#new-key-value", "value")
	if value == a.value(t, w, from.Sid) || !secret.WellFormed(value) {
		t.Errorf("the copy's value is %q", value)
	}
	sid := made.Find("main a[href^='"+keysPath+"/']").Last().AttrOr("href", "")[len(keysPath)+1:]
	got, want := a.key(t, w, sid), a.key(t, w, from.Sid)
	if len(got.Apps) != 2 || len(got.APIs) != 1 || len(got.IPs) != 2 || got.IPs[1].Rule != "10.2.*.4" || got.ScopeApps != models.ScopeSome {
		t.Errorf("the copy is %+v", got)
	}
	if got.Name != want.Name+" (copy)" || a.value(t, w, sid) != value {
		t.Errorf("the copy is called %q", got.Name)
	}
	wantText(t, made, "main", "is ready to use")
	a.enable(t, w, keys[1].Sid, false)
	// Repeating the request makes no second copy; the idempotency key of
	// another row does.
	form.Submit()
	c.HX().Post(keysPath+"/"+from.Sid+"/copy", form.Fields)
	wantText(t, list.Form("#menu-"+keys[1].Sid+" form").Submit(), "main", "is disabled, like the key that it was copied from")
	if n := a.count(t, "SELECT count(*) FROM keys"); n != 4 {
		t.Errorf("two requests made %d keys of 2", n)
	}
	// On the details page the answer is only the dialog.
	c.Get(keysPath + "/" + from.Sid)
	alone := c.HX().Post(keysPath+"/"+from.Sid+"/copy", url.Values{"idempotency_key": {"another"}})
	if !alone.Has("#new-key-value") || alone.Has("#keys") {
		t.Errorf("the details page got %.300s", alone.Body)
	}
}

// A form without an idempotency key would make another key each time it is sent.
func TestNoKeyWithoutAnIdempotencyKey(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	for path, form := range map[string]url.Values{
		keysPath: {}, keysPath + "/" + keys[0].Sid + "/copy": {}, keysPath + "/new": {"channel": {"rest"}, "credential": {"token"}},
	} {
		wantStatus(t, c.Post(path, form), http.StatusUnprocessableEntity)
		wantStatus(t, c.HX().Post(path, form), http.StatusUnprocessableEntity)
	}
	page, err := a.store.ListKeys(t.Context(), w.Who, models.KeyQuery{})
	if err != nil || page.Total != 1 {
		t.Errorf("%d keys of 1, %v", page.Total, err)
	}
}
