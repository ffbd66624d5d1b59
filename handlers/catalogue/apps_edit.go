package catalogue

import (
	"context"
	"strings"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// appEditor lists the store methods for changing apps.
type appEditor interface {
	// App returns an app, or an error of CodeNotFound.
	App(ctx context.Context, who models.Actor, id int64) (models.App, error)
	// AppKeys returns the keys whose App List names the app.
	AppKeys(ctx context.Context, who models.Actor, id int64) ([]models.ListedKey, error)
	// AddApps adds all apps or none. If an app ID exists already, it returns an
	// error of CodeConflict.
	AddApps(ctx context.Context, who models.Actor, apps []models.NewApp) (int, error)
	// RenameApp changes an app's name.
	RenameApp(ctx context.Context, who models.Actor, id int64, name string) error
	// RemoveApp removes an app from the account and from every App List.
	RemoveApp(ctx context.Context, who models.Actor, id int64) error
}

// form shows the dialog that adds one app.
func (h appHandlers) form(c *web.Context) error { return h.addDialog(c, view.AppForm{}, nil) }

// addDialog draws the form with what was typed and, after err, with the errors
// beside the fields.
func (h appHandlers) addDialog(c *web.Context, f view.AppForm, err error) error {
	f.Root, f.Back = h.Root(c), h.Back(c)
	return h.Dialog(c, c.T("apps.add"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.AddAppDialog(f)
	})
}

// add adds one app.
func (h appHandlers) add(c *web.Context) error {
	f := view.AppForm{AppID: c.Value("app_id"), Name: c.Value("name")}
	app := models.NewApp{AppID: strings.TrimSpace(f.AppID), Name: f.Name}
	_, err := h.store.AddApps(c.Ctx(), c.Actor, []models.NewApp{app})
	if models.CodeOf(err) == models.CodeConflict {
		err = models.Refuse(models.CodeConflict, "app_id", "apps.exists", "AppID", app.AppID)
	}
	if err != nil {
		return h.addDialog(c, f, err)
	}
	return h.Done(c, c.T("apps.said.added", "AppID", app.AppID), h.changed)
}

// renameForm shows the dialog that renames an app.
func (h appHandlers) renameForm(c *web.Context) error {
	app, err := h.app(c)
	if err != nil {
		return err
	}
	return h.renameDialog(c, app, app.Name, nil)
}

// renameDialog draws the form with what was typed and, after err, with the
// errors beside the fields.
func (h appHandlers) renameDialog(c *web.Context, app models.App, typed string, err error) error {
	f := view.AppForm{Root: h.Root(c), Back: h.Back(c), App: app, Name: typed}
	return h.Dialog(c, c.T("apps.rename"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.RenameAppDialog(f)
	})
}

// rename changes an app's name.
func (h appHandlers) rename(c *web.Context) error {
	app, err := h.app(c)
	if err != nil {
		return err
	}
	typed := c.Value("name")
	if err := h.store.RenameApp(c.Ctx(), c.Actor, app.ID, typed); err != nil {
		return h.renameDialog(c, app, typed, err)
	}
	return h.Done(c, c.T("apps.said.renamed", "AppID", app.AppID), h.changed)
}

// askRemove shows which keys name the app, before it is removed.
func (h appHandlers) askRemove(c *web.Context) error {
	app, err := h.app(c)
	if err != nil {
		return err
	}
	keys, err := h.store.AppKeys(c.Ctx(), c.Actor, app.ID)
	return askRemoval(c, h.Area, c.T("apps.remove"), app.Name, keys, err, func(r view.Removal) templ.Component {
		return view.RemoveAppDialog(view.AppRemoval{Removal: r, App: app})
	})
}

// remove removes an app.
func (h appHandlers) remove(c *web.Context) error {
	app, err := h.app(c)
	if err != nil {
		return err
	}
	if err := h.store.RemoveApp(c.Ctx(), c.Actor, app.ID); err != nil {
		return err
	}
	return h.Done(c, c.T("apps.said.removed", "Name", app.Name), h.changed)
}

// app returns the app that the path names.
func (h appHandlers) app(c *web.Context) (models.App, error) {
	n, err := page.ID(c, "errors.app.not_found")
	if err != nil {
		return models.App{}, err
	}
	return h.store.App(c.Ctx(), c.Actor, n)
}
