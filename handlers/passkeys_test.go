package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"keywicket/handlers"
	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/storetest"
	"keywicket/web/passkey"
	"keywicket/web/webtest"
)

// key is a passkey in a device.
type key struct {
	site virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

// newKey returns a passkey that is not registered yet.
func newKey() *key {
	return &key{
		site: virtualwebauthn.RelyingParty{Name: "Keywicket", ID: "localhost", Origin: "http://localhost:8080"},
		auth: virtualwebauthn.NewAuthenticator(), cred: newCredential(),
	}
}

// newCredential returns a credential whose public key has coordinates of 32
// bytes. The library omits leading zeros, which makes one public key in 128
// malformed.
func newCredential() virtualwebauthn.Credential {
	const coseKey = 77 // bytes
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == coseKey {
			return c
		}
	}
}

// newPasskeys starts a console with Ada at an address that allows passkeys.
func newPasskeys(t *testing.T) (*app, storetest.Fixture) {
	t.Helper()
	base, err := url.Parse("http://localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	ceremonies, err := passkey.New(base, "Keywicket")
	if err != nil {
		t.Fatal(err)
	}
	a := newAppWith(t, secret.NewPasswords(1), func(d *handlers.Deps) { d.Passkeys = ceremonies })
	return a, seedAda(t, a)
}

// begin requests a challenge from the server.
func begin(t *testing.T, c *webtest.Client, path string) (step, options string) {
	t.Helper()
	p := c.Send(http.MethodPost, path, url.Values{})
	var answer struct {
		Step    string          `json:"step"`
		Options json.RawMessage `json:"options"`
	}
	if err := json.Unmarshal([]byte(p.Body), &answer); err != nil {
		t.Fatalf("%s: %d %.200s", path, p.Status, p.Body)
	}
	return answer.Step, string(answer.Options)
}

// attest returns the device's response when it creates the passkey.
func (k *key) attest(t *testing.T, options string) string {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	k.auth.Options.UserHandle = []byte(o.UserID)
	k.auth.AddCredential(k.cred)
	return virtualwebauthn.CreateAttestationResponse(k.site, k.auth, k.cred, *o)
}

// sign returns the device's response to a challenge.
func (k *key) sign(t *testing.T, options string) string {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(k.site, k.auth, k.cred, *o)
}

// addTo adds the passkey in the profile of the signed-in user.
func (k *key) addTo(t *testing.T, c *webtest.Client, name string) *webtest.Page {
	t.Helper()
	step, options := begin(t, c, "/profile/passkeys/begin")
	return c.Get("/profile").Form(`form[action="/profile/passkeys"]`).Set("name", name).Set("step", step).Set("answer", k.attest(t, options)).Submit()
}

// signIn signs in by passkey on the sign-in page.
func (k *key) signIn(t *testing.T, c *webtest.Client) *webtest.Page {
	t.Helper()
	form := c.Get("/login?next=/profile").Form(`form[action="/login/passkey"]`)
	step, options := begin(t, c, "/login/passkey/begin")
	return form.Set("step", step).Set("answer", k.sign(t, options)).Submit()
}

func TestPasskey(t *testing.T) {
	a, w := newPasskeys(t)
	c, k := a.as(t, w.Owner.ID), newKey()
	if p := k.addTo(t, c, "Laptop"); p.URL != "/profile" || !strings.Contains(p.Text("#passkeys"), "Laptop") || !strings.Contains(p.Text("#passkeys"), "Never") {
		t.Fatalf("%d %s: %q", p.Status, p.URL, p.Text("main"))
	}
	v := a.visitor(t)
	if p := k.signIn(t, v); p.URL != "/profile" || !signedIn(v) || strings.Contains(p.Text("#passkeys"), "Never") {
		t.Fatalf("%d %s: %q", p.Status, p.URL, p.Text("main"))
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ? AND after = ?", models.EventUserSignIn, `{"by":"passkey"}`); n != 1 {
		t.Errorf("%d log-ins by passkey in the audit", n)
	}
	// A passkey replaces password and code.
	setUpApp(t, a, c)
	v = a.visitor(t)
	if p := k.signIn(t, v); p.URL != "/profile" {
		t.Errorf("beside an app it led to %s", p.URL)
	}
	// After its removal the passkey does not sign in; the page says so and
	// keeps the address to continue at.
	if p := c.Get("/profile").Form(`#passkeys form[action$="/remove"]`).Submit(); strings.Contains(p.Text("#passkeys"), "Laptop") {
		t.Error("it is still there")
	}
	v = a.visitor(t)
	p := k.signIn(t, v)
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("[role=alert]"), "cannot sign you in") || signedIn(v) || p.Form(`form[action="/login"]`).Fields.Get("next") != "/profile" {
		t.Errorf("after its removal: %d %q", p.Status, p.Text("main"))
	}
}

