package web

import (
	"fmt"
	"net/http"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// isHTMX reports whether htmx sent the request.
func (c *Context) isHTMX() bool { return c.Request().Header.Get("HX-Request") == "true" }

// WantsFragment reports whether htmx asked for a part of a page. A boosted link,
// a restored history entry and a request for the whole body get the page.
func (c *Context) WantsFragment() bool {
	h := c.Request().Header
	return c.isHTMX() && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true" &&
		h.Get("HX-Request-Type") != "full"
}

// Page answers with a page.
func (c *Context) Page(status int, page templ.Component) error { return c.write(status, page) }

// Render answers with the fragment if htmx asked for one, else with the page.
func (c *Context) Render(page, fragment templ.Component) error {
	return c.render(http.StatusOK, page, fragment)
}

func (c *Context) render(status int, page, fragment templ.Component) error {
	if fragment != nil && c.WantsFragment() {
		return c.write(status, fragment)
	}
	return c.write(status, page)
}

// Done answers a change that succeeded. htmx gets the fragment and a toast with
// the message said. A plain form, or htmx when fragment is nil, is redirected to
// the page to, which shows the message.
func (c *Context) Done(to, said string, fragment templ.Component) error {
	if fragment != nil && c.WantsFragment() {
		return c.write(http.StatusOK, templ.Join(fragment, views.ToastOOB("ok", said)))
	}
	if err := c.Flash("ok", said); err != nil {
		return err
	}
	return c.Goto(to)
}

// Goto redirects the browser to a page of this server, with HX-Redirect for htmx.
func (c *Context) Goto(to string) error {
	if c.isHTMX() {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// Invalid answers a form that was refused. form returns it with what was typed and
// the words beside the fields, as a page and as a fragment for htmx; a nil
// fragment means the page. The status is 422, or 429 for too many attempts.
// Invalid returns err when the person cannot correct it in the form.
func (c *Context) Invalid(err error, form func(FieldErrors) (page, fragment templ.Component)) error {
	words, ok := c.FieldErrors(err)
	if !ok {
		return err
	}
	status := http.StatusUnprocessableEntity
	if models.CodeOf(err) == models.CodeTooMany {
		status = http.StatusTooManyRequests
	}
	c.KeepVersion()
	page, fragment := form(words)
	return c.render(status, page, fragment)
}

// write renders into memory first, so that an error in a view still becomes an
// error page.
func (c *Context) write(status int, component templ.Component) error {
	buf := c.server.pools.buffer()
	defer c.server.pools.put(buf)
	if err := component.Render(c.Ctx(), buf); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	h := c.Response().Header()
	h.Set("Vary", "HX-Request, Accept-Encoding")
	h.Set("Content-Language", c.lang)
	if c.Request().Method == http.MethodHead {
		h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
		return c.NoContent(status)
	}
	if !c.mayCompress(status, buf.Len()) {
		return c.HTMLBlob(status, buf.Bytes())
	}
	small := c.server.pools.buffer()
	defer c.server.pools.put(small)
	if err := c.server.pools.compress(small, buf.Bytes()); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	h.Set(echo.HeaderContentEncoding, "gzip")
	return c.HTMLBlob(status, small.Bytes())
}

// Bare returns the frame of a page outside the console: sign-in, set-up, errors.
func (c *Context) Bare(title string) views.BareChrome {
	return views.BareChrome{
		Title: title, Lang: c.lang, Theme: c.Theme,
		Path: c.cameFrom(), Flash: c.takeFlashes(),
	}
}

// Chrome returns the frame of a page of the console. active is the page's entry in
// the left panel, one of views.Nav….
func (c *Context) Chrome(title, active string, crumbs ...ui.Crumb) views.Chrome {
	chrome := views.Chrome{
		Title: title, Active: active, Crumbs: crumbs,
		Account: c.Account, User: c.User, Role: c.Role,
		Lang: c.lang, Theme: c.Theme, Path: c.cameFrom(),
		Flash: c.takeFlashes(),
	}
	c.fillPanel(&chrome)
	return chrome
}

// fillPanel adds the person's accounts and the account's counts. A page that is
// not in an account, such as the profile, shows the panel of the account that the
// person was in last. Errors go to the log and do not fail the page.
func (c *Context) fillPanel(chrome *views.Chrome) {
	accounts, err := c.server.store.AccountsOf(c.Ctx(), c.User.ID)
	if err != nil {
		c.logError("list the accounts", err)
		return
	}
	chrome.Accounts = accounts
	who := c.Actor
	if chrome.Account.ID == 0 && len(accounts) > 0 {
		last := c.lastOf(accounts)
		chrome.Account, chrome.Role = last.Account, last.Role
		who.AccountID, who.Role = chrome.Account.ID, chrome.Role
	}
	if chrome.Account.ID == 0 {
		return
	}
	if chrome.Nav, err = c.server.store.NavCounts(c.Ctx(), who); err != nil {
		c.logError("count for the panel", err)
	}
}

// lastOf returns the account that the person was in last, or the first of accounts.
func (c *Context) lastOf(accounts []models.Membership) models.Membership {
	slug, err := c.server.store.LastAccount(c.Ctx(), c.User.ID)
	if err != nil {
		c.logError("find the last account", err)
	}
	for _, a := range accounts {
		if a.Slug == slug {
			return a
		}
	}
	return accounts[0]
}
