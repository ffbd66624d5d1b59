package web

import (
	"time"

	"github.com/gorilla/sessions"
)

// preferenceTTL is how long a browser keeps a visitor's preferences.
const preferenceTTL = 365 * 24 * time.Hour

func (c *Context) cookieValue(name string) string {
	cookie, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setCookie sets a cookie with the attributes of the session's.
// A negative ttl deletes it.
func (c *Context) setCookie(name, value string, ttl time.Duration) {
	opts := c.server.sessions.opts
	opts.MaxAge = int(ttl.Seconds())
	c.SetCookie(sessions.NewCookie(name, value, &opts))
}

// remember keeps a visitor's preference in the browser; "" deletes it.
func (c *Context) remember(name, value string) {
	ttl := preferenceTTL
	if value == "" {
		ttl = -time.Second
	}
	c.setCookie(name, value, ttl)
}

// RememberLanguage keeps the visitor's choice of language in the browser.
func (c *Context) RememberLanguage(lang string) { c.remember(langCookie, lang) }

// RememberTheme keeps the visitor's choice of theme in the browser.
func (c *Context) RememberTheme(theme string) { c.remember(themeCookie, ValidTheme(theme)) }

// Keep keeps a value in the browser for ttl, in a cookie that scripts cannot
// read: the state between two steps of a sign-in.
func (c *Context) Keep(name, value string, ttl time.Duration) {
	c.setCookie(c.server.cookieName+"-"+name, value, ttl)
}

// Kept returns the value that Keep kept in this browser, "" for none.
func (c *Context) Kept(name string) string { return c.cookieValue(c.server.cookieName + "-" + name) }

// Forget deletes the value that Keep kept in this browser.
func (c *Context) Forget(name string) { c.Keep(name, "", -time.Second) }
