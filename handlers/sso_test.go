package handlers_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
	"keywicket/web/webtest"
)

func TestSingleSignOn(t *testing.T) {
	p := newProvider(t)
	a, w := newSSO(t, p.config())
	c := a.visitor(t)
	login := c.Get("/profile?x=1")
	link := login.Find(`a[href^="/login/sso"]`)
	if strings.TrimSpace(link.Text()) != "Sign in with Example ID" {
		t.Fatalf("the sign-in page: %q", login.Text("main"))
	}
	before := a.snapshot(t)
	back := p.signInAt(t, c, link.AttrOr("href", ""), "ada")
	if a.snapshot(t) != before {
		t.Error("beginning changed something")
	}
	if page := land(c, back); page.URL != "/profile?x=1" || !signedIn(c) {
		t.Fatalf("the sign-in led to %s: %q", page.URL, page.Text("main"))
	}
	user, err := a.store.UserByIdentity(t.Context(), p.URL, "1")
	if err != nil || user.ID != w.Owner.ID {
		t.Errorf("the link: %v %v", user.ID, err)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ? AND after LIKE '%Example ID%'", models.EventUserSignIn); n != 1 {
		t.Errorf("%d log-ins in the audit", n)
	}
	// Repeat the provider's answer: in the browser whose sign-in is over, in
	// one that kept its cookie, and in a stranger's.
	for name, again := range map[string]string{"used up": "", "kept": c.Cookie(web.CookieName(false) + "-sso")} {
		thief := a.visitor(t)
		thief.SetCookie(web.CookieName(false)+"-sso", again)
		if page := land(thief, back); page.Status != http.StatusUnprocessableEntity || signedIn(thief) {
			t.Errorf("%s: %d %s", name, page.Status, page.URL)
		}
	}
	// The link is permanent: another address at the provider still signs in the
	// same user.
	p.person("1", "ada", "ada.lovelace@example.com", false)
	again := a.visitor(t)
	if page := land(again, p.signInAt(t, again, "/login/sso", "ada")); page.URL != "/a/acme/keys" {
		t.Errorf("the second sign-in led to %s: %q", page.URL, page.Text("main"))
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSSOLink); n != 1 {
		t.Errorf("%d links in the audit", n)
	}
}

// TestSingleSignOnTakesACodeOnce checks that the provider refuses a used code,
// whatever the browser keeps.
func TestSingleSignOnTakesACodeOnce(t *testing.T) {
	p := newProvider(t)
	a, _ := newSSO(t, p.config())
	c := a.visitor(t)
	back := p.signInAt(t, c, "/login/sso", "ada")
	kept := c.Cookie(web.CookieName(false) + "-sso")
	if kept == "" {
		t.Fatal("the browser keeps nothing")
	}
	if land(c, back); !signedIn(c) {
		t.Fatal("the first time failed")
	}
	if c.Cookie(web.CookieName(false)+"-sso") != "" {
		t.Error("the browser still keeps the sign-in")
	}
	thief := a.visitor(t)
	thief.SetCookie(web.CookieName(false)+"-sso", kept)
	if page := land(thief, back); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text("[role=alert]"), "could not be completed") || signedIn(thief) {
		t.Errorf("the second time: %d %q", page.Status, page.Text("main"))
	}
}

