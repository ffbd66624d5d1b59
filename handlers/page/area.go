// Package page contains what the console's areas share: frames, the choice
// between a page and a fragment, and the reading of search terms, page numbers
// and IDs.
package page

import (
	"net/http"
	"net/url"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// Area describes a page of the console and the dialogs around it. Without
// script, each dialog is a page of its own in the area's frame.
type Area struct {
	Nav   string // entry of the left panel
	Title string // translation id
	Page  string // of the account: "apps"
}

// Root returns the address of the area's page.
func (a Area) Root(c *web.Context) string { return "/a/" + c.Account.Slug + "/" + a.Page }

// Chrome returns the frame of the area's page, or of a page below it with the
// title below if that is not "".
func (a Area) Chrome(c *web.Context, below string) views.Chrome {
	title := c.T(a.Title)
	if below == "" {
		return c.Chrome(title, a.Nav, ui.Crumb{Label: title})
	}
	return c.Chrome(below, a.Nav, ui.Crumb{Label: title, Href: a.Root(c)}, ui.Crumb{Label: below})
}

// Dialog answers with a dialog. If err is not nil, the dialog shows its words
// beside the fields; an error that the dialog cannot show is returned. draw's
// page parameter reports whether to draw a page instead of a dialog.
func (a Area) Dialog(c *web.Context, title string, err error, draw func(page bool, e web.FieldErrors) templ.Component) error {
	answer := func(e web.FieldErrors) (full, fragment templ.Component) {
		return Framed(func() templ.Component {
			return views.Framed(a.Chrome(c, title), draw(true, e))
		}), draw(false, e)
	}
	if err != nil {
		return c.Invalid(err, answer)
	}
	return c.Render(answer(nil))
}

// ListFunc returns the fragment that htmx replaces after a change: the area's
// list as it is now, with the search and the page that the reader was on.
type ListFunc func(c *web.Context) (templ.Component, error)

// Done answers a successful change: with the current list for htmx, with a
// redirect to it for a plain form.
func (a Area) Done(c *web.Context, said string, list ListFunc) error {
	fragment, err := list(c)
	if err != nil {
		return err
	}
	return c.Done(a.Back(c), said, fragment)
}

// RefreshOnNotFound wraps an action on one row of a list. If htmx asked and the
// row no longer exists, it answers with the current list and a message. It
// returns every other error.
func RefreshOnNotFound(list ListFunc, action web.HandlerFunc) web.HandlerFunc {
	return func(c *web.Context) error {
		err := action(c)
		if models.CodeOf(err) != models.CodeNotFound || !c.WantsFragment() {
			return err
		}
		words, ok := c.Words(err)
		fragment, failed := list(c)
		if !ok || failed != nil {
			return err
		}
		return c.Page(http.StatusNotFound, templ.Join(fragment, views.ToastOOB("bad", words)))
	}
}

// Back returns the address of the area's page as the reader left it, with
// search and page number.
func (a Area) Back(c *web.Context) string {
	if u := Origin(c); u.Path == a.Root(c) {
		return u.RequestURI()
	}
	return a.Root(c)
}

// BackQuery returns the query of Back's address, or nil.
func (a Area) BackQuery(c *web.Context) url.Values {
	u, err := url.Parse(a.Back(c))
	if err != nil {
		return nil
	}
	return u.Query()
}
