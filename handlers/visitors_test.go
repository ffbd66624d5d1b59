package handlers_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
	"keywicket/web/webtest"
)

// costly returns the public GET routes that are limited like public changes.
func costly() map[string]bool { return map[string]bool{"sso.start": true, "sso.callback": true} }

// limitedRoutes returns the routes that are limited for each network address.
// New routes that change something without a sign-in are included.
func limitedRoutes(a *app) []web.Route {
	var out []web.Route
	for _, r := range a.routes {
		if r.Access.IsPublic() && (r.Method != http.MethodGet || costly()[r.Name]) {
			out = append(out, r)
		}
	}
	return out
}

// TestVisitorsAreLimited checks that every change without a sign-in is limited
// for each network address, and that one address does not use up another's
// limit.
func TestVisitorsAreLimited(t *testing.T) {
	a, w := newQuick(t)
	things := ids(t, a, w)
	flood := a.visitor(t)
	for n := 0; flood.Send(http.MethodPost, "/logout", url.Values{}).Status != http.StatusTooManyRequests; n++ {
		if n > 10_000 {
			t.Fatal("no limit")
		}
	}
	other := a.visitor(t)
	other.Remote = "192.0.2.99:50000"
	routes := limitedRoutes(a)
	for _, r := range routes {
		address := path(t, r.Path, things)
		p := flood.Send(r.Method, address, url.Values{})
		if p.Status != http.StatusTooManyRequests || !strings.Contains(p.Text("main"), "from your network address") {
			t.Errorf("%s: %d %q", r.Name, p.Status, p.Text("main"))
		}
		if n, err := strconv.Atoi(p.Header.Get("Retry-After")); err != nil || n < 1 {
			t.Errorf("%s: Retry-After %q", r.Name, p.Header.Get("Retry-After"))
		}
		if p := other.Send(r.Method, address, url.Values{}); p.Status == http.StatusTooManyRequests {
			t.Errorf("%s: another address is refused", r.Name)
		}
	}
	if len(routes) < 12 {
		t.Errorf("only %d routes", len(routes))
	}
	flood.Header.Set("Accept-Language", "zh-CN")
	if p := flood.Send(http.MethodPost, "/login", url.Values{}); !strings.Contains(p.Text("main"), "请求过多") {
		t.Errorf("in Chinese: %q", p.Text("main"))
	}
	if p := flood.Get("/login"); p.Status != http.StatusOK {
		t.Errorf("pages are refused: %d", p.Status)
	}
}

// TestStrangersTakeNothingFromThoseSignedIn checks that signed-in users have a
// limit of their own, which strangers at the same address cannot use up.
func TestStrangersTakeNothingFromThoseSignedIn(t *testing.T) {
	a, w := newQuick(t)
	things := ids(t, a, w)
	exhaust := func(c *webtest.Client) (let int) {
		for ; c.Send(http.MethodPost, "/preferences", url.Values{}).Status != http.StatusTooManyRequests; let++ {
			if let > 10_000 {
				t.Fatal("no limit")
			}
		}
		return let
	}
	stranger := a.visitor(t)
	exhaust(stranger)
	for _, r := range limitedRoutes(a) {
		for name, prepare := range map[string]func(*webtest.Client){
			"after a page":        func(c *webtest.Client) { c.Get("/profile") },
			"as the first of all": func(*webtest.Client) {},
		} {
			c := a.as(t, w.Owner.ID)
			prepare(c)
			if p := c.Send(r.Method, path(t, r.Path, things), url.Values{}); p.Status == http.StatusTooManyRequests {
				t.Errorf("%s, %s: %q", r.Name, name, p.Text("main"))
			}
		}
	}
	// An invalid cookie opens nothing, and many of them are not all looked up.
	for n := range 1000 {
		forger := a.visitor(t)
		forger.SetCookie(web.CookieName(false), "made-up-"+strconv.Itoa(n))
		if p := forger.Send(http.MethodPost, "/preferences", url.Values{}); p.Status != http.StatusTooManyRequests {
			t.Fatalf("a made-up cookie: %d", p.Status)
		}
	}
	late := a.as(t, w.Owner.ID)
	if p := late.Send(http.MethodPost, "/preferences", url.Values{}); p.Status != http.StatusTooManyRequests {
		t.Errorf("every made-up cookie is looked up: %d", p.Status)
	}
	if late.Get("/profile"); late.Send(http.MethodPost, "/preferences", url.Values{}).Status == http.StatusTooManyRequests {
		t.Error("a page does not make the session known")
	}
	// The user's limit covers all their sessions, and no other user's.
	exhaust(late)
	p := a.as(t, w.Owner.ID)
	p.Get("/profile")
	if page := p.Send(http.MethodPost, "/preferences", url.Values{}); page.Status != http.StatusTooManyRequests || !strings.Contains(page.Text("main"), "Too many requests.") {
		t.Errorf("another session gives more: %d %q", page.Status, page.Text("main"))
	}
	other := a.as(t, storetest.SeedUser(t, a.store, "Eve", "eve@example.com").ID)
	other.Get("/profile")
	if let := exhaust(other); let < 290 {
		t.Errorf("another person was let %d times", let)
	}
}

