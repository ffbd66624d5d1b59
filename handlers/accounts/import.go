package accounts

import (
	"context"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"keywicket/handlers/page"

	view "keywicket/views/accounts"
	"keywicket/views/ui"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// accountImporter lists the store methods for importing accounts.
type accountImporter interface {
	// CheckImport returns what an import would create, and the errors of lines
	// that cannot be imported. It changes nothing.
	CheckImport(ctx context.Context, who models.Actor, rows []models.NewAccount, o models.ImportSettings) (models.ImportResult, []models.LineError, error)
	// ImportAccounts creates all accounts. If any line cannot be imported, it
	// creates none and returns the errors of the lines.
	ImportAccounts(ctx context.Context, who models.Actor, rows []models.NewAccount, o models.ImportSettings) (models.ImportResult, []models.LineError, error)
}

// importForm shows the form that takes the file.
func (h subaccountHandlers) importForm(c *web.Context) error {
	return h.importPage(c, http.StatusOK, view.AccountImport{Preset: true})
}

// importPage answers with the import page in the given state.
func (h subaccountHandlers) importPage(c *web.Context, status int, m view.AccountImport) error {
	m.Root, m.Now = h.Root(c), c.Now()
	return c.Page(status, page.Framed(func() templ.Component { return view.AccountImportPage(h.Chrome(c, c.T("subs.import")), m) }))
}

// importFile previews what the file would create, or creates it: all accounts
// or none. If lines are wrong, the page names each of them.
func (h subaccountHandlers) importFile(c *web.Context) error {
	text, err := sentFile(c)
	if err != nil {
		return err
	}
	m := view.AccountImport{Text: text, Preset: c.Checked("preset")}
	if !utf8.ValidString(text) {
		m.Text, m.Error = "", c.T("errors.text.encoding")
		return h.importPage(c, http.StatusUnprocessableEntity, m)
	}
	rows, bad := models.ParseAccounts(text, c.Now())
	if len(rows) > models.MaxImportOnline {
		bad = append(bad, models.LineError{Line: rows[models.MaxImportOnline].Line, Err: models.Refuse(models.CodeLimit, "file", "errors.import.online", "Max", models.MaxImportOnline)})
	}
	o := models.ImportSettings{OwnerID: c.User.ID, Preset: m.Preset}
	var more []models.LineError
	m.Rows = rows
	if c.Value("do") == "import" && len(bad) == 0 {
		m.Result, more, err = h.store.ImportAccounts(c.Ctx(), c.Actor, rows, o)
		m.Done = err == nil && len(more) == 0
	} else {
		m.Result, more, err = h.store.CheckImport(c.Ctx(), c.Actor, rows, o)
	}
	if err != nil {
		return err
	}
	if bad = append(bad, more...); len(bad) > 0 {
		h.badImport(c, &m, bad)
		return h.importPage(c, http.StatusUnprocessableEntity, m)
	}
	if m.Done {
		return h.imported(c, m)
	}
	return h.importPage(c, http.StatusOK, m)
}

// badImport adds the words for the wrong lines to the page, up to
// view.MaxBadRows. It never cuts between two errors of one line.
func (h subaccountHandlers) badImport(c *web.Context, m *view.AccountImport, bad []models.LineError) {
	bad = models.SortLines(bad)
	end := min(len(bad), view.MaxBadRows)
	for end < len(bad) && bad[end].Line == bad[end-1].Line {
		end++
	}
	for _, b := range bad[:end] {
		words, _ := c.Words(b.Err)
		m.Bad = append(m.Bad, ui.BadLine{Line: b.Line, Words: words})
	}
	m.More, m.Error = models.CountLines(bad[end:]), c.N("subs.import.bad", models.CountLines(bad))
}

// imported redirects to the list with a message that counts what was created.
func (h subaccountHandlers) imported(c *web.Context, m view.AccountImport) error {
	return c.Done(h.Root(c), c.T("subs.said.imported", "Masters", m.Result.Masters, "Subs", m.Result.Subs, "Keys", len(m.Result.Keys)), nil)
}

// sentFile returns the text of the uploaded file. Without one, it returns the
// field that holds the text of an earlier preview.
func sentFile(c *web.Context) (string, error) {
	head, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || (err == nil && head.Size == 0) {
		return c.Value("lines"), nil
	}
	if err != nil {
		return "", err
	}
	f, err := head.Open()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), errors.Join(err, f.Close())
}
