package keys

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyFormStore is the part of the store that the form needs.
type keyFormStore interface {
	// MakeKey adds the key and returns it with its credentials. Refusals name their field.
	MakeKey(ctx context.Context, who models.Actor, n models.NewKey, idempotencyKey string) (models.Key, models.Credential, error)
}

// form shows the form for a new key.
func (h handlers) form(c *web.Context) error {
	if !models.MayCreate(c.Account, c.Role) {
		return models.Refuse(models.CodeForbidden, "", "keys.create.members")
	}
	f := view.NewKeyForm(c.Account, models.Channel(c.QueryParam("channel")))
	f.IdempotencyKey, f.Back = c.IdempotencyKey(), backTo(c, page.KeysRoot(c))
	return h.askForm(c, f, scopeForm{mode: models.ScopeAll}, scopeForm{mode: models.ScopeAll}, nil)
}

// askForm renders the form. After err it renders the same form with the words beside its fields.
func (h handlers) askForm(c *web.Context, f view.KeyForm, apps, apis scopeForm, err error) error {
	f.Root, f.Account, f.Now = page.KeysRoot(c), c.Account, c.Now()
	failed := h.formScopes(c, &f, apps, apis)
	if failed != nil {
		return failed
	}
	answer := func(e web.FieldErrors) (full, fragment templ.Component) {
		asPage, asDialog := f, f
		asPage.Errors, asDialog.Errors, asPage.Page = e, e, true
		title := c.T("keyform.title")
		return page.Framed(func() templ.Component {
			return views.Framed(c.Chrome(title, views.NavKeys, ui.Crumb{Label: c.T("keys.title"), Href: f.Root}, ui.Crumb{Label: title}), view.KeyFormDialog(asPage))
		}), view.KeyFormDialog(asDialog)
	}
	if err != nil {
		return c.Invalid(err, answer)
	}
	return c.Render(answer(nil))
}

// formScopes fills the pickers as they were sent.
func (h handlers) formScopes(c *web.Context, f *view.KeyForm, apps, apis scopeForm) error {
	page, err := h.store.ListApps(c.Ctx(), c.Actor, models.AppQuery{All: true})
	if err != nil {
		return err
	}
	families, err := h.store.Catalogue(c.Ctx(), c.Actor)
	f.Apps = view.NewAppScope(page.Rows, apps.mode, apps.chosen(), apps.find)
	f.APIs = view.APIScope{Mode: apis.mode, Families: families, Chosen: apis.chosen()}
	return err
}

// make adds the key. If the form asks to search among many apps, make only renders it again with what was found.
func (h handlers) make(c *web.Context) error {
	f := typedKey(c)
	apps, badApps := readScope(c, "apps_mode", "app")
	apis, badAPIs := readScope(c, "apis_mode", "api")
	if c.Value("step") != "" {
		return h.askForm(c, f, apps, apis, nil)
	}
	expires, badDate := formExpiry(c.Account, f, c.Now())
	n := models.NewKey{
		Name: f.Name, Description: f.Description, Channel: f.Channel, ExpiresAt: expires,
		ScopeApps: apps.mode, AppIDs: apps.ids, ScopeAPIs: apis.mode, APIIDs: apis.ids,
		Credential: models.NewCredential{Kind: f.Kind, Username: f.Username, Secret: c.Value("secret")},
	}
	if unread := errors.Join(badApps, badAPIs, badDate); unread != nil {
		_, err := models.CheckNewKey(n, c.Now())
		return h.askForm(c, f, apps, apis, errors.Join(unread, err))
	}
	once, err := idempotencyKey(c)
	if err != nil {
		f.IdempotencyKey = c.IdempotencyKey() // what was typed stays, and can be sent
		return h.askForm(c, f, apps, apis, err)
	}
	key, credential, err := h.store.MakeKey(c.Ctx(), c.Actor, n, once)
	if err != nil {
		return h.askForm(c, f, apps, apis, err)
	}
	return h.newKey(c, view.NewKey{Root: page.KeysRoot(c), Key: key, Value: credential.Value, Title: c.T(madeTitle(key))})
}

// madeTitle returns the id of the title above the new credentials.
func madeTitle(k models.Key) string {
	if k.Chosen() {
		return "keyform.made"
	}
	return "keys.created"
}

// typedKey reads the form as it was sent. Only REST has single tokens. Without script the choice stays visible for
// other channels, and there it means a generated pair.
func typedKey(c *web.Context) view.KeyForm {
	f := view.KeyForm{
		IdempotencyKey: c.Value("idempotency_key"), Back: backTo(c, page.KeysRoot(c)),
		Name: c.Value("name"), Description: c.Value("description"), Username: strings.TrimSpace(c.Value("username")),
		Channel: models.Channel(c.Value("channel")), Kind: models.CredentialKind(c.Value("credential")),
		Expires: c.Value("expires"), Date: strings.TrimSpace(c.Value("expires_at")),
	}
	if f.Kind == models.CredentialToken && !f.Channel.TakesToken() {
		f.Kind = models.CredentialPair
	}
	return f
}

// formExpiry parses the chosen Expiry Date: a number of days from now, another date, or never.
func formExpiry(a models.Account, f view.KeyForm, now time.Time) (*time.Time, error) {
	field := "expires"
	var end *time.Time
	switch f.Expires {
	case "":
	case view.ExpiresOn:
		field = "expires_at"
		day, err := time.Parse(time.DateOnly, f.Date)
		if err != nil {
			return nil, models.Refuse(models.CodeInvalid, field, "keys.expiry.format")
		}
		last := models.EndOfDay(day)
		end = &last
	default:
		for _, choice := range a.ExpiryChoices(now) {
			if f.Expires == strconv.Itoa(choice.Days) {
				end = &choice.At
			}
		}
		if end == nil {
			return nil, models.Refuse(models.CodeInvalid, field, "errors.choice")
		}
	}
	err := models.CheckExpiryPolicy(a, end, now)
	var refusal *models.Error
	if errors.As(err, &refusal) {
		moved := *refusal
		moved.Field = field
		return nil, &moved
	}
	return end, err
}