// TestEndedSessionsAreStrangers checks that requests with an ended session
// count for the address again.
func TestEndedSessionsAreStrangers(t *testing.T) {
	a, w := newQuick(t)
	c := a.as(t, w.Owner.ID)
	c.Get("/profile")
	token := c.Cookie(web.CookieName(false))
	c.Send(http.MethodPost, "/logout", url.Values{})
	c.SetCookie(web.CookieName(false), token)
	c.Get("/login")
	for range 301 {
		a.visitor(t).Send(http.MethodPost, "/preferences", url.Values{})
	}
	if p := c.Send(http.MethodPost, "/preferences", url.Values{}); p.Status != http.StatusTooManyRequests {
		t.Errorf("the ended session still counts for the person: %d", p.Status)
	}
}

// TestVisitorsPagesWriteNothing checks that a public GET that writes declares
// that it is limited.
func TestVisitorsPagesWriteNothing(t *testing.T) {
	a, w := newPasskeys(t)
	things := ids(t, a, w)
	version := dataVersion(t, a)
	before := version()
	for _, r := range a.routes {
		if r.Access.IsPublic() && r.Method == http.MethodGet && !costly()[r.Name] {
			a.visitor(t).Send(r.Method, path(t, r.Path, things), nil)
			if now := version(); now != before {
				t.Errorf("%s writes to the database", r.Name)
				before = now
			}
		}
	}
	// Requesting the challenge of a passkey writes nothing either.
	for range 20 {
		begin(t, a.visitor(t), "/login/passkey/begin")
	}
	if version() != before {
		t.Error("a visitor who asks for a challenge writes to the database")
	}
	if signIn(a.visitor(t), w.Owner.Email, "wrong wrong wrong"); version() == before {
		t.Error("the test does not notice writes")
	}
}

// dataVersion returns a function whose result changes with each write of
// another connection.
func dataVersion(t *testing.T, a *app) func() int {
	t.Helper()
	conn, err := storetest.DB(t, a.store).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return func() int {
		t.Helper()
		var n sql.NullInt64
		if err := conn.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return int(n.Int64)
	}
}

// TestStrangersAddLittleToTheAudit checks that strangers add only a limited
// number of rows to the audit log, which are kept for good, and one row that
// counts the others. Rows about users are not among them.
func TestStrangersAddLittleToTheAudit(t *testing.T) {
	a, w := newQuick(t)
	things := ids(t, a, w)
	all := "SELECT count(*) FROM audit"
	before, site := a.count(t, all), 0
	for _, r := range limitedRoutes(a) {
		for range 40 {
			site++
			c := a.visitor(t)
			c.Remote = fmt.Sprintf("[2001:db8:%x::1]:50000", site)
			c.Send(r.Method, path(t, r.Path, things), url.Values{
				"email": {fmt.Sprintf("nobody%d@example.com", site)}, "name": {"Nobody"}, "password": {"wrong wrong wrong"}, "code": {"000000"},
			})
		}
	}
	if n := a.count(t, all) - before; n != 20 {
		t.Errorf("strangers wrote %d rows", n)
	}
	signIn(a.visitor(t), w.Owner.Email, "wrong wrong wrong")
	if n := a.count(t, all+" WHERE event = ? AND target_id = ?", models.EventUserSignInFailed, w.Owner.Email); n != 1 {
		t.Errorf("%d rows about a person", n)
	}
	counted := all + " WHERE account_id = 0 AND event = ? AND after LIKE '{\"count\":' || ? || ',%'"
	a.pass(time.Hour - time.Second)
	if err := a.store.SettleStrangers(t.Context()); err != nil || a.count(t, counted, models.EventUserSignInFailed, 20) != 0 {
		t.Errorf("the window is not over: %v", err)
	}
	a.pass(time.Second)
	for range 2 {
		if err := a.store.SettleStrangers(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := a.count(t, counted, models.EventUserSignInFailed, 20); n != 1 {
			t.Errorf("%d rows have the number of the others", n)
		}
	}
	// The next window has its own rows, and its first event writes the count.
	for n := range 23 {
		c := a.visitor(t)
		c.Remote = fmt.Sprintf("[2001:db8:ffff:%x::1]:50000", n)
		signIn(c, fmt.Sprintf("other%d@example.com", n), "wrong wrong wrong")
	}
	if n := a.count(t, all+" WHERE target_id LIKE 'other%'"); n != 20 {
		t.Errorf("the next window has %d rows", n)
	}
	a.pass(time.Hour)
	signIn(a.visitor(t), "nobody@example.com", "wrong wrong wrong")
	if n := a.count(t, counted, models.EventUserSignInFailed, 3); n != 1 {
		t.Errorf("%d rows have the next number", n)
	}
}
