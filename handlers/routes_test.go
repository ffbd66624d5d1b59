package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
	"keywicket/web/webtest"
)

// unsafeRoutes returns the routes that change something.
func unsafeRoutes(a *app) []web.Route {
	var out []web.Route
	for _, r := range a.routes {
		if r.Method != http.MethodGet {
			out = append(out, r)
		}
	}
	return out
}

// inAccount reports whether the route belongs to an account.
func inAccount(r web.Route) bool { return strings.HasPrefix(r.Path, "/a/:account/") }

func TestEveryRouteHasAnAccessCheck(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	open := map[string]bool{
		"health": true, "ready": true, "setup.form": true, "setup.create": true,
		"login.passkey.begin": true, "login.passkey": true, "sso.start": true, "sso.callback": true, "login.code.form": true, "login.code": true,
		"login.form": true, "login": true, "invite.form": true, "invite.new": true,
		"forgot.form": true, "forgot": true, "reset.form": true, "reset": true, "logout": true, "preferences": true,
	}
	known := map[models.Permission]bool{}
	for _, p := range models.Permissions() {
		known[p] = true
	}
	for _, r := range a.routes {
		if r.Access.String() == "" {
			t.Errorf("%s has no access", r.Name)
		}
		if r.Access.IsPublic() != open[r.Name] {
			t.Errorf("%s is public: %v", r.Name, r.Access.IsPublic())
		}
		if p := r.Access.Permission(); inAccount(r) && !known[p] {
			t.Errorf("%s needs %q, which nobody has", r.Name, p)
		}
		if r.Access.IsPublic() {
			continue
		}
		c := a.visitor(t)
		address := path(t, r.Path, things)
		if p := c.Send(r.Method, address, url.Values{}); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location(), "/login") {
			t.Errorf("a visitor at %s got %d %s", r.Name, p.Status, p.Location())
		}
		if p := c.HX().Send(r.Method, address, url.Values{}); p.Status != http.StatusUnauthorized || !strings.HasPrefix(p.Header.Get("HX-Redirect"), "/login") {
			t.Errorf("a visitor's htmx at %s got %d", r.Name, p.Status)
		}
	}
}