func TestPasskeyRefuses(t *testing.T) {
	a, w := newPasskeys(t)
	k := newKey()
	k.addTo(t, a.as(t, w.Owner.ID), "Laptop")
	elsewhere, unlocked, stranger := *k, *k, *newKey()
	elsewhere.site.Origin = "http://localhost:9999"
	unlocked.auth.Options.UserNotVerified = true
	stranger.auth.Options.UserHandle = k.auth.Options.UserHandle
	otherSite := *k
	otherSite.site.ID = "evil.test"
	forged := *newKey()
	forged.cred.ID = k.cred.ID
	forged.auth.Options.UserHandle = k.auth.Options.UserHandle
	for name, bad := range map[string]*key{
		"signed for another origin": &elsewhere, "signed for another site": &otherSite, "without seeing the person": &unlocked,
		"a passkey of nobody": &stranger, "a wrong signature": &forged,
	} {
		v := a.visitor(t)
		if p := bad.signIn(t, v); p.Status != http.StatusUnprocessableEntity || signedIn(v) {
			t.Errorf("%s: %d %s", name, p.Status, p.URL)
		}
	}
	// A challenge is valid once, for a limited time and for its purpose.
	v := a.visitor(t)
	step, options := begin(t, v, "/login/passkey/begin")
	answer := url.Values{"step": {step}, "answer": {k.sign(t, options)}}
	if v.Post("/login/passkey", answer); !signedIn(v) {
		t.Fatal("the first time failed")
	}
	again := a.visitor(t)
	if p := again.Post("/login/passkey", answer); p.Status != http.StatusUnprocessableEntity || signedIn(again) {
		t.Errorf("the same answer again: %d", p.Status)
	}
	step, _ = begin(t, again, "/login/passkey/begin")
	if p := again.Post("/login/passkey", url.Values{"step": {step}, "answer": answer["answer"]}); p.Status != http.StatusUnprocessableEntity || signedIn(again) {
		t.Errorf("the answer to another challenge: %d", p.Status)
	}
	step, options = begin(t, again, "/login/passkey/begin")
	a.pass(models.SignInTTL)
	if p := again.Post("/login/passkey", url.Values{"step": {step}, "answer": {k.sign(t, options)}}); p.Status != http.StatusUnprocessableEntity || signedIn(again) {
		t.Errorf("too late: %d", p.Status)
	}
	c := a.as(t, w.Owner.ID)
	step, options = begin(t, c, "/reauth/passkey/begin")
	if p := again.Post("/login/passkey", url.Values{"step": {step}, "answer": {k.sign(t, options)}}); p.Status != http.StatusUnprocessableEntity || signedIn(again) {
		t.Errorf("re-authentication's challenge at the sign-in: %d", p.Status)
	}
	for _, rubbish := range []string{"", "{}", "null", "[]", `{"id":"x"}`, strings.Repeat("[", 10000)} {
		step, _ = begin(t, again, "/login/passkey/begin")
		if p := again.Post("/login/passkey", url.Values{"step": {step}, "answer": {rubbish}}); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %d", rubbish, p.Status)
		}
	}
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE users SET disabled_at = ? WHERE id = ?", a.now(), w.Owner.ID); err != nil {
		t.Fatal(err)
	}
	if k.signIn(t, again); signedIn(again) {
		t.Error("a disabled person got in")
	}
}

