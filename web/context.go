package web

import (
	"context"
	"net/netip"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"

	"github.com/labstack/echo/v4"
)

// Context is one request of the console, with its user, account and language. The
// access check has passed when a handler gets it.
type Context struct {
	echo.Context
	User    models.User    // zero when nobody is signed in
	Session models.Session // zero when nobody is signed in
	Account models.Account // of routes under /a/:account; zero elsewhere
	Role    models.Role    // the user's in Account
	Actor   models.Actor   // for every call of the store
	Theme   string         // "light", "dark", or "" for the system's

	server *Server
	sess   browserSession // zero until loadSession
	lang   string
	ip     netip.Addr
}

// contextKey is the key of the Context in Echo's context.
const contextKey = "keywicket"

// Cookies of a visitor's preferences. The profile holds those of people who are
// signed in.
const (
	langCookie  = "kw_lang"
	themeCookie = "kw_theme"
)

// context returns the request's Context. The first call makes it.
func (s *Server) context(ec echo.Context) *Context {
	if c, ok := ec.Get(contextKey).(*Context); ok {
		return c
	}
	c := &Context{Context: ec, server: s}
	c.ip = ClientIP(ec.Request(), s.trusted)
	c.Actor.IP = ipString(c.ip)
	c.Theme = ValidTheme(c.cookieValue(themeCookie))
	c.speak(c.cookieValue(langCookie))
	ec.Set(contextKey, c)
	return c
}

// speak sets the request's language to the chosen one, or to the browser's if
// chosen is "" or unknown.
func (c *Context) speak(chosen string) {
	r := c.Request()
	c.lang = c.server.i18n.Match(chosen, r.Header.Get("Accept-Language"))
	c.SetRequest(r.WithContext(c.server.i18n.With(r.Context(), c.lang)))
}

// SpeakAs sets the request's language to the account's default, unless the person
// chose one.
func (c *Context) SpeakAs(a models.Account) {
	if a.Language != "" && !c.choseLanguage() {
		c.speak(a.Language)
	}
}

// choseLanguage reports whether the person chose a language, in the profile or as
// a visitor in this browser.
func (c *Context) choseLanguage() bool {
	return c.User.Language != "" || c.cookieValue(langCookie) != ""
}

// Can reports whether the person has the permission here: their role has it, and
// the account is of a kind that permits it.
func (c *Context) Can(p models.Permission) bool {
	return c.Role.Can(p) && c.Account.Permits(p) == nil
}

// Ctx returns the request's context, which carries its deadline and its language.
func (c *Context) Ctx() context.Context { return c.Request().Context() }

// Lang returns the language of the answer: "en" or "zh-CN".
func (c *Context) Lang() string { return c.lang }

// IP returns the client's address, the zero Addr when it is unknown.
func (c *Context) IP() netip.Addr { return c.ip }

// Now returns the server's time, in UTC.
func (c *Context) Now() time.Time { return c.server.now().UTC() }

// now returns the server's time where nil would mean that it is not known.
func (c *Context) now() *time.Time {
	now := c.Now()
	return &now
}

// T returns the message id in the reader's language; kv are name-value pairs.
func (c *Context) T(id string, kv ...any) string { return i18n.T(c.Ctx(), id, kv...) }

// N returns the message id in the plural form for count.
func (c *Context) N(id string, count int, kv ...any) string {
	return i18n.N(c.Ctx(), id, count, kv...)
}

// Words returns messages in one language.
type Words func(id string, kv ...any) string

// InLanguage returns the words of a language, or of the answer's language if lang
// is "". They may be used after the request has ended.
func (c *Context) InLanguage(ctx context.Context, lang string) Words {
	if lang == "" {
		lang = c.lang
	}
	ctx = c.server.i18n.With(ctx, lang)
	return func(id string, kv ...any) string { return i18n.T(ctx, id, kv...) }
}

// LogError logs an error that does not change the answer.
func (c *Context) LogError(what string, err error) { c.logError(what, err) }

// ValidTheme returns a theme, or "" for the system's.
func ValidTheme(s string) string {
	if models.ValidTheme(s) {
		return s
	}
	return ""
}

// Log logs, as a warning, the cause of an error that the answer reports.
func (c *Context) Log(what string, err error) {
	c.server.log.WarnContext(c.Ctx(), what, "error", err, "request_id", requestID(c.Context))
}

func (c *Context) logError(what string, err error) {
	c.server.log.ErrorContext(c.Ctx(), what, "error", err, "request_id", requestID(c.Context))
}
