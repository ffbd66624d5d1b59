package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// area is a page of the console with dialogs around it. Without script each
// dialog is a page of its own in the area's frame.
type area struct {
	nav   string // entry of the left panel
	title string // translation id
	page  string // of the account: "apps"
}

// root is the address of the area's page.
func (a area) root(c *web.Context) string { return "/a/" + c.Account.Slug + "/" + a.page }

// chrome is the frame of the area's page, or of a page below it.
func (a area) chrome(c *web.Context, below string) views.Chrome {
	title := c.T(a.title)
	if below == "" {
		return c.Chrome(title, a.nav, ui.Crumb{Label: title})
	}
	return c.Chrome(below, a.nav, ui.Crumb{Label: title, Href: a.root(c)}, ui.Crumb{Label: below})
}

// dialog answers with a dialog, or, after err, with the same one that has the
// words beside its fields. An error that nobody can mend in it is given back.
func (a area) dialog(c *web.Context, title string, err error, draw func(page bool, e web.FieldErrors) templ.Component) error {
	answer := func(e web.FieldErrors) (page, fragment templ.Component) {
		return framed(func() templ.Component {
			return views.Framed(a.chrome(c, title), draw(true, e))
		}), draw(false, e)
	}
	if err != nil {
		return c.Invalid(err, answer)
	}
	return c.Render(answer(nil))
}

// changed returns what htmx replaces after a change: the area's list as it
// stands now, with what it was narrowed to.
type changed func(c *web.Context) (templ.Component, error)

// done answers a change: htmx with the list as it stands now, a plain form
// with the way back to it.
func (a area) done(c *web.Context, said string, list changed) error {
	fragment, err := list(c)
	if err != nil {
		return err
	}
	return c.Done(a.back(c), said, fragment)
}

// live answers an action on a thing that is gone: it says so, and shows htmx
// the list without the thing. Other errors are left to the boundary.
func live(list changed, action web.HandlerFunc) web.HandlerFunc {
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

// back is the area's page as the reader left it: with its search and its page
// of the list.
func (a area) back(c *web.Context) string {
	if u := origin(c); u.Path == a.root(c) {
		return u.RequestURI()
	}
	return a.root(c)
}

// backQuery is what back's address asks for.
func (a area) backQuery(c *web.Context) url.Values {
	u, err := url.Parse(a.back(c))
	if err != nil {
		return nil
	}
	return u.Query()
}

// searched returns a text that an address asks for, fit to look for.
func searched(v url.Values, name string) string {
	s := strings.TrimSpace(strings.ToValidUTF8(v.Get(name), ""))
	if utf8.RuneCountInString(s) > maxSearch {
		s = string([]rune(s)[:maxSearch])
	}
	return s
}

// pageNumber returns the page that an address asks for, 1 when it says nothing.
func pageNumber(v url.Values) int {
	n, err := strconv.Atoi(v.Get("page"))
	if err != nil {
		return 1
	}
	return n
}

// id returns the number in the path. One that is none is as unknown as one that
// nothing has.
func id(c *web.Context, unknown string) (int64, error) {
	n, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, models.Refuse(models.CodeNotFound, "", unknown)
	}
	return n, nil
}
