package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/storetest"
)

const ownSecret = "correct horse battery"

// pairFixture starts a console with Acme and a key that is a pair of the channel
// FTP.
func pairFixture(t testing.TB, chosen string) (*app, storetest.Fixture, models.Key, models.Credential) {
	t.Helper()
	a, w := newFixture(t)
	n := models.NewKey{Name: "Warehouse", Channel: models.ChannelFTP, Credential: models.NewCredential{Kind: models.CredentialPair}}
	if chosen != "" {
		n.Credential = models.NewCredential{Kind: models.CredentialChosen, Username: chosen, Secret: ownSecret}
	}
	k, c, err := a.store.MakeKey(t.Context(), w.Who, n, "")
	if err != nil {
		t.Fatal(err)
	}
	return a, w, k, c
}

// decidePair returns the gate's decision about a sign-in with the pair.
func (a *app) decidePair(username, value string) engine.Decision {
	return a.engine.Decide(engine.Request{Username: username, Credential: value, Channel: models.ChannelFTP, Login: true})
}

// TestChangeCredentials checks that a rotation asks and warns first, shows the
// new credentials in one answer only, and holds at the gate as soon as that
// answer arrives.
func TestChangeCredentials(t *testing.T) {
	a, w, k, old := pairFixture(t, "")
	c := a.as(t, w.Owner.ID)
	keyPage := keysPath + "/" + k.Sid
	ask := c.Get(keyPage + "/credentials")
	wantText(t, ask, "#change-credentials", "Change credentials of Warehouse", "will break", "Generated pair", "Choose my own", "Stop now", "7 days")
	form := ask.Form("#change-credentials form")
	if form.Fields.Get("grace") != "24" || form.Fields.Get("credential") != "pair" {
		t.Errorf("the form begins with %v", form.Fields)
	}
	made := form.Submit()
	wantStatus(t, made, http.StatusOK)
	username, value := attr(t, made, "#new-key-user", "value"), attr(t, made, "#new-key-value", "value")
	if !secret.PairWellFormed(value) || made.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q, kept by %q", value, made.Header.Get("Cache-Control"))
	}
	if d := a.decidePair(username, value); !d.Allowed() {
		t.Errorf("the new ones: %s", d.Reason)
	}
	if d := a.decidePair(old.Username, old.Value); !d.Allowed() || d.Previous == 0 {
		t.Errorf("the old ones: %s", d.Reason)
	}
	page := c.Get(keyPage)
	wantText(t, page, "#credentials", "FTP", username, "Previous credentials still work", old.Username, "Not used since the change")
	if strings.Contains(page.Body, value) || strings.Contains(c.Get(keysPath).Body, value) {
		t.Error("another page has the API Secret")
	}
	wantText(t, page, "#history", "Credentials changed", "Grace period", "24 hours")
	// A form that was loaded before the rotation is refused and changes
	// nothing.
	before := a.snapshot(t)
	again := form.Submit()
	wantStatus(t, again, http.StatusUnprocessableEntity)
	wantText(t, again, "main", "have changed in the meantime")
	if a.snapshot(t) != before {
		t.Error("a form of before changed something")
	}

	stop := c.Get(keyPage + "/credentials/stop")
	wantText(t, stop, "#stop-old", "Stop the previous credentials of Warehouse?", "Not used since the change")
	stopped := stop.Form("#stop-old form").Submit()
	wantText(t, stopped, "main", "The previous credentials were stopped.")
	if d := a.decidePair(old.Username, old.Value); d.Reason != engine.KeyUnknown {
		t.Errorf("the stopped ones: %s", d.Reason)
	}
	wantStatus(t, c.Get(keyPage+"/credentials/stop"), http.StatusNotFound)
}

