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

// Page answers with a whole page.
func (c *Context) Page(status int, page templ.Component) error { return c.write(status, page) }

// Render answers with the fragment where htmx asked for one, else with the
// page. It is the one place that decides this.
func (c *Context) Render(page, fragment templ.Component) error {
	return c.render(http.StatusOK, page, fragment)
}

func (c *Context) render(status int, page, fragment templ.Component) error {
	if fragment != nil && c.WantsFragment() {
		return c.write(status, fragment)
	}
	return c.write(status, page)
}

// Done answers a change that worked. htmx gets the fragment with a toast that
// says what was done; a plain form, or htmx where fragment is nil, is sent to
// the page `to`, which says it.
func (c *Context) Done(to, said string, fragment templ.Component) error {
	if fragment != nil && c.WantsFragment() {
		return c.write(http.StatusOK, templ.Join(fragment, views.ToastOOB("ok", said)))
	}
	if err := c.Flash("ok", said); err != nil {
		return err
	}
	return c.Goto(to)
}

// Goto sends the browser to a page of this server, by a redirect, or by
// htmx's header for one.
func (c *Context) Goto(to string) error {
	if c.isHTMX() {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// Invalid answers a form that was refused: again, with what was typed and the
// words beside the fields, as 422 (429 for too many tries). form makes the page, and the fragment for
// htmx (nil: the page). An error that nobody can mend in the form is given
// back, for the boundary.
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

// write renders into memory first, so that a fault in a view still becomes a
// clean error page.
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

// Bare is the frame of a page outside the console: log-in, set-up, errors.
func (c *Context) Bare(title string) views.BareChrome {
	return views.BareChrome{
		Title: title, Lang: c.lang, Theme: c.Theme,
		Path: c.cameFrom(), Flash: c.takeFlashes(),
	}
}

// Chrome is the frame of a page of the console. active is the entry of the
// left panel that the page belongs to: one of views.Nav….
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

// fillPanel adds the person's accounts and the account's figures. A page
// outside every account, such as the profile, shows the panel of the one that
// the person was in last.
// What cannot be read here is worth a line in the log, not a failed page.
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

// lastOf returns the account that the person was in last, or the first.
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
