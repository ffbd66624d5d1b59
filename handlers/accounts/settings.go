package accounts

import (
	"context"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/accounts"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// settingsStore lists the store methods that the account settings need.
type settingsStore interface {
	// UpdateAccount applies change to the current state of the actor's account.
	UpdateAccount(ctx context.Context, who models.Actor, change func(*models.Account)) error
	catalogueSwitcher
}

// settingsHandlers serves the account settings, one form for each section.
type settingsHandlers struct {
	page.Area
	store settingsStore
	gate  views.GateAddress
}

// settingsRoutes returns the routes of the account settings.
func settingsRoutes(store settingsStore, gate views.GateAddress) []web.Route {
	h := settingsHandlers{page.Area{Nav: views.NavAccount, Title: "settings.title", Page: "settings/account"}, store, gate}
	edit := web.Needs(models.PermAccountEdit).RequireReauth()
	return []web.Route{
		web.Get("/a/:account/settings/account", "settings.account", web.Needs(models.PermAccountView), h.show),
		web.Get("/a/:account/settings/keys", "settings.keys", web.Needs(models.PermKeysView), h.keys),
		web.Edit("/a/:account/settings/account/name", "settings.name", edit, h.saveName),
		web.Edit("/a/:account/settings/account/keys", "settings.visibility", edit, h.saveKeys),
		web.Edit("/a/:account/settings/account/gate", "settings.gate", edit, h.saveGate),
		web.Edit("/a/:account/settings/account/errors", "settings.errors", edit, h.saveErrors),
		web.Edit("/a/:account/settings/account/limit", "settings.limit", edit, h.saveLimit),
		web.Edit("/a/:account/settings/account/catalogue", "settings.catalogue", edit, h.saveCatalogue),
		web.Edit("/a/:account/settings/account/expiry", "settings.expiry", edit, h.saveExpiry),
		web.Edit("/a/:account/settings/account/members", "settings.members", edit, h.saveMembers),
		web.Edit("/a/:account/settings/account/language", "settings.language", edit, h.saveLanguage),
		web.Edit("/a/:account/settings/account/again", "settings.again", edit, h.saveAgain),
	}
}

// keys redirects from the settings to the account's list of keys.
func (h settingsHandlers) keys(c *web.Context) error {
	return c.Redirect(http.StatusSeeOther, page.KeysRoot(c))
}

// show answers with the settings page.
func (h settingsHandlers) show(c *web.Context) error {
	return c.Page(http.StatusOK, h.pageOf(c, h.model(c, c.Account)))
}

// pageOf returns the settings page with its frame.
func (h settingsHandlers) pageOf(c *web.Context, m view.Settings) templ.Component {
	return page.Framed(func() templ.Component { return view.SettingsPage(h.Chrome(c, ""), m) })
}

// model returns the view model for the account a.
func (h settingsHandlers) model(c *web.Context, a models.Account) view.Settings {
	return view.Settings{
		Root: h.Root(c), Account: a, Rate: view.RateField(a.RatePerSecond), Expiry: view.ExpiryOf(a), CanEdit: c.Role.Can(models.PermAccountEdit), Gate: h.gate,
	}
}

// save applies change to the account and answers with the section that was
// submitted. change must set only the fields of that section, because somebody
// else may just have saved another one. If not nil, typed restores input that
// an account cannot represent.
func (h settingsHandlers) save(c *web.Context, change func(*models.Account), typed func(*view.Settings), section func(view.Settings) templ.Component) error {
	a := c.Account
	change(&a)
	m := h.model(c, a)
	if typed != nil {
		typed(&m)
	}
	if err := h.store.UpdateAccount(c.Ctx(), c.Actor, change); err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.pageOf(c, m), section(m)
		})
	}
	return c.Done(h.Root(c), c.T("settings.saved"), section(m))
}

// saveName changes the account's name. The frame of every page shows the name,
// so a success answers with the whole page.
func (h settingsHandlers) saveName(c *web.Context) error {
	a, change := c.Account, func(a *models.Account) { a.Name = c.Value("name") }
	change(&a)
	m := h.model(c, a)
	if err := h.store.UpdateAccount(c.Ctx(), c.Actor, change); err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.pageOf(c, m), view.SettingsName(m)
		})
	}
	return c.Done(h.Root(c), c.T("settings.saved"), nil)
}

// saveKeys changes whether values of new keys can be shown again.
func (h settingsHandlers) saveKeys(c *web.Context) error {
	return h.save(c, func(a *models.Account) {
		a.KeyVisibility = models.KeyVisibility(c.Value("key_visibility"))
	}, nil, view.SettingsKeys)
}

// saveGate changes what the gate accepts: calls outside the catalogue, and keys
// in the query.
func (h settingsHandlers) saveGate(c *web.Context) error {
	return h.save(c, func(a *models.Account) {
		a.PassUnknownAPIs, a.KeyInQuery = c.Checked("pass_unknown_apis"), c.Checked("key_in_query")
	}, nil, view.SettingsGate)
}

// saveErrors changes the format of the gate's denials.
func (h settingsHandlers) saveErrors(c *web.Context) error {
	return h.save(c, func(a *models.Account) {
		a.ErrorDialect = models.ErrorDialect(c.Value("error_dialect"))
	}, nil, view.SettingsErrors)
}

// saveLimit changes the rate limit that all keys of the account share.
func (h settingsHandlers) saveLimit(c *web.Context) error {
	return h.save(c, func(a *models.Account) { a.RatePerSecond = page.WholeNumber(c.Value("rate")) },
		func(m *view.Settings) { m.Rate = c.Value("rate") }, view.SettingsLimit)
}

// saveExpiry changes the maximum expiry of keys: one of the offered choices, or
// a number of days.
func (h settingsHandlers) saveExpiry(c *web.Context) error {
	typed := view.ExpiryPolicy{Choice: c.Value("max_expiry"), Days: c.Value("max_expiry_days")}
	return h.save(c, func(a *models.Account) { a.MaxExpiryDays = typed.MaxDays() },
		func(m *view.Settings) { m.Expiry = typed }, view.SettingsExpiry)
}

// saveMembers changes whether Members may create keys.
func (h settingsHandlers) saveMembers(c *web.Context) error {
	return h.save(c, func(a *models.Account) { a.MembersCreate = c.Checked("members_create") }, nil, view.SettingsMembers)
}

// saveLanguage changes the account's default language. The answer may be in
// another language than the page, so a success answers with the whole page.
func (h settingsHandlers) saveLanguage(c *web.Context) error {
	change := func(a *models.Account) { a.Language = c.Value("language") }
	a := c.Account
	change(&a)
	if err := h.store.UpdateAccount(c.Ctx(), c.Actor, change); err != nil {
		m := h.model(c, a)
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.pageOf(c, m), view.SettingsLanguage(m)
		})
	}
	c.SpeakAs(a)
	return c.Done(h.Root(c), c.T("settings.saved"), nil)
}

// saveAgain changes whether the account requires re-authentication.
func (h settingsHandlers) saveAgain(c *web.Context) error {
	return h.save(c, func(a *models.Account) { a.RequireReauth = c.Checked("require_reauth") }, nil, view.SettingsAgain)
}