// TestChangeCredentialsWithHTMX checks the dialog that htmx receives, and what
// it replaces on the key's page or in the list.
func TestChangeCredentialsWithHTMX(t *testing.T) {
	a, w, k, _ := pairFixture(t, "")
	keyPage := keysPath + "/" + k.Sid
	for _, from := range []struct{ page, part string }{{keyPage, "#credentials"}, {keysPath, "#keys"}} {
		c := a.as(t, w.Owner.ID).HX()
		if ask := c.Get(keyPage + "/credentials"); !ask.Has("dialog[data-show]") || ask.Has("main") {
			t.Fatal("htmx gets no dialog")
		}
		fields := url.Values{"credential": {"pair"}, "grace": {"1"}, "back": {from.page}}
		made := c.Post(keyPage+"/credentials", fields)
		wantStatus(t, made, http.StatusOK)
		user := attr(t, made, "dialog #new-key-user", "value")
		if !made.Has(`hx-partial[hx-target="` + from.part + `"]`) {
			t.Errorf("from %s: %.600s", from.page, made.Body)
		}
		if !strings.Contains(made.Text("hx-partial"), user) {
			t.Errorf("from %s: nothing behind the dialog has the new user name", from.page)
		}
		if n := strings.Count(made.Body, attr(t, made, "dialog #new-key-value", "value")); n > 3 { // field, file, command
			t.Errorf("the API Secret stands there %d times", n)
		}
	}
	c := a.as(t, w.Owner.ID).HX()
	if stop := c.Get(keyPage + "/credentials/stop"); !stop.Has("dialog[data-show]") {
		t.Error("htmx is not asked in a dialog")
	}
	stopped := c.Post(keyPage+"/credentials/stop", nil)
	wantStatus(t, stopped, http.StatusOK)
	wantText(t, stopped, ".toast", "The previous credentials were stopped.")
	if stopped.Has("dialog") || strings.Contains(stopped.Text("#credentials"), "still work") {
		t.Errorf("%.600s", stopped.Body)
	}
}

// TestChooseCredentials checks that refused credentials change nothing and come
// back with errors beside their fields, but without the API Secret.
func TestChooseCredentials(t *testing.T) {
	a, w, k, old := pairFixture(t, "bob")
	if _, _, err := a.store.MakeKey(t.Context(), w.Who, models.NewKey{Channel: models.ChannelFTP, Credential: models.NewCredential{
		Kind: models.CredentialChosen, Username: "Taken", Secret: ownSecret,
	}}, ""); err != nil {
		t.Fatal(err)
	}
	c := a.as(t, w.Owner.ID)
	ask := c.Get(keysPath + "/" + k.Sid + "/credentials")
	form := ask.Form("#change-credentials form")
	if form.Fields.Get("username") != "bob" || form.Fields.Get("credential") != "chosen" {
		t.Errorf("the form begins with %v", form.Fields)
	}
	before := a.snapshot(t)
	for _, tt := range []struct{ username, secret, words string }{
		{"taken", "another horse battery", "This API Key is already taken in this channel."},
		{"a b", "another horse battery", "Use only the letters A to Z"},
		{"bob", "short", "Use at least 12 characters."},
		{"bob", "kws_another horse battery", "cannot begin with"},
	} {
		refused := form.Set("username", tt.username).Set("secret", tt.secret).Submit()
		wantStatus(t, refused, http.StatusUnprocessableEntity)
		wantText(t, refused, "#change-credentials", tt.words)
		if strings.Contains(refused.Body, `value="`+tt.secret) || attr(t, refused, "[name=username]", "value") != tt.username {
			t.Errorf("%v came back with %.80s", tt, attr(t, refused, "[name=username]", "value"))
		}
	}
	for name, value := range map[string]string{"grace": "5", "credential": "token"} {
		fields := url.Values{"credential": {"pair"}, "grace": {"0"}}
		fields.Set(name, value)
		wantStatus(t, c.Post(keysPath+"/"+k.Sid+"/credentials", fields), http.StatusUnprocessableEntity)
	}
	if a.snapshot(t) != before {
		t.Error("a refusal changed something")
	}
	made := form.Set("username", "bob").Set("secret", "another horse battery").Set("grace", "1").Submit()
	wantStatus(t, made, http.StatusOK)
	if strings.Contains(made.Body, "another horse battery") {
		t.Error("the answer repeats the API Secret")
	}
	if d := a.decidePair("BOB", "another horse battery"); !d.Allowed() || d.Previous != 0 {
		t.Errorf("the new ones: %s", d.Reason)
	}
	if d := a.decidePair(old.Username, ownSecret); !d.Allowed() || d.Previous == 0 {
		t.Errorf("the old ones: %s", d.Reason)
	}
	a.pass(time.Hour)
	if d := a.decidePair(old.Username, ownSecret); d.Reason != engine.KeyUnknown {
		t.Errorf("an hour later: %s", d.Reason)
	}
}

