package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"keywicket/web/webtest"
)

// TestFormsShowAllTheirMistakes checks that a form with several wrong fields
// comes back with an error beside each of them.
func TestFormsShowAllTheirMistakes(t *testing.T) {
	a, _, keys, c := keysFixture(t, 1)
	fresh := newApp(t)
	key := keysPath + "/" + keys[0].Sid
	long := strings.Repeat("x", 501)
	for _, f := range []struct {
		name, path, form string
		client           *webtest.Client
		typed            map[string]string
		wrong            string
	}{
		{"a key", keysPath + "/new", "#key-form form", c, map[string]string{
			"name": long, "description": long, "expires": "date", "expires_at": "2001-01-01", "credential": "chosen", "username": "a b", "secret": "short",
		}, "name description expires_at username secret"},
		{"a key, its date unreadable", keysPath + "/new", "#key-form form", c, map[string]string{
			"name": long, "description": long, "expires": "date", "expires_at": "soon",
		}, "name description expires_at"},
		{"a key's basics", key, "#basics form", c, map[string]string{"name": "", "description": long, "expires_at": "soon"}, "name description expires_at"},
		{"a key's basics, with a right date", key, "#basics form", c, map[string]string{"name": "", "description": long}, "name description"},
		{"a key's limit", key, "#limits form", c, map[string]string{"rate_requests": "-1", "rate_window": "0"}, "rate_requests rate_window"},
		{"an app", "/a/acme/apps/new", "main form[action='/a/acme/apps']", c, map[string]string{"app_id": "a b", "name": long}, "app_id name"},
		{"an API", "/a/acme/catalogue/apis/new", "main form[action$='/apis']", c, map[string]string{
			"name": "a b", "path": "data", "rate": "-1", "bound": "1", "app_source": "header", "app_field": "a b",
		}, "name path rate app_field"},
		{"a plugin", "/a/acme/plugins/new", "main form[action='/a/acme/plugins']", c, map[string]string{"plugin_id": "a b", "name": long}, "plugin_id name"},
		{"a sub-account", subaccountsPage + "/new", "main form[action$='/subaccounts']", c, map[string]string{"name": "", "slug": "a b"}, "name slug"},
		{"set-up", "/setup/" + setupToken(t, fresh), `form[action^="/setup/"]`, fresh.visitor(t), map[string]string{
			"account": "", "name": "", "email": "ada", "password": "short",
		}, "account name email password"},
		{"somebody who joins", invited(t, c, "admin", ""), "form[action^='/invite/']", a.visitor(t), map[string]string{
			"name": "", "email": "nina", "password": "short",
		}, "name email password"},
	} {
		form := f.client.Get(f.path).Form(f.form)
		for field, value := range f.typed {
			form.Set(field, value)
		}
		p := form.Submit()
		if p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d, wanted 422: %.200s", f.name, p.Status, p.Text("main, body"))
			continue
		}
		for field := range strings.FieldsSeq(f.wrong) {
			if fieldError(p, "f-"+field) == "" {
				t.Errorf("%s: no words beside %s", f.name, field)
			}
		}
	}
}
