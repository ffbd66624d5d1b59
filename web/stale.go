package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
)

// KeepVersion lets the form that was sent come back with what was typed and
// with the version that it was made from: what has changed since is told when
// it is sent again, and not overwritten.
func (c *Context) KeepVersion() {
	r := c.Request()
	if sent := c.Value(ui.VersionField); sent != "" {
		c.SetRequest(r.WithContext(ui.WithVersion(r.Context(), r.URL.Path, sent)))
	}
}

// answerStale answers a form that was made from what somebody else has changed
// since. It shows both, keeps what was typed, and offers to go on: the form in
// the answer was made from what is stored now.
func (c *Context) answerStale(s models.Stale) error {
	m := views.Stale{Changes: s.Changes, Action: c.Request().URL.Path, Fields: c.typed(s), Back: c.cameFromForm()}
	title := views.StaleTitle(c.Ctx())
	if c.WantsFragment() {
		h := c.Response().Header()
		h.Set("HX-Retarget", "#dialog")
		h.Set("HX-Reswap", "innerHTML")
		return c.write(http.StatusConflict, views.StaleDialog(m))
	}
	m.Page = true
	return c.write(http.StatusConflict, views.Framed(c.Chrome(title, "", ui.Crumb{Label: title}), views.StaleDialog(m)))
}

// cameFromForm is the page that the form was on: the one that it names, or the
// one that it was sent from.
func (c *Context) cameFromForm() string {
	if back := c.Value("back"); back != "" {
		return LocalPath(back)
	}
	return c.cameFrom()
}

// typed returns the fields of the sent form in order, made from what is stored
// now, and with the page to come back to. What the sender left as it was takes
// the value that somebody else gave it. What a password manager fills in is
// left out.
func (c *Context) typed(s models.Stale) []ui.HiddenField {
	sent := maps.Clone(c.Request().PostForm)
	if sent == nil {
		sent = url.Values{}
	}
	for _, secret := range []string{"password", "password_again", "current", "secret", "reauth"} {
		sent.Del(secret)
	}
	for _, change := range s.Changes {
		if !change.Untouched {
			continue
		}
		if in := change.Now.Input; in.Text == "" {
			sent.Del(in.Name)
		} else {
			sent.Set(in.Name, in.Text)
		}
	}
	sent.Set(ui.VersionField, string(s.Version))
	sent.Set("back", c.cameFromForm())
	var fields []ui.HiddenField
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		for _, value := range sent[name] {
			fields = append(fields, ui.HiddenField{Name: name, Value: value})
		}
	}
	return fields
}