// TestPasskeyThatWasCopied checks that a passkey whose counter goes backwards
// is refused as a copy.
func TestPasskeyThatWasCopied(t *testing.T) {
	a, w := newPasskeys(t)
	k := newKey()
	k.addTo(t, a.as(t, w.Owner.ID), "Stick")
	k.cred.Counter = 7
	if v := a.visitor(t); k.signIn(t, v).URL != "/profile" {
		t.Fatal("a count that goes on is refused")
	}
	k.cred.Counter = 6
	v := a.visitor(t)
	if p := k.signIn(t, v); p.Status != http.StatusUnprocessableEntity || signedIn(v) {
		t.Errorf("a count that went back: %d", p.Status)
	}
}

// TestPasskeyEndsWithTheStolenPassword checks that a passkey added with a
// stolen password ends with any reset of the password, and that the page and
// the mails say so.
func TestPasskeyEndsWithTheStolenPassword(t *testing.T) {
	a, w := newPasskeys(t)
	thief, k := a.as(t, w.Owner.ID), newKey()
	if p := k.addTo(t, thief, "Thief's"); p.Status != http.StatusOK || !strings.Contains(p.Text("#passkeys"), "Thief's") {
		t.Fatalf("%d %q", p.Status, p.Text("main"))
	}
	v := a.visitor(t)
	v.Get("/forgot").Form("form[action='/forgot']").Set("email", w.Owner.Email).Submit()
	a.mail.work(t)
	if asked := a.mail.sent[0].Text; !strings.Contains(asked, "removes your passkeys") {
		t.Errorf("the mail with the link says %q", asked)
	}
	page := v.Get(invitePath.FindString(a.mail.sent[0].Text))
	if said := page.Text("main"); !strings.Contains(said, "Your passkey is removed") || strings.Contains(said, "authenticator") {
		t.Errorf("the page says %q", said)
	}
	const next = "other unrelated words now"
	p := page.Form("form[action^='/reset/']").Set("password", next).Set("password_again", next).Submit()
	if !strings.Contains(p.Text("main"), "passkeys no longer work") {
		t.Errorf("afterwards it says %q", p.Text("main"))
	}
	a.mail.work(t)
	if told := a.mail.sent[1]; told.To != w.Owner.Email || !strings.Contains(told.Text, "Passkeys removed: 1") || !strings.Contains(told.Text, "Sessions ended: 1") {
		t.Errorf("the mail afterwards says %+v", told)
	}
	if p := k.signIn(t, thief); p.Status != http.StatusUnprocessableEntity || signedIn(thief) {
		t.Errorf("the passkey still signs in: %d", p.Status)
	}
}

// TestResetKeepsTheAuthenticatorApp checks that access to the mailbox does not
// replace the authenticator app.
func TestResetKeepsTheAuthenticatorApp(t *testing.T) {
	a, w := newPasskeys(t)
	setUpApp(t, a, a.as(t, w.Owner.ID))
	v := a.visitor(t)
	v.Get("/forgot").Form("form[action='/forgot']").Set("email", w.Owner.Email).Submit()
	a.mail.work(t)
	page := v.Get(invitePath.FindString(a.mail.sent[0].Text))
	if !strings.Contains(page.Text("main"), "Your authenticator app stays") {
		t.Errorf("the page says %q", page.Text("main"))
	}
	const next = "other unrelated words now"
	page.Form("form[action^='/reset/']").Set("password", next).Set("password_again", next).Submit()
	if p := signIn(v, w.Owner.Email, next); p.URL != "/login/code" || signedIn(v) {
		t.Errorf("the new password alone led to %s", p.URL)
	}
}

