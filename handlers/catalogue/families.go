package catalogue

import (
	"context"
	"slices"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// familyEditor lists the store methods for changing families.
type familyEditor interface {
	// AddFamily adds a family, or returns an error of CodeConflict if the name
	// is taken.
	AddFamily(ctx context.Context, who models.Actor, name string) (models.Family, error)
	// RenameFamily changes a family's name.
	RenameFamily(ctx context.Context, who models.Actor, id int64, name string) error
	// RemoveFamily removes a family, or returns an error of CodeConflict if it
	// has calls.
	RemoveFamily(ctx context.Context, who models.Actor, id int64) error
}

// familyForm shows the dialog that adds a family.
func (h catalogueHandlers) familyForm(c *web.Context) error {
	return h.familyDialog(c, models.FamilyRow{}, "", nil)
}

// familyDialog draws the form of a new family, or of f if it has an ID.
func (h catalogueHandlers) familyDialog(c *web.Context, f models.FamilyRow, typed string, err error) error {
	m := view.FamilyForm{Root: h.Root(c), Back: h.Back(c), Family: f.Family, Name: typed}
	return h.Dialog(c, c.T(m.TitleID()), err, func(page bool, e web.FieldErrors) templ.Component {
		m.Page, m.Errors = page, e
		return view.FamilyDialog(m)
	})
}

// addFamily adds a family.
func (h catalogueHandlers) addFamily(c *web.Context) error {
	f, err := h.store.AddFamily(c.Ctx(), c.Actor, c.Value("name"))
	if err != nil {
		return h.familyDialog(c, models.FamilyRow{}, c.Value("name"), err)
	}
	return h.Done(c, c.T("catalogue.said.family.added", "Name", f.Name), h.changed)
}

// renameFamilyForm shows the dialog that renames a family.
func (h catalogueHandlers) renameFamilyForm(c *web.Context) error {
	f, err := h.family(c)
	if err != nil {
		return err
	}
	return h.familyDialog(c, f, f.Name, nil)
}

// renameFamily changes a family's name.
func (h catalogueHandlers) renameFamily(c *web.Context) error {
	f, err := h.family(c)
	if err != nil {
		return err
	}
	if err := h.store.RenameFamily(c.Ctx(), c.Actor, f.ID, c.Value("name")); err != nil {
		return h.familyDialog(c, f, c.Value("name"), err)
	}
	return h.Done(c, c.T("catalogue.said.family.renamed"), h.changed)
}

// askRemoveFamily asks before a family is removed, or explains that it still
// has calls.
func (h catalogueHandlers) askRemoveFamily(c *web.Context) error {
	f, err := h.family(c)
	if err != nil {
		return err
	}
	return h.familyRemoval(c, f, nil)
}

// familyRemoval draws the question and, after err, the reason why the family
// cannot be removed.
func (h catalogueHandlers) familyRemoval(c *web.Context, f models.FamilyRow, err error) error {
	m := view.FamilyRemoval{Root: h.Root(c), Back: h.Back(c), Family: f}
	return h.Dialog(c, c.T("catalogue.family.remove"), err, func(page bool, _ web.FieldErrors) templ.Component {
		m.Page = page
		return view.RemoveFamilyDialog(m)
	})
}

// removeFamily removes a family.
func (h catalogueHandlers) removeFamily(c *web.Context) error {
	f, err := h.family(c)
	if err != nil {
		return err
	}
	if err := h.store.RemoveFamily(c.Ctx(), c.Actor, f.ID); err != nil {
		return h.familyRemoval(c, f, err)
	}
	return h.Done(c, c.T("catalogue.said.family.removed", "Name", f.Name), h.changed)
}

// family returns the family that the path names, with its calls.
func (h catalogueHandlers) family(c *web.Context) (models.FamilyRow, error) {
	n, err := page.ID(c, "errors.family.not_found")
	if err != nil {
		return models.FamilyRow{}, err
	}
	families, err := h.store.Catalogue(c.Ctx(), c.Actor)
	if err != nil {
		return models.FamilyRow{}, err
	}
	at := slices.IndexFunc(families, func(f models.FamilyRow) bool { return f.ID == n })
	if at < 0 {
		return models.FamilyRow{}, models.Refuse(models.CodeNotFound, "", "errors.family.not_found")
	}
	return families[at], nil
}