func TestSingleSignOnRefuses(t *testing.T) {
	p := newProvider(t)
	p.person("2", "eve", "eve@example.com", true)
	p.person("3", "unverified", "ada@example.com", false)
	p.person("4", "none", "", true)
	p.person("6", "wide", "ａda@example.com", true)
	p.person("5", "shout", "ADA@Example.com", true)
	a, w := newSSO(t, p.config())
	enter := func(t *testing.T, name string, change func(url.Values)) (string, int, bool) {
		c := a.visitor(t)
		back, err := url.Parse(p.signInAt(t, c, "/login/sso", name))
		if err != nil {
			t.Fatal(err)
		}
		q := back.Query()
		change(q)
		page := c.Get(back.Path + "?" + q.Encode())
		return page.Text("[role=alert]"), page.Status, signedIn(c)
	}
	nothing := func(url.Values) {}
	for name, tc := range map[string]struct {
		person string
		change func(url.Values)
		words  string
	}{
		"another mailbox":        {"wide", nothing, "ａda@example.com"},
		"somebody unknown":       {"eve", nothing, "eve@example.com"},
		"an unverified address":  {"unverified", nothing, "does not confirm that your e-mail"},
		"no address":             {"none", nothing, "does not confirm that your e-mail"},
		"another state":          {"ada", func(q url.Values) { q.Set("state", "x"+q.Get("state")[1:]) }, "could not be completed"},
		"no state":               {"ada", func(q url.Values) { q.Del("state") }, "could not be completed"},
		"another code":           {"ada", func(q url.Values) { q.Set("code", "x") }, "could not be completed"},
		"no code":                {"ada", func(q url.Values) { q.Del("code") }, "could not be completed"},
		"another issuer":         {"ada", func(q url.Values) { q.Set("iss", "https://evil.test") }, "could not be completed"},
		"the provider said no":   {"ada", func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, "did not sign you in"},
		"an answer for somebody": {"ada", func(q url.Values) { q.Set("state", "") }, "could not be completed"},
	} {
		t.Run(name, func(t *testing.T) {
			before := a.snapshot(t)
			words, status, in := enter(t, tc.person, tc.change)
			if in || status != http.StatusUnprocessableEntity || !strings.Contains(words, tc.words) {
				t.Errorf("%d, signed in %v: %q", status, in, words)
			}
			if a.snapshot(t) != before {
				t.Error("something changed")
			}
		})
	}
	// A new address at the provider does not move a linked user.
	if _, _, in := enter(t, "ada", nothing); !in {
		t.Fatal("Ada does not get in")
	}
	if words, _, in := enter(t, "shout", nothing); in || !strings.Contains(words, "already linked to another single sign-on identity") {
		t.Errorf("a second person with her address: signed in %v, %q", in, words)
	}
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE users SET disabled_at = ? WHERE id = ?", a.now(), w.Owner.ID); err != nil {
		t.Fatal(err)
	}
	if words, _, in := enter(t, "ada", nothing); in || !strings.Contains(words, "does not have access") {
		t.Errorf("a disabled person: signed in %v, %q", in, words)
	}
}