func TestRolesAreHeldTo(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	before := a.snapshot(t)
	for _, role := range []models.Role{models.RoleAdmin, models.RoleMember} {
		person := storetest.SeedMember(t, a.store, w.Account, "P "+string(role), string(role)+"@example.com", role)
		before = a.snapshot(t)
		c := a.as(t, person.UserID)
		for _, r := range a.routes {
			p := r.Access.Permission()
			if p == "" || role.Can(p) {
				continue
			}
			if page := c.Send(r.Method, path(t, r.Path, things), url.Values{}); page.Status != http.StatusForbidden {
				t.Errorf("%s at %s (%s) got %d", role, r.Name, p, page.Status)
			}
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}

// TestOtherAccountsAreNotThere checks that no role can read or write another
// account, by its slug or by the IDs of its things under an own slug.
func TestOtherAccountsAreNotThere(t *testing.T) {
	a, w := newFixture(t)
	other := storetest.SeedOther(t, a.store, "Other")
	own, theirs := ids(t, a, w), ids(t, a, other)
	people := map[models.Role]int64{models.RoleOwner: w.Owner.ID}
	for _, role := range []models.Role{models.RoleAdmin, models.RoleMember} {
		people[role] = storetest.SeedMember(t, a.store, w.Account, "P "+string(role), string(role)+"@example.com", role).UserID
	}
	before := a.snapshot(t)
	for role, person := range people {
		for _, window := range []*webtest.Client{a.as(t, person), a.as(t, person).HX()} {
			for _, r := range a.routes {
				if !inAccount(r) {
					continue
				}
				foreign := path(t, r.Path, theirs)
				if p := window.Send(r.Method, foreign, url.Values{}); p.Status != http.StatusNotFound {
					t.Errorf("%s by the other's slug (%s) got the %s %d", r.Name, foreign, role, p.Status)
				}
				if mixed := path(t, r.Path, with(theirs, "account", w.Account.Slug)); mixed != path(t, r.Path, own) {
					strangersID(t, window, r, role, mixed, other.Account.Name)
				}
			}
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}

// strangersID requests a thing of another account under the user's own slug.
func strangersID(t *testing.T, window *webtest.Client, r web.Route, role models.Role, address, secret string) {
	t.Helper()
	p := window.Send(r.Method, address, url.Values{})
	want := http.StatusNotFound
	if !role.Can(r.Access.Permission()) {
		want = http.StatusForbidden
	}
	// An empty form may be refused before anything is looked up.
	if p.Status != want && (r.Method == http.MethodGet || want == http.StatusForbidden || p.Status < http.StatusBadRequest) {
		t.Errorf("%s by the other's id (%s) got the %s %d", r.Name, address, role, p.Status)
	}
	if strings.Contains(p.Body, secret) {
		t.Errorf("%s tells of the other account", r.Name)
	}
}

// TestMembersDoNotReachKeysOfOthers checks that a Member cannot reach the keys
// of others in the same account, on any route and by any method, and that no
// page mentions them.
func TestMembersDoNotReachKeysOfOthers(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	key, err := a.store.Key(t.Context(), w.Who, things["sid"])
	if err != nil {
		t.Fatal(err)
	}
	if err := a.store.SetKeyBasics(t.Context(), w.Who, key.Sid, "Vault of the owner", "", nil); err != nil {
		t.Fatal(err)
	}
	if err := a.store.SetKeyApps(t.Context(), w.Who, key.Sid, models.ScopeSome, []int64{w.Apps[0].ID}); err != nil {
		t.Fatal(err)
	}
	member := storetest.SeedMember(t, a.store, w.Account, "Mia", "mia@example.com", models.RoleMember)
	before := a.snapshot(t)
	for _, window := range []*webtest.Client{a.as(t, member.UserID), a.as(t, member.UserID).HX()} {
		for _, r := range a.routes {
			if !inAccount(r) {
				continue
			}
			address := path(t, r.Path, things)
			reads, names := r.Method == http.MethodGet, strings.Contains(r.Path, ":sid")
			if !reads && !names {
				continue
			}
			p := window.Send(r.Method, address, url.Values{})
			if names && p.Status != http.StatusNotFound && (reads || p.Status < http.StatusBadRequest) {
				t.Errorf("%s (%s) got %d", r.Name, address, p.Status)
			}
			for _, secret := range []string{"Vault of the owner", key.Prefix, key.Sid} {
				// The reader knows the address that they requested.
				if strings.Contains(p.Body, secret) && (!names || secret != key.Sid) {
					t.Errorf("%s (%s) tells of the key: %q", r.Name, address, secret)
				}
			}
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}

func TestCrossSiteChangesNothing(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	things["token"] = "x"
	c := a.as(t, w.Owner.ID)
	before := a.snapshot(t)
	for _, r := range unsafeRoutes(a) {
		for name, headers := range map[string][2]string{
			"another site":           {"cross-site", "https://evil.test"},
			"a sibling":              {"same-site", "http://www.keywicket.test"},
			"an older browser":       {"", "https://evil.test"},
			"a sandboxed frame":      {"", "null"},
			"a program without both": {"", ""},
		} {
			req := c.Request(r.Method, path(t, r.Path, things), url.Values{"name": {"evil"}, "enabled": {"0"}})
			req.Header.Del("Sec-Fetch-Site")
			req.Header.Del("Origin")
			if headers[0] != "" {
				req.Header.Set("Sec-Fetch-Site", headers[0])
			}
			if headers[1] != "" {
				req.Header.Set("Origin", headers[1])
			}
			if p := c.Do(req); p.Status != http.StatusForbidden {
				t.Errorf("%s from %s got %d", r.Name, name, p.Status)
			}
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
	if !signedIn(c) {
		t.Error("the session ended")
	}
}

// TestReadingChangesNothing checks that reading changes nothing: every GET
// route, by GET and HEAD, and every link on every page.
func TestReadingChangesNothing(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	c := a.as(t, w.Owner.ID)
	before := a.snapshot(t)
	var queue []string
	for _, r := range a.routes {
		if r.Method == http.MethodGet {
			queue = append(queue, path(t, r.Path, things))
		}
	}
	seen := map[string]bool{}
	for len(queue) > 0 && len(seen) < 400 {
		address := queue[0]
		queue = queue[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		head := c.Send(http.MethodHead, address, nil)
		p := c.Send(http.MethodGet, address, nil)
		if head.Status != p.Status {
			t.Errorf("HEAD %s gave %d, GET %d", address, head.Status, p.Status)
		}
		if p.Status >= http.StatusInternalServerError {
			t.Errorf("GET %s gave %d", address, p.Status)
		}
		if to := p.Location(); to != "" {
			queue = append(queue, to)
		}
		for _, link := range p.Find("a[href], [hx-get]").EachIter() {
			to := link.AttrOr("href", link.AttrOr("hx-get", ""))
			to, _, _ = strings.Cut(to, "#")
			if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/static/") {
				queue = append(queue, to)
			}
		}
	}
	if after := a.snapshot(t); after != before {
		t.Errorf("reading changed something")
	}
	if !signedIn(c) {
		t.Error("reading ended the session")
	}
	t.Logf("%d addresses read", len(seen))
}

func TestEveryPageIsPrivate(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	c := a.as(t, w.Owner.ID)
	for _, r := range a.routes {
		if r.Method != http.MethodGet {
			continue
		}
		p := c.Send(http.MethodGet, path(t, r.Path, things), nil)
		if p.Header.Get("Cache-Control") != "no-store" || !strings.Contains(p.Header.Get("Content-Security-Policy"), "default-src 'none'") || p.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", r.Name, p.Header)
		}
		if p.Has("[style], script:not([src]), [onclick], [hx-on], style") {
			t.Errorf("%s holds what the policy forbids", r.Name)
		}
	}
}
