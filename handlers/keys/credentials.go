package keys

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyChanger is the part of the store that changes credentials.
type keyChanger interface {
	// ChangeCredentials replaces the key's credentials and returns the new ones. The previous ones stop working, at
	// once or after the grace period. Refusals name their field. If c.Replaces names other credentials than the key
	// has, the error is CodeConflict.
	ChangeCredentials(ctx context.Context, who models.Actor, sid string, c models.NewCredential, grace time.Duration) (models.Credential, error)
	// EndPreviousCredential ends the grace period now. If no previous credentials work, the error is CodeNotFound.
	EndPreviousCredential(ctx context.Context, who models.Actor, sid string) error
}

// askCredentials shows the form for new credentials.
func (h handlers) askCredentials(c *web.Context) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	f := view.NewCredentialForm(key)
	f.Back = backTo(c, keyPath(c, key.Sid))
	return h.credentialForm(c, f, nil)
}

// credentialForm renders the form. After err it renders the same form with the words beside its fields.
func (h handlers) credentialForm(c *web.Context, f view.CredentialForm, err error) error {
	f.Root = page.KeysRoot(c)
	answer := func(e web.FieldErrors) (full, fragment templ.Component) {
		asPage, asDialog := f, f
		asPage.Errors, asDialog.Errors, asPage.Page = e, e, true
		return h.keyFrame(c, f.Key.Key, func(chrome views.Chrome) templ.Component {
			return views.Framed(chrome, view.CredentialDialog(asPage))
		}), view.CredentialDialog(asDialog)
	}
	if err != nil {
		return c.Invalid(err, answer)
	}
	return c.Render(answer(nil))
}

// changeCredentials replaces the key's credentials and shows the new ones. No other response has them.
func (h handlers) changeCredentials(c *web.Context) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	f := view.CredentialForm{
		Key: key, Kind: models.CredentialKind(c.Value("credential")), Username: strings.TrimSpace(c.Value("username")),
		Grace: c.Value("grace"), Back: backTo(c, keyPath(c, key.Sid)),
	}
	made, err := h.store.ChangeCredentials(c.Ctx(), c.Actor, key.Sid, models.NewCredential{
		Kind: f.Kind, Username: f.Username, Secret: c.Value("secret"), Replaces: cmp.Or(c.Value("replaces"), string(models.NoVersion)),
	}, gracePeriodOf(f.Grace))
	if _, mendable := c.FieldErrors(err); mendable {
		return h.credentialForm(c, f, err)
	}
	if err != nil {
		return err
	}
	return h.changed(c, key.Sid, made)
}

// gracePeriodOf parses a number of hours. It returns -1, which no grace period is, for anything else.
func gracePeriodOf(hours string) time.Duration {
	n, err := strconv.Atoi(hours)
	if err != nil || n < 0 || n > int(models.GracePeriods()[len(models.GracePeriods())-1]/time.Hour) {
		return -1
	}
	return time.Duration(n) * time.Hour
}

// changed shows the new credentials over the page that sent the form, or on a page of its own.
func (h handlers) changed(c *web.Context, sid string, made models.Credential) error {
	d, err := h.store.Key(c.Ctx(), c.Actor, sid)
	if err != nil {
		return err
	}
	m := view.ChangedCredentials{Root: page.KeysRoot(c), Result: view.Result{Key: d.Key, Value: made.Value}, Page: !c.WantsFragment()}
	m.Try = h.firstRequest(c, view.NewKey{Key: d.Key, Value: made.Value})
	if d.Previous != nil {
		m.Until = &d.Previous.EndsAt
	}
	return h.answer(c, sid, section{
		onPage: func(d view.KeyDetails) templ.Component {
			return templ.Join(view.ChangedDialog(m), view.CredentialsPartial(d))
		},
		overList: func(view.KeyDetails) templ.Component { return view.ChangedDialog(m) },
		alone:    func(chrome views.Chrome) templ.Component { return views.Framed(chrome, view.ChangedDialog(m)) },
	}, nil)
}

// askEndPrevious asks before the previous credentials stop working.
func (h handlers) askEndPrevious(c *web.Context) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	if key.Previous == nil {
		return models.Refuse(models.CodeNotFound, "", "errors.credential.no_old")
	}
	asPage, asDialog := view.EndPrevious{Root: page.KeysRoot(c), Key: key, Page: true}, view.EndPrevious{Root: page.KeysRoot(c), Key: key}
	return c.Render(h.keyFrame(c, key.Key, func(chrome views.Chrome) templ.Component {
		return views.Framed(chrome, view.EndPreviousDialog(asPage))
	}), view.EndPreviousDialog(asDialog))
}

// endPrevious ends the grace period of the previous credentials now.
func (h handlers) endPrevious(c *web.Context) error {
	sid := c.Param("sid")
	err := h.store.EndPreviousCredential(c.Ctx(), c.Actor, sid)
	return h.answer(c, sid, section{onPage: view.CredentialsPartial, said: c.T("credentials.stopped")}, err)
}