// TestRotate checks that a single token is rotated in the same dialog, without
// a choice of what to rotate.
func TestRotate(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	old := a.value(t, w, keys[0].Sid)
	ask := c.Get(keysPath + "/" + keys[0].Sid + "/credentials")
	wantText(t, ask, "#change-credentials", "Rotate Seeded 1", "will break")
	if ask.Has("#own-credentials") {
		t.Error("a token can be chosen")
	}
	made := ask.Form("#change-credentials form").Set("grace", "0").Submit()
	wantStatus(t, made, http.StatusOK)
	wantText(t, made, "#changed-credentials", "The previous credentials no longer work.")
	value := attr(t, made, "#new-key-value", "value")
	if value == old || !secret.WellFormed(value) || a.value(t, w, keys[0].Sid) != value {
		t.Errorf("%q after %q", value, old)
	}
}

// TestWhitelistOverTheList checks that the IP Whitelist opens over the list
// with the same editor, and updates the list. Without htmx its address
// redirects to the key's page.
func TestWhitelistOverTheList(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid + "/whitelist"
	if p := c.Get(path); p.URL != keysPath+"/"+keys[0].Sid && !strings.HasPrefix(p.URL, keysPath+"/"+keys[0].Sid) {
		t.Errorf("without htmx: %s", p.URL)
	}
	hx := c.HX()
	open := hx.Get(path)
	wantText(t, open, "dialog", "IP Whitelist of Seeded 1", "New IP")
	post := func(at string, fields url.Values) string {
		fields.Set("back", keysPath)
		p := hx.Post(at, fields)
		if p.Has("#key-head") || p.Has("main") {
			t.Errorf("%s changes the key's page", at)
		}
		return p.Text("#whitelist") + " | " + p.Text(`hx-partial[hx-target="#keys"]`)
	}
	if said := post(path, url.Values{"ip": {"10.1.*.*"}}); !strings.Contains(said, "Only one asterisk") {
		t.Errorf("refused: %.300s", said)
	}
	if said := post(path, url.Values{"ip": {"10.1.*.7"}}); !strings.Contains(said, "10.1.*.7") || !strings.Contains(said, "1 address") {
		t.Errorf("added: %.300s", said)
	}
	post(path, url.Values{"ip": {"10.1.1.1"}})
	if said := post(path+"/remove", url.Values{"ip": {"10.1.1.1"}}); strings.Contains(said, "10.1.1.1") || !strings.Contains(said, "1 address") {
		t.Errorf("removed: %.300s", said)
	}
	if said := post(path+"/remove", url.Values{"ip": {"10.1.1.1"}}); !strings.Contains(said, "10.1.*.7") {
		t.Errorf("removed twice: %.300s", said)
	}
	last := hx.Post(path+"/remove", url.Values{"ip": {"10.1.*.7"}, "back": {keysPath}})
	wantText(t, last, "dialog#last-ip", "10.1.*.7")
	if said := post(path+"/remove", url.Values{"ip": {"10.1.*.7"}, "confirmed": {"1"}}); !strings.Contains(said, "any IP") || !strings.Contains(said, "Any IP") {
		t.Errorf("the last one removed: %.300s", said)
	}
	if n := len(a.key(t, w, keys[0].Sid).IPs); n != 0 {
		t.Errorf("%d addresses", n)
	}
}
