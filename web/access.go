package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/views/ui"

	"github.com/labstack/echo/v4"
)

// admit sets the user and the account of the request, and returns an error when
// the access does not let them in.
func (s *Server) admit(c *Context, a Access) error {
	if err := c.loadSession(); err != nil {
		return err
	}
	if a.kind == accessPublic {
		return nil
	}
	if c.User.ID == 0 {
		return models.Refuse(models.CodeUnauthenticated, "", "errors.unauthenticated")
	}
	if a.kind == accessSignedIn {
		if err := c.speakAsLastAccount(); err != nil {
			return err
		}
		return c.requireReauth(a.reauth)
	}
	account, member, err := s.store.AccountFor(c.Ctx(), c.Param("account"), c.User.ID)
	if err != nil {
		return err
	}
	if err := account.Permits(a.perm); err != nil {
		return err
	}
	if !member.Role.Can(a.perm) {
		return models.Refuse(models.CodeForbidden, "", "errors.forbidden")
	}
	if a.grants {
		if err := account.PermitsGrants(); err != nil {
			return err
		}
	}
	c.enter(account, member)
	if err := s.store.Visit(c.Ctx(), account.ID, c.User.ID); err != nil {
		// With a full disk people must still see their pages.
		c.logError("store the visit", err)
	}
	return c.requireReauth(a.reauth && account.RequireReauth)
}

// enter sets the account of the request, and the person's role in it.
func (c *Context) enter(account models.Account, member models.Member) {
	c.Account, c.Role = account, member.Role
	c.Actor.AccountID, c.Actor.Role = account.ID, member.Role
	c.SpeakAs(account)
}

// errReauthRequired stops a request that requires re-authentication.
var errReauthRequired = errors.New("the last verification is too old")

// requireReauth returns errReauthRequired when re-authentication is required and
// the person has not verified lately who they are.
func (c *Context) requireReauth(required bool) error {
	if required && !c.Session.RecentlySignedIn(c.Now()) {
		return errReauthRequired
	}
	return nil
}

// ReauthPath is the path of the page for re-authentication. Its query parameter
// "next" is the page to return to.
const ReauthPath = "/reauth"

// redirectToReauth redirects to the page for re-authentication. htmx, and scripts
// that fetch, follow the redirect and get a dialog.
func (c *Context) redirectToReauth() error {
	return c.Redirect(http.StatusSeeOther, ReauthPath+"?"+url.Values{"next": {c.cameFrom()}}.Encode())
}

// Reauthenticated records in the session that the person verified who they are
// at the given time, which must not be in the future.
func (c *Context) Reauthenticated(at time.Time) error {
	if err := c.server.store.MarkReauth(c.Ctx(), c.Session.ID, at); err != nil {
		return err
	}
	c.Session.ReauthAt = &at
	return nil
}

// speakAsLastAccount sets the language of a page that is not in an account: that
// of the account that the person was in last, whose panel the page shows.
func (c *Context) speakAsLastAccount() error {
	if c.choseLanguage() {
		return nil
	}
	accounts, err := c.server.store.AccountsOf(c.Ctx(), c.User.ID)
	if err == nil && len(accounts) > 0 {
		c.SpeakAs(c.lastOf(accounts).Account)
	}
	return err
}

// redirectToSignIn redirects a visitor to the sign-in page, which leads back to
// where they were. For htmx it sets HX-Redirect, because htmx would put the page
// behind a redirect into a fragment.
func (c *Context) redirectToSignIn() error {
	q := url.Values{}
	if next := c.cameFrom(); next != "/" {
		q.Set("next", next)
	}
	if _, err := c.Cookie(c.server.cookieName); err == nil {
		q.Set("expired", "1")
	}
	to := "/login"
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	if c.isHTMX() {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// cameFrom returns the page to return to after a sign-in or a change of language:
// the requested page, or, for an action, the page with its button.
func (c *Context) cameFrom() string {
	r := c.Request()
	from := r.Header.Get("Referer")
	switch {
	case c.isHTMX():
		from = r.Header.Get("HX-Current-URL")
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return LocalPath(r.URL.RequestURI())
	}
	u, err := url.Parse(from)
	if err != nil {
		return "/"
	}
	return LocalPath(u.RequestURI())
}

// LocalPath returns s when it is a path of this server, with its query, and "/"
// for everything else: other hosts, other schemes, //host and /\host, control
// characters.
func LocalPath(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsFunc(s, notInPath) {
		return "/"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return u.RequestURI()
}

// notInPath reports whether r is a character that browsers drop or turn into a
// slash.
func notInPath(r rune) bool { return r == '\\' || r < 0x20 || r == 0x7f }

// handler returns the handler of a route with everything that comes before it:
// the limit on visitors, reading the form, and the access check. The body is read
// before the access check, because its sender can hold it back: the rights that
// count are those at the moment when the work begins.
func (s *Server) handler(r Route) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := s.context(ec)
		if err := c.limitVisitors(r); err != nil {
			return err
		}
		unreadable := c.readForm()
		err := s.admit(c, r.Access)
		if errors.Is(err, errReauthRequired) {
			return c.redirectToReauth()
		}
		if err = cmp.Or(err, unreadable); err != nil {
			return err
		}
		if r.Edits {
			c.Actor.FormVersion = cmp.Or(models.Version(c.Value(ui.VersionField)), models.NoVersion)
		}
		return r.Handler(c)
	}
}
