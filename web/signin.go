package web

import (
	"context"
	"net/http"
	"time"

	"keywicket/models"
	"keywicket/models/turns"
	"keywicket/views"
)

// namedSession returns the id of the session that the request's cookie names,
// whether or not that session exists, and "" without a cookie.
func (c *Context) namedSession() string {
	if token := c.cookieValue(c.server.cookieName); token != "" {
		return sessionID(token)
	}
	return ""
}

// loadSession sets the user and the session of a signed-in request.
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
	c.sess = browserSession{sess}
	row, ok := c.sess.row()
	if !ok {
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
			// whose last use is not stored only ends sooner.
			c.logError("store when the session was last seen", err)
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

// SignIn begins a session of the user in this browser. The user must be as they
// were when they verified who they are: SignIn refuses one who has another
// password by now, or is disabled. by names what let them in beside the
// password, or in its place; "" stands for the password alone.
func (c *Context) SignIn(user models.User, by string) error {
	return c.signIn(user, models.SignIn{By: by}, c.now())
}

// SignInAt is SignIn for a user who signed in at another system at the given
// time. The session counts as verified since then, and as not verified when the
// time is zero or in the future: see models.ReauthTime.
func (c *Context) SignInAt(user models.User, by string, at time.Time) error {
	return c.signIn(user, models.SignIn{By: by}, models.ReauthTime(at, c.Now()))
}

// SignInNew is SignIn for a user whom this request has created. The audit records
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

// SignInBy begins a session of the user that store stores, in place of the
// browser's session, if it has one.
func (c *Context) SignInBy(user models.User, store func(models.Session) error) error {
	return c.begin(user, c.now(), store)
}

// begin passes a new session to store, and sets its token as a cookie. The
// token is always a new one, so that a token that somebody planted before the
// sign-in is worth nothing after it.
func (c *Context) begin(user models.User, verified *time.Time, store func(models.Session) error) error {
	now, token := c.Now(), newSessionToken()
	row := models.Session{
		ID: sessionID(token), UserID: user.ID, IP: ipString(c.ip), UserAgent: clip(c.Request().UserAgent(), 300),
		CreatedAt: now, SeenAt: now, ReauthAt: verified, ExpiresAt: now.Add(SessionAbsolute),
	}
	if err := store(row); err != nil {
		return err
	}
	c.sess.begin(c.Response(), row, token)
	c.adopt(user, row)
	c.knowDevice(user)
	return nil
}

// deviceCookie names the cookie of a browser in which a person has signed in.
const deviceCookie = "device"

// Device returns the token by which Store.KnowsDevice recognizes the browser, or "" if no person has signed in there.
func (c *Context) Device() string { return c.Kept(deviceCookie) }

// knowDevice makes the browser a known one of the user. A browser that is known
// already keeps its token, and with it its count of attempts.
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
	c.sess.end()
	return c.saveSession()
}

func (c *Context) saveSession() error { return c.sess.Save(c.Request(), c.Response()) }

// Flash keeps a message for the next page of this session. It does nothing for a
// visitor.
func (c *Context) Flash(kind, text string) error {
	if c.User.ID == 0 {
		return nil
	}
	c.sess.addFlashes(flash{Kind: kind, Text: text})
	return c.saveSession()
}

// takeFlashes returns the messages that wait for this page, and removes them
// from the session.
func (c *Context) takeFlashes() []views.Flash {
	if c.User.ID == 0 || c.Request().Method == http.MethodHead {
		return nil
	}
	waiting := c.sess.takeFlashes()
	if len(waiting) == 0 {
		return nil
	}
	if err := c.saveSession(); err != nil {
		c.logError("remove the flashes", err)
	}
	list := make([]views.Flash, len(waiting))
	for i, f := range waiting {
		list[i] = views.Flash(f)
	}
	return list
}
