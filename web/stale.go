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

// KeepVersion makes the form in the answer keep the version that the sent form was
// made from. If the stored values have changed since, sending it again reports
// the changes and does not overwrite them.
func (c *Context) KeepVersion() {
	r := c.Request()
	if sent := c.Value(ui.VersionField); sent != "" {
		c.SetRequest(r.WithContext(ui.WithVersion(r.Context(), r.URL.Path, sent)))
	}
}

// answerStale answers a form whose values somebody else has changed since it was
// made. It shows both values, keeps what was typed, and offers to continue: the
// form in the answer is made from the values that are stored now.
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

// cameFromForm returns the page with the form: the one in its field "back", or the
// one from which it was sent.
func (c *Context) cameFromForm() string {
	if back := c.Value("back"); back != "" {
		return LocalPath(back)
	}
	return c.cameFrom()
}

// typed returns the fields of the sent form in order, with the version that is
// stored now and the page to return to. A field that the sender did not change
// gets the value that somebody else gave it. Passwords are left out.
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
