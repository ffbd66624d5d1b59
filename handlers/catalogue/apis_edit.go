package catalogue

import (
	"context"
	"strconv"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// apiEditor lists the store methods for changing calls.
type apiEditor interface {
	// API returns a call, or an error of CodeNotFound.
	API(ctx context.Context, who models.Actor, id int64) (models.API, error)
	// APIKeys returns the keys whose API List names the call.
	APIKeys(ctx context.Context, who models.Actor, id int64) ([]models.ListedKey, error)
	// AddAPI adds a call. If its name is taken or its pattern overlaps, it
	// returns an error of CodeConflict that names the other call.
	AddAPI(ctx context.Context, who models.Actor, a models.API) (models.API, error)
	// UpdateAPI replaces the fields of a call. It returns the same errors as
	// AddAPI.
	UpdateAPI(ctx context.Context, who models.Actor, a models.API) error
	// RemoveAPI removes a call from the catalogue and from every API List.
	RemoveAPI(ctx context.Context, who models.Actor, id int64) error
}

// apiForm shows the dialog that adds a call.
func (h catalogueHandlers) apiForm(c *web.Context) error {
	return h.apiDialog(c, 0, view.NewAPIForm(c.QueryParam("family")), nil)
}

// apiDialog draws the form of a new call, or of the call with the id if it is
// not 0.
func (h catalogueHandlers) apiDialog(c *web.Context, id int64, f view.APIForm, err error) error {
	families, failed := h.store.Catalogue(c.Ctx(), c.Actor)
	if failed != nil {
		return failed
	}
	f.Root, f.Back, f.ID, f.Families = h.Root(c), h.Back(c), id, families
	if id != 0 {
		keys, failed := h.store.APIKeys(c.Ctx(), c.Actor, id)
		if failed != nil {
			return failed
		}
		f.Keys = view.NewKeyLinks(c.Account.Slug, keys)
	}
	return h.Dialog(c, c.T(f.TitleID()), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.APIDialog(f)
	})
}

// typedAPI returns the form as it was typed.
func typedAPI(c *web.Context) view.APIForm {
	return view.APIForm{
		Family: c.Value("family"), Name: c.Value("name"), Method: c.Value("method"), Path: c.Value("path"),
		Bound: c.Value("bound") == "1", AppSource: models.AppSource(c.Value("app_source")), AppField: c.Value("app_field"),
		Rate: c.Value("rate"),
	}
}

// apiOf returns the call that the form describes. A field that is not a number
// becomes a value that the rules refuse, so the error appears beside that
// field.
func apiOf(f view.APIForm) models.API {
	family, err := strconv.ParseInt(f.Family, 10, 64)
	if err != nil {
		family = 0
	}
	return models.API{
		FamilyID: family, Name: f.Name, Method: f.Method, Path: f.Path,
		AppBound: f.Bound, AppSource: f.AppSource, AppField: f.AppField, RatePerSecond: page.WholeNumber(f.Rate),
	}
}

// addAPI adds a call.
func (h catalogueHandlers) addAPI(c *web.Context) error {
	f := typedAPI(c)
	api, err := h.store.AddAPI(c.Ctx(), c.Actor, apiOf(f))
	if err != nil {
		return h.apiDialog(c, 0, f, err)
	}
	return h.Done(c, c.T("catalogue.said.api.added", "Name", api.Name), h.changed)
}

// editAPIForm shows the dialog that changes a call.
func (h catalogueHandlers) editAPIForm(c *web.Context) error {
	api, err := h.api(c)
	if err != nil {
		return err
	}
	f := view.APIFormOf(api)
	f.Version = models.APISection(api, nil).Version()
	return h.apiDialog(c, api.ID, f, nil)
}

// updateAPI changes a call.
func (h catalogueHandlers) updateAPI(c *web.Context) error {
	was, err := h.api(c)
	if err != nil {
		return err
	}
	f := typedAPI(c)
	f.Version = models.APISection(was, nil).Version()
	api := apiOf(f)
	api.ID = was.ID
	if err := h.store.UpdateAPI(c.Ctx(), c.Actor, api); err != nil {
		return h.apiDialog(c, was.ID, f, err)
	}
	return h.Done(c, c.T("catalogue.said.api.saved"), h.changed)
}

// askRemoveAPI shows which keys name the call, before it is removed.
func (h catalogueHandlers) askRemoveAPI(c *web.Context) error {
	api, err := h.api(c)
	if err != nil {
		return err
	}
	keys, err := h.store.APIKeys(c.Ctx(), c.Actor, api.ID)
	return askRemoval(c, h.Area, c.T("catalogue.api.remove"), api.Name, keys, err, func(r view.Removal) templ.Component {
		return view.RemoveAPIDialog(view.APIRemoval{Removal: r, API: api})
	})
}

// removeAPI removes a call.
func (h catalogueHandlers) removeAPI(c *web.Context) error {
	api, err := h.api(c)
	if err != nil {
		return err
	}
	if err := h.store.RemoveAPI(c.Ctx(), c.Actor, api.ID); err != nil {
		return err
	}
	return h.Done(c, c.T("catalogue.said.api.removed", "Name", api.Name), h.changed)
}

// api returns the call that the path names.
func (h catalogueHandlers) api(c *web.Context) (models.API, error) {
	n, err := page.ID(c, "errors.api.not_found")
	if err != nil {
		return models.API{}, err
	}
	return h.store.API(c.Ctx(), c.Actor, n)
}
