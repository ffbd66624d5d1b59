package web

import (
	"context"
	"net/netip"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"

	"github.com/labstack/echo/v4"
)

// Context is one request of the console: who asks, for which account, in
// which language. Handlers get it after the access check.
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

// contextKey is where Echo's context keeps ours.
const contextKey = "keywicket"

// Cookies that remember what a visitor chose; somebody who is signed in has
// it in their profile.
const (
	langCookie  = "kw_lang"
	themeCookie = "kw_theme"
)

// context returns the request's Context, making it the first time.
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

// speak makes the request's language the chosen one, or the browser's.
func (c *Context) speak(chosen string) {
	r := c.Request()
	c.lang = c.server.i18n.Match(chosen, r.Header.Get("Accept-Language"))
	c.SetRequest(r.WithContext(c.server.i18n.With(r.Context(), c.lang)))
}

// SpeakAs makes the request's language the account's default one, where
// whoever asks chose none.
func (c *Context) SpeakAs(a models.Account) {
	if a.Language != "" && !c.choseLanguage() {
		c.speak(a.Language)
	}
}

// choseLanguage reports whether the person, or the visitor in this browser, chose
// a language.
func (c *Context) choseLanguage() bool {
	return c.User.Language != "" || c.cookieValue(langCookie) != ""
}

// Can reports whether the person may do it here: by their role, and in an account
// of this kind.
func (c *Context) Can(p models.Permission) bool {
	return c.Role.Can(p) && c.Account.Permits(p) == nil
}

// Ctx is the request's context: it carries the deadline and the language.
func (c *Context) Ctx() context.Context { return c.Request().Context() }

// Lang is the language of the answer: "en" or "zh-CN".
func (c *Context) Lang() string { return c.lang }

// IP is the client's address, zero when it is unknown.
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

// InLanguage returns the words of a language, or with "" those of the answer,
// for what outlives the request.
func (c *Context) InLanguage(ctx context.Context, lang string) Words {
	if lang == "" {
		lang = c.lang
	}
	ctx = c.server.i18n.With(ctx, lang)
	return func(id string, kv ...any) string { return i18n.T(ctx, id, kv...) }
}

// LogError notes what went wrong beside the answer, which goes on without it.
func (c *Context) LogError(what string, err error) { c.logError(what, err) }

// ValidTheme returns a theme, or "" for the system's.
func ValidTheme(s string) string {
	if models.ValidTheme(s) {
		return s
	}
	return ""
}

// Log notes why something that the reader is told of did not work.
func (c *Context) Log(what string, err error) {
	c.server.log.WarnContext(c.Ctx(), what, "error", err, "request_id", requestID(c.Context))
}

func (c *Context) logError(what string, err error) {
	c.server.log.ErrorContext(c.Ctx(), what, "error", err, "request_id", requestID(c.Context))
}
