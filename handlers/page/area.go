// Package page has what the console's areas share: frames, the choice between a
// page and a fragment, search terms, page numbers and ids.
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

// Area is a page of the console with dialogs around it. Without script each
// Dialog is a page of its own in the area's frame.
type Area struct {
	Nav   string // entry of the left panel
	Title string // translation id
	Page  string // of the account: "apps"
}

// Root is the address of the area's page.
func (a Area) Root(c *web.Context) string { return "/a/" + c.Account.Slug + "/" + a.Page }

// Chrome is the frame of the area's page, or of a page below it.
func (a Area) Chrome(c *web.Context, below string) views.Chrome {
	title := c.T(a.Title)
	if below == "" {
		return c.Chrome(title, a.Nav, ui.Crumb{Label: title})
	}
	return c.Chrome(below, a.Nav, ui.Crumb{Label: title, Href: a.Root(c)}, ui.Crumb{Label: below})
}

// Dialog answers with a dialog, or, after err, with the same one that has the
// words beside its fields. An error that nobody can mend in it is given back.
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

// ListFunc returns what htmx replaces after a change: the area's list as it
// stands now, with what it was narrowed to.
type ListFunc func(c *web.Context) (templ.Component, error)

// Done answers a change: htmx with the list as it stands now, a plain form
// with the way back to it.
func (a Area) Done(c *web.Context, said string, list ListFunc) error {
	fragment, err := list(c)
	if err != nil {
		return err
	}
	return c.Done(a.Back(c), said, fragment)
}

// OrGone answers an action on a thing that is gone: it says so, and shows htmx
// the list without the thing. Other errors are left to the boundary.
func OrGone(list ListFunc, action web.HandlerFunc) web.HandlerFunc {
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

// Back is the area's page as the reader left it: with its search and its page
// of the list.
func (a Area) Back(c *web.Context) string {
	if u := Origin(c); u.Path == a.Root(c) {
		return u.RequestURI()
	}
	return a.Root(c)
}

// BackQuery is what back's address asks for.
func (a Area) BackQuery(c *web.Context) url.Values {
	u, err := url.Parse(a.Back(c))
	if err != nil {
		return nil
	}
	return u.Query()
}
