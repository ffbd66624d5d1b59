package keys

import (
	"context"
	"strconv"
	"strings"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/web"
)

// keyScopes is the part of the store that the two scopes need.
type keyScopes interface {
	// ListApps returns one page of the account's apps, or all of them.
	ListApps(ctx context.Context, who models.Actor, q models.AppQuery) (models.AppPage, error)
	// Catalogue returns the account's APIs by family.
	Catalogue(ctx context.Context, who models.Actor) ([]models.FamilyRow, error)
	// SetKeyApps sets Scope (App). Some Apps with no ids allows no app.
	SetKeyApps(ctx context.Context, who models.Actor, sid string, mode models.ScopeMode, ids []int64) error
	// SetKeyAPIs sets Scope (API) in the same way.
	SetKeyAPIs(ctx context.Context, who models.Actor, sid string, mode models.ScopeMode, ids []int64) error
}

// scopeForm is a scope as it was sent.
type scopeForm struct {
	mode models.ScopeMode
	ids  []int64
	find string // what to look for among many apps
}

func (f scopeForm) chosen() map[int64]bool {
	set := make(map[int64]bool, len(f.ids))
	for _, id := range f.ids {
		set[id] = true
	}
	return set
}

// readScope parses a scope: its mode, the checked boxes named field, and the chosen apps that the form carries in a
// hidden field.
func readScope(c *web.Context, mode, field string) (scopeForm, error) {
	f := scopeForm{mode: models.ScopeMode(c.Value(mode)), find: c.Value("find")}
	texts := c.Values(field)
	if kept := c.Value("kept"); kept != "" && field == "app" && c.Value("step") != "drop" {
		texts = append(strings.Split(kept, ","), texts...)
	}
	for _, text := range texts {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return f, models.Refuse(models.CodeInvalid, field+"s", "errors.choice")
		}
		f.ids = append(f.ids, id)
	}
	return f, nil
}

// saveApps saves Scope (App). If the form asks to search among many apps, it saves nothing.
func (h handlers) saveApps(c *web.Context) error {
	sid := c.Param("sid")
	form, err := readScope(c, "mode", "app")
	if err == nil && c.Value("step") != "" {
		return h.findApps(c, sid, form)
	}
	if err == nil {
		err = h.store.SetKeyApps(c.Ctx(), c.Actor, sid, form.mode, form.ids)
	}
	shown := &form
	if err == nil {
		shown = nil
	}
	s := section{
		onPage: view.KeyAppsSection, said: c.T("keys.said.apps"),
		load: func(c *web.Context, m *view.KeyDetails) error { return h.loadApps(c, m, shown) },
	}
	return h.answer(c, sid, s, err)
}

// findApps renders the form with the apps that match and everything that was chosen.
func (h handlers) findApps(c *web.Context, sid string, form scopeForm) error {
	m, err := h.details(c, sid)
	if err != nil {
		return err
	}
	if !c.WantsFragment() {
		if err := h.fill(c, &m); err != nil {
			return err
		}
	}
	if err := h.loadApps(c, &m, &form); err != nil {
		return err
	}
	c.KeepVersion()
	return c.Render(h.keyPage(c, m), view.KeyAppsSection(m))
}

func (h handlers) saveAPIs(c *web.Context) error {
	sid := c.Param("sid")
	form, err := readScope(c, "mode", "api")
	if err == nil {
		err = h.store.SetKeyAPIs(c.Ctx(), c.Actor, sid, form.mode, form.ids)
	}
	shown := &form
	if err == nil {
		shown = nil
	}
	s := section{
		onPage: view.KeyAPIsSection, said: c.T("keys.said.apis"),
		load: func(c *web.Context, m *view.KeyDetails) error { return h.loadAPIs(c, m, shown) },
	}
	return h.answer(c, sid, s, err)
}

// loadApps fills the picker of Scope (App), from the key or from the form if one was sent.
func (h handlers) loadApps(c *web.Context, m *view.KeyDetails, sent *scopeForm) error {
	page, err := h.store.ListApps(c.Ctx(), c.Actor, models.AppQuery{All: true})
	if err != nil {
		return err
	}
	form := scopeForm{mode: m.Key.ScopeApps}
	for _, a := range m.Key.Apps {
		form.ids = append(form.ids, a.ID)
	}
	if sent != nil {
		form = *sent
	}
	m.Apps = view.NewAppScope(page.Rows, form.mode, form.chosen(), form.find)
	m.Apps.Unsaved = sent != nil
	return nil
}

// loadAPIs fills the picker of Scope (API) in the same way.
func (h handlers) loadAPIs(c *web.Context, m *view.KeyDetails, sent *scopeForm) error {
	families, err := h.store.Catalogue(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	form := scopeForm{mode: m.Key.ScopeAPIs}
	for _, a := range m.Key.APIs {
		form.ids = append(form.ids, a.ID)
	}
	if sent != nil {
		form = *sent
	}
	m.APIs = view.APIScope{Mode: form.mode, Families: families, Chosen: form.chosen(), Unsaved: sent != nil}
	return nil
}
