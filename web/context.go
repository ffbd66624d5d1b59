package web

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"keywicket/models"
	"keywicket/models/turns"
	"keywicket/views"
	"keywicket/views/i18n"

	"github.com/gorilla/sessions"
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
	sess   *sessions.Session
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

func (c *Context) cookieValue(name string) string {
	cookie, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
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

// namedSession returns the id of the session that the request's cookie names,
// whether or not there is one.
func (c *Context) namedSession() string {
	if token := c.cookieValue(c.server.cookieName); token != "" {
		return sessionID(token)
	}
	return ""
}

// loadSession finds out who is signed in, if anybody.
func (c *Context) loadSession() error {
	err := c.readSession()
	if session := c.namedSession(); err == nil && session != "" {
		c.server.visitors.learn(session, c.User.ID)
	}
	return err
}

func (c *Context) readSession() error {
	sess, err := c.server.sessions.Get(c.Request(), c.server.cookieName)
	if err != nil {
		return err
	}
	c.sess = sess
	row, ok := sess.Values[rowKey].(models.Session)
	if sess.IsNew || !ok {
		return nil
	}
	user, err := c.server.store.User(c.Ctx(), row.UserID)
	switch {
	case models.CodeOf(err) == models.CodeNotFound, err == nil && user.DisabledAt != nil:
		return nil
	case err != nil:
		return err
	}
	if age := c.server.now().Sub(row.SeenAt); age >= sessionTouchStep || age < 0 { // below 0: the clock was set back
		switch err := c.saveSession(); {
		case models.CodeOf(err) == models.CodeNotFound: // ended since it was read
			return nil
		case err != nil:
			// With a full disk people must still see their pages. A session
			// that is not noted as seen only ends sooner.
			c.logError("note that the session was seen", err)
		}
	}
	c.adopt(user, row)
	return nil
}

// adopt makes the request one of the user's.
func (c *Context) adopt(user models.User, row models.Session) {
	c.User, c.Session = user, row
	c.Actor.UserID, c.Actor.Name, c.Actor.Email, c.Actor.SessionID = user.ID, user.Name, user.Email, row.ID
	c.Theme = ValidTheme(user.Theme)
	c.SetRequest(c.Request().WithContext(turns.InLane(c.Ctx(), turns.Known)))
	if user.Language != "" {
		c.speak(user.Language)
	}
}

// SignIn makes the browser that of the user, as they were when they showed who
// they are. by is what beside the password, or in its place, let them in, "" for
// the password alone. A user who has another password by now, or is disabled, is
// refused.
func (c *Context) SignIn(user models.User, by string) error {
	return c.signIn(user, models.SignIn{By: by}, c.now())
}

// SignInAt is SignIn for a user who signed in at another system at the given
// time. The session counts as verified since then, and as not verified when the
// time is zero or in the future: see models.ReauthTime.
func (c *Context) SignInAt(user models.User, by string, at time.Time) error {
	return c.signIn(user, models.SignIn{By: by}, models.ReauthTime(at, c.Now()))
}

// SignInNew is SignIn for a user whom this request has made. The audit records
// that, and no sign-in beside it.
func (c *Context) SignInNew(user models.User) error {
	return c.signIn(user, models.SignIn{NewUser: true}, c.now())
}

func (c *Context) signIn(user models.User, in models.SignIn, verified *time.Time) error {
	return c.begin(user, verified, func(row models.Session) error {
		in.Session, in.PasswordHash, in.Replaces = row, user.PasswordHash, c.Session.ID
		return c.server.store.SignIn(c.Ctx(), in)
	})
}

// SignInBy makes the browser that of the user, with a session that keep stores
// in place of whatever session the browser had. The cookie gets a token that
// nobody has seen before.
func (c *Context) SignInBy(user models.User, keep func(models.Session) error) error {
	return c.begin(user, c.now(), keep)
}

func (c *Context) begin(user models.User, verified *time.Time, keep func(models.Session) error) error {
	now, token := c.Now(), newSessionToken()
	row := models.Session{
		ID: sessionID(token), UserID: user.ID, IP: ipString(c.ip), UserAgent: clip(c.Request().UserAgent(), 300),
		CreatedAt: now, SeenAt: now, ReauthAt: verified, ExpiresAt: now.Add(SessionAbsolute),
	}
	if err := keep(row); err != nil {
		return err
	}
	c.sess.ID, c.sess.IsNew = row.ID, false
	c.sess.Values = map[any]any{rowKey: row}
	c.SetCookie(sessions.NewCookie(c.server.cookieName, token, c.sess.Options))
	c.adopt(user, row)
	c.knowDevice(user)
	return nil
}

// deviceCookie names the cookie of a browser in which somebody signed in.
const deviceCookie = "device"

// Device returns the token by which Store.KnowsDevice knows the browser, "" for
// one in which nobody signed in.
func (c *Context) Device() string { return c.Kept(deviceCookie) }

// knowDevice has the browser known as one in which the user signs in. One that
// is known keeps its token, and with it its count of attempts.
func (c *Context) knowDevice(user models.User) {
	token := c.Device()
	if !c.server.store.KnowsDevice(user.ID, token) {
		token = c.server.store.NewDevice(user.ID)
	}
	c.Keep(deviceCookie, token, deviceTTL)
}

// SignOut ends the browser's session, here and in the database.
func (c *Context) SignOut() error {
	return c.signOut(c.server.store.SignOut)
}

// SignOutEverywhere ends all sessions of the browser's user.
func (c *Context) SignOutEverywhere() error {
	return c.signOut(c.server.store.SignOutEverywhere)
}

func (c *Context) signOut(end func(context.Context, models.Actor) error) error {
	if err := end(c.Ctx(), c.Actor); err != nil {
		return err
	}
	c.sess.Options.MaxAge = -1
	return c.saveSession()
}

func (c *Context) saveSession() error {
	return c.server.sessions.Save(c.Request(), c.Response(), c.sess)
}

// Flash keeps words for the next page that is shown in this session. It does
// nothing for a visitor.
func (c *Context) Flash(kind, text string) error {
	if c.User.ID == 0 {
		return nil
	}
	c.sess.AddFlash(flash{Kind: kind, Text: text})
	return c.saveSession()
}

// takeFlashes returns the waiting words and forgets them.
func (c *Context) takeFlashes() []views.Flash {
	if c.sess == nil || c.User.ID == 0 || c.Request().Method == http.MethodHead {
		return nil
	}
	waiting := c.sess.Flashes()
	if len(waiting) == 0 {
		return nil
	}
	if err := c.saveSession(); err != nil {
		c.logError("forget what was said", err)
	}
	list := make([]views.Flash, 0, len(waiting))
	for _, w := range waiting {
		if f, ok := w.(flash); ok {
			list = append(list, views.Flash{Kind: f.Kind, Text: f.Text})
		}
	}
	return list
}

// remember keeps a visitor's choice of language or theme in the browser; the
// empty value forgets it.
func (c *Context) remember(name, value string) {
	opts := c.server.sessions.opts
	opts.MaxAge = int((365 * 24 * time.Hour).Seconds())
	if value == "" {
		opts.MaxAge = -1
	}
	c.SetCookie(sessions.NewCookie(name, value, &opts))
}

// Keep returns the browser a value to bring back within ttl, in a cookie that no
// script reads: what it holds between two steps of a sign-in.
func (c *Context) Keep(name, value string, ttl time.Duration) {
	opts := c.server.sessions.opts
	opts.MaxAge = int(ttl.Seconds())
	c.SetCookie(sessions.NewCookie(c.server.cookieName+"-"+name, value, &opts))
}

// Kept returns what Keep gave the browser, "" for nothing.
func (c *Context) Kept(name string) string { return c.cookieValue(c.server.cookieName + "-" + name) }

// Forget takes back what Keep gave the browser.
func (c *Context) Forget(name string) { c.Keep(name, "", -time.Second) }

// RememberLanguage keeps the visitor's choice of language in the browser.
func (c *Context) RememberLanguage(lang string) { c.remember(langCookie, lang) }

// RememberTheme keeps the visitor's choice of theme in the browser.
func (c *Context) RememberTheme(theme string) { c.remember(themeCookie, ValidTheme(theme)) }

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