// TestSingleSignOnBindsTheAnswer checks that the nonce and the PKCE challenge
// of the request must match the answer.
func TestSingleSignOnBindsTheAnswer(t *testing.T) {
	p := newProvider(t)
	a, _ := newSSO(t, p.config())
	for name, alter := range map[string]func(url.Values){
		"another nonce":     func(q url.Values) { q.Set("nonce", "x") },
		"no nonce":          func(q url.Values) { q.Del("nonce") },
		"another challenge": func(q url.Values) { q.Set("code_challenge", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU") },
	} {
		p.alter = alter
		c := a.visitor(t)
		page := land(c, p.signInAt(t, c, "/login/sso", "ada"))
		if page.Status != http.StatusUnprocessableEntity || signedIn(c) || !strings.Contains(page.Text("[role=alert]"), "could not be completed") {
			t.Errorf("%s: %d %q", name, page.Status, page.Text("main"))
		}
	}
	p.alter = nil
	c := a.visitor(t)
	if land(c, p.signInAt(t, c, "/login/sso", "ada")); !signedIn(c) {
		t.Error("the request as it is does not get in")
	}
	if strings.Contains(a.log.String(), "code=") || strings.Contains(a.log.String(), "eyJ") {
		t.Error("a code or a token is in the log")
	}
}

// TestSingleSignOnTrustsOneIssuer checks that another provider cannot sign in
// the users of the first, and that a provider with another issuer name is
// refused.
func TestSingleSignOnTrustsOneIssuer(t *testing.T) {
	real, evil := newProvider(t), newProvider(t)
	a, _ := newSSO(t, real.config())
	c := a.visitor(t)
	back := real.signInAt(t, c, "/login/sso", "ada")
	e, _ := newSSO(t, evil.config())
	stolen, err := url.Parse(evil.signInAt(t, e.visitor(t), "/login/sso", "ada"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	q := own.Query()
	q.Set("code", stolen.Query().Get("code"))
	if page := c.Get(own.Path + "?" + q.Encode()); page.Status != http.StatusUnprocessableEntity || signedIn(c) {
		t.Errorf("another provider's code: %d", page.Status)
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { real.router.ServeHTTP(w, r) }))
	defer proxy.Close()
	cfg := real.config()
	cfg.Issuer = proxy.URL
	b, _ := newSSO(t, cfg)
	if page := b.visitor(t).Get("/login/sso"); page.Status != http.StatusServiceUnavailable {
		t.Errorf("a provider by another name: %d", page.Status)
	}
}

// TestSingleSignOnWhileTheProviderIsDown checks that the console works while
// the provider is down, says so, and needs no restart.
func TestSingleSignOnWhileTheProviderIsDown(t *testing.T) {
	p := newProvider(t)
	up := p.router
	p.router = http.NotFoundHandler()
	later, cfg := time.Duration(0), p.config()
	cfg.Now = func() time.Time { return time.Now().Add(later) }
	a, _ := newSSO(t, cfg)
	c := a.visitor(t)
	page := c.Get("/login/sso?next=/profile")
	if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Text("[role=alert]"), "Example ID is not responding") || page.Form(`form[action="/login"]`).Fields.Get("next") != "/profile" {
		t.Fatalf("%d %q", page.Status, page.Text("main"))
	}
	if signIn(a.visitor(t), "ada@example.com", password).URL != "/a/acme/keys" {
		t.Error("the password does not work")
	}
	p.router = up
	later = 5 * time.Second
	if land(c, p.signInAt(t, c, "/login/sso", "ada")); !signedIn(c) {
		t.Error("it needs more than the provider's return")
	}
}

func TestNoSingleSignOn(t *testing.T) {
	a, _ := newFixture(t)
	c := a.visitor(t)
	if c.Get("/login").Has(`a[href^="/login/sso"]`) {
		t.Error("the sign-in page offers it")
	}
	for _, path := range []string{"/login/sso", "/login/sso/callback?state=&code=x"} {
		if p := c.Send(http.MethodGet, path, nil); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestSingleSignOnRedirectsOnlyHere(t *testing.T) {
	p := newProvider(t)
	a, _ := newSSO(t, p.config())
	for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`} {
		c := a.visitor(t)
		back := p.signInAt(t, c, "/login/sso?next="+url.QueryEscape(next), "ada")
		if page := c.Send(http.MethodGet, strings.TrimPrefix(back, consoleAddress), nil); page.Location() != "/" {
			t.Errorf("%q led to %q", next, page.Location())
		}
	}
}

// TestSingleSignOnIsAsRecentAsTheProviderSays checks that a sign-in counts from
// the time that the provider reports: the provider may have asked nobody,
// because the browser was signed in there already.
func TestSingleSignOnIsAsRecentAsTheProviderSays(t *testing.T) {
	p := newProvider(t)
	a, w := newSSO(t, p.config())
	asked := func(c *webtest.Client) bool {
		return strings.HasPrefix(c.Send(http.MethodPost, "/profile/totp/end", url.Values{}).Location(), web.ReauthPath)
	}
	const missing = time.Duration(math.MaxInt64)
	since := time.Duration(0)
	p.authTime = func() time.Time {
		if since == missing {
			return time.Time{}
		}
		return a.now().Add(-since)
	}
	for name, tc := range map[string]struct {
		since  time.Duration
		recent bool
	}{
		"fresh":            {0, true},
		"nine minutes ago": {9 * time.Minute, true},
		"old":              {models.ReauthTTL, false},
		"missing":          {missing, false},
		"a clock ahead":    {-30 * time.Second, true},
		"future":           {-5 * time.Minute, false},
		"far future":       {-200 * 365 * 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			since = tc.since
			c := a.visitor(t)
			if land(c, p.signInAt(t, c, "/login/sso", "ada")); !signedIn(c) {
				t.Fatal("the sign-in failed")
			}
			if asked(c) == tc.recent {
				t.Errorf("the sign-in is recent: %v, want %v", !tc.recent, tc.recent)
			}
			// The same holds for re-authentication, in a session that is not
			// recent.
			old := a.as(t, w.Owner.ID)
			forgetReauth(t, a)
			page := land(old, p.signInAt(t, old, "/login/sso?again=1&next=/profile", "ada"))
			if page.URL != "/profile" || asked(old) == tc.recent {
				t.Errorf("re-authentication counts: %v, want %v", !tc.recent, tc.recent)
			}
			if tc.recent == strings.Contains(page.Text(".flash"), "did not confirm") {
				t.Errorf("the page says %q", page.Text(".flash"))
			}
			if n := a.count(t, "SELECT count(*) FROM sessions WHERE reauth_at > ?", a.now()); n != 0 {
				t.Errorf("%d sessions are verified in the future", n)
			}
		})
	}
	// A sign-in nine minutes ago counts for one more minute.
	since = 9 * time.Minute
	begun, again := a.visitor(t), a.as(t, w.Owner.ID)
	land(begun, p.signInAt(t, begun, "/login/sso", "ada"))
	land(again, p.signInAt(t, again, "/login/sso?again=1", "ada"))
	a.pass(time.Minute)
	if !asked(begun) || !asked(again) {
		t.Error("a sign-in counts from the time when it came here")
	}
}

// forgetReauth makes the last sign-in of every session a long time ago.
func forgetReauth(t *testing.T, a *app) {
	t.Helper()
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE sessions SET reauth_at = NULL"); err != nil {
		t.Fatal(err)
	}
}

// TestSingleSignOnAsReauth checks that users can re-authenticate at the
// provider, and only as themselves.
func TestSingleSignOnAsReauth(t *testing.T) {
	p := newProvider(t)
	p.person("2", "eve", "eve@example.com", true)
	a, w := newSSO(t, p.config())
	storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleMember)
	c := a.visitor(t)
	land(c, p.signInAt(t, c, "/login/sso", "ada"))
	e := a.visitor(t)
	land(e, p.signInAt(t, e, "/login/sso", "eve"))
	proven := func() bool {
		return !strings.HasPrefix(c.Send(http.MethodPost, "/profile/totp/end", url.Values{}).Location(), "/reauth")
	}
	a.pass(models.ReauthTTL)
	if proven() {
		t.Fatal("an old re-authentication counts")
	}
	asked := c.Get("/reauth?next=/profile")
	start := asked.Find(`a[href^="/login/sso"]`).AttrOr("href", "")
	first := c.Send(http.MethodGet, start, nil)
	if !strings.Contains(first.Location(), "prompt=login") || !strings.Contains(first.Location(), "max_age=0") {
		t.Errorf("the provider may answer from memory: %s", first.Location())
	}
	if page := land(c, p.signInAt(t, c, start, "eve")); page.URL != "/profile" || proven() || !strings.Contains(page.Text(".person-name"), "Ada") {
		t.Errorf("somebody else's sign-in is re-authentication: %s", page.URL)
	}
	a.pass(-models.ReauthTTL + time.Minute) // the provider's clock is the real one
	if page := land(c, p.signInAt(t, c, start, "ada")); page.URL != "/profile" {
		t.Errorf("her own: %s", page.URL)
	}
	a.pass(models.ReauthTTL - 2*time.Minute)
	if !proven() {
		t.Error("her own sign-in is no re-authentication")
	}
}
