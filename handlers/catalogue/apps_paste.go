package catalogue

import (
	"slices"
	"strings"

	view "keywicket/views/catalogue"
	"keywicket/views/ui"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// pasteForm shows the dialog that adds many apps at once.
func (h appHandlers) pasteForm(c *web.Context) error {
	return h.pasteDialog(c, view.AppPaste{}, nil)
}

// pasteDialog draws the form with what was pasted and, after err, with the
// error beside it.
func (h appHandlers) pasteDialog(c *web.Context, f view.AppPaste, err error) error {
	f.Root, f.Back = h.Root(c), h.Back(c)
	return h.Dialog(c, c.T("apps.paste"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.PasteAppsDialog(f)
	})
}

// paste adds every app of a list with one app per line, or none. If lines
// cannot be read, it names them by number.
func (h appHandlers) paste(c *web.Context) error {
	f := view.AppPaste{Lines: c.Value("lines"), Skip: c.Checked("skip")}
	apps, bad := models.ParseAppLines(f.Lines)
	if len(apps)+len(bad) == 0 {
		return h.pasteDialog(c, f, models.Refuse(models.CodeInvalid, "lines", "apps.paste.empty"))
	}
	have, err := h.have(c)
	if err != nil {
		return err
	}
	if !f.Skip {
		bad = append(bad, linesOf(f.Lines, have)...)
	}
	if len(bad) > 0 {
		return h.badLines(c, f, bad)
	}
	fresh := without(apps, have)
	added, err := h.store.AddApps(c.Ctx(), c.Actor, fresh)
	if models.CodeOf(err) == models.CodeConflict {
		err = models.Refuse(models.CodeConflict, "lines", "apps.paste.meanwhile")
	}
	if err != nil {
		return h.pasteDialog(c, f, err)
	}
	said := c.N("apps.said.pasted", added)
	if skipped := len(apps) - len(fresh); skipped > 0 {
		said += " " + c.N("apps.said.skipped", skipped)
	}
	return h.Done(c, said, h.changed)
}

// badLines answers with the form, naming the lines that cannot be added.
func (h appHandlers) badLines(c *web.Context, f view.AppPaste, bad []models.LineError) error {
	slices.SortStableFunc(bad, func(x, y models.LineError) int { return x.Line - y.Line })
	for _, b := range bad[:min(len(bad), ui.MaxBadLines)] {
		words, _ := c.FieldErrors(b.Err)
		f.Bad = append(f.Bad, ui.BadLine{Line: b.Line, Words: words[b.Err.Field]})
	}
	f.More = len(bad) - len(f.Bad)
	return h.pasteDialog(c, f, models.Refuse(models.CodeInvalid, "lines", "apps.paste.bad", "Count", len(bad)))
}

// have returns the set of the account's app IDs.
func (h appHandlers) have(c *web.Context) (map[string]bool, error) {
	page, err := h.store.ListApps(c.Ctx(), c.Actor, models.AppQuery{All: true})
	have := make(map[string]bool, len(page.Rows))
	for _, row := range page.Rows {
		have[row.AppID] = true
	}
	return have, err
}

// linesOf returns an error for each line whose app exists already.
func linesOf(text string, have map[string]bool) []models.LineError {
	var bad []models.LineError
	n := 0
	for line := range strings.Lines(text) {
		n++
		apps, _ := models.ParseAppLines(line)
		if len(apps) == 1 && have[apps[0].AppID] {
			bad = append(bad, models.LineError{Line: n, Err: models.Refuse(models.CodeConflict, "lines", "apps.exists", "AppID", apps[0].AppID)})
		}
	}
	return bad
}

// without returns apps without those that exist already.
func without(apps []models.NewApp, have map[string]bool) []models.NewApp {
	fresh := make([]models.NewApp, 0, len(apps))
	for _, a := range apps {
		if !have[a.AppID] {
			fresh = append(fresh, a)
		}
	}
	return fresh
}