func TestPasskeysOfOthers(t *testing.T) {
	a, w := newPasskeys(t)
	k := newKey()
	ada := a.as(t, w.Owner.ID)
	k.addTo(t, ada, "Laptop")
	person := storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleMember)
	eve := a.as(t, person.UserID)
	if p := eve.Send(http.MethodPost, "/profile/passkeys/1/remove", url.Values{}); p.Status != http.StatusNotFound {
		t.Errorf("removing another's: %d", p.Status)
	}
	// A second user cannot register the same passkey, or use another user's
	// response.
	step, options := begin(t, eve, "/profile/passkeys/begin")
	p := eve.HX().Post("/profile/passkeys", url.Values{"name": {"Mine"}, "step": {step}, "answer": {k.attest(t, options)}})
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("[role=alert]"), "already in use") {
		t.Errorf("the same passkey: %d %q", p.Status, p.Text("#passkeys"))
	}
	own := newKey()
	own.addTo(t, eve, "Mine")
	step, options = begin(t, ada, "/profile/passkeys/begin")
	if p := eve.HX().Post("/profile/passkeys", url.Values{"name": {"x"}, "step": {step}, "answer": {newKey().attest(t, options)}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("another's step: %d", p.Status)
	}
	a.pass(models.ReauthTTL)
	step, options = begin(t, ada, "/reauth/passkey/begin")
	if p := ada.Send(http.MethodPost, "/reauth", url.Values{"step": {step}, "answer": {own.sign(t, options)}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("Eve's passkey for Ada's re-authentication: %d", p.Status)
	}
	if p := ada.Send(http.MethodPost, "/profile/totp/end", url.Values{}); !strings.HasPrefix(p.Location(), "/reauth") {
		t.Error("it was taken")
	}
}

func TestReauthWithAPasskey(t *testing.T) {
	a, w := newPasskeys(t)
	k := newKey()
	c := a.as(t, w.Owner.ID)
	if c.Get("/reauth").Has("[data-passkey]") {
		t.Error("it is offered to somebody without one")
	}
	k.addTo(t, c, "Laptop")
	a.pass(models.ReauthTTL)
	for _, path := range []string{"/profile/passkeys/begin", "/profile/passkeys", "/profile/passkeys/1/remove"} {
		if p := c.Send(http.MethodPost, path, url.Values{}); !strings.HasPrefix(p.Location(), "/reauth?") {
			t.Errorf("%s asks for no re-authentication: %d", path, p.Status)
		}
	}
	form := c.Get("/reauth?next=/profile").Form(`form[action="/reauth"]`)
	step, options := begin(t, c, "/reauth/passkey/begin")
	if p := form.Set("step", step).Set("answer", k.sign(t, options)).Submit(); p.URL != "/profile" {
		t.Fatalf("%d %s %q", p.Status, p.URL, p.Text("main"))
	}
	if p := c.Send(http.MethodPost, "/profile/totp/end", url.Values{}); strings.HasPrefix(p.Location(), "/reauth") {
		t.Error("it was no re-authentication")
	}
}

func TestPasskeyNames(t *testing.T) {
	a, w := newPasskeys(t)
	c := a.as(t, w.Owner.ID)
	if p := c.Get("/profile"); p.Find("#passkey-name").AttrOr("value", "") != "Firefox · Linux" {
		t.Errorf("the name proposed is %q", p.Find("#passkey-name").AttrOr("value", ""))
	}
	for _, client := range []*webtest.Client{c, c.HX()} {
		step, options := begin(t, c, "/profile/passkeys/begin")
		p := client.Post("/profile/passkeys", url.Values{"name": {strings.Repeat("x", 101)}, "step": {step}, "answer": {newKey().attest(t, options)}})
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "at most 100") {
			t.Errorf("%d %.300s", p.Status, p.Text("main"))
		}
	}
}

func TestNoPasskeysAtThisAddress(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	if p := c.Get("/profile"); p.Has("[data-passkey]") || !strings.Contains(p.Text("#passkeys"), "https://") {
		t.Errorf("%q", p.Text("#passkeys"))
	}
	if a.visitor(t).Get("/login").Has("[data-passkey], script[src*=passkey]") {
		t.Error("the sign-in page offers it")
	}
	for _, path := range []string{"/login/passkey/begin", "/reauth/passkey/begin", "/profile/passkeys/begin"} {
		client := c
		if strings.HasPrefix(path, "/login") {
			client = a.visitor(t)
		}
		if p := client.Send(http.MethodPost, path, url.Values{}); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	for address, want := range map[string]bool{
		"http://localhost:8080": true, "http://keys.localhost": true, "https://keys.example.com": true, "https://keys.example.com:8443": true,
		"http://keys.example.com": false, "http://127.0.0.1:8080": false, "https://192.0.2.7": false, "https://[::1]": false, "": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if passkey.Possible(u) != want {
			t.Errorf("passkeys at %q: %v", address, !want)
		}
	}
}
