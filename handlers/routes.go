package handlers

import (
	"net/http"
	"slices"

	"keywicket/handlers/accounts"
	"keywicket/handlers/audit"
	"keywicket/handlers/catalogue"
	"keywicket/handlers/keys"
	"keywicket/handlers/members"
	"keywicket/handlers/signin"
	"keywicket/handlers/tester"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"
)

// Routes returns the console's whole route table.
func Routes(d Deps) []web.Route {
	return slices.Concat(
		coreRoutes(d),
		signin.Routes(signin.Deps{
			Store: d.Store, Passwords: d.Passwords, SSO: d.SSO, Passkeys: d.Passkeys, Mail: d.Mail, BaseURL: d.BaseURL, Later: d.Later,
		}),
		keys.Routes(d.Store, d.Gate),
		catalogue.Routes(d.Store),
		tester.Routes(d.Store, d.Engine),
		audit.Routes(d.Store),
		accounts.Routes(d.Store, d.Gate),
		members.Routes(members.Deps{Store: d.Store, Passwords: d.Passwords, Mail: d.Mail, BaseURL: d.BaseURL}),
	)
}

// coreRoutes returns the start page and the health checks.
func coreRoutes(d Deps) []web.Route {
	return []web.Route{
		web.Get("/", "home", web.SignedIn(), home(d.Store)),
		web.Get("/healthz", "health", web.Public(), healthy),
		web.Get("/readyz", "ready", web.Public(), ready(d)),
	}
}

// home redirects to the keys of the account that the user visited last, or of
// their first account. A user without an account sees a page that says what to
// do.
func home(store web.People) web.HandlerFunc {
	return func(c *web.Context) error {
		slug, err := store.LastAccount(c.Ctx(), c.User.ID)
		if err != nil {
			return err
		}
		if slug == "" {
			title := c.T("people.none.title")
			return c.Page(http.StatusOK, views.NoAccountPage(c.Chrome(title, "", ui.Crumb{Label: title})))
		}
		return c.Redirect(http.StatusSeeOther, "/a/"+slug+"/keys")
	}
}

// healthy reports that the process answers.
func healthy(c *web.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready reports whether the console can work: whether its database answers and
// accepts writes.
func ready(d Deps) web.HandlerFunc {
	return func(c *web.Context) error {
		if d.Ready != nil {
			if err := d.Ready(c.Ctx()); err != nil {
				return models.Refuse(models.CodeUnavailable, "", "errors.unavailable").Because(err)
			}
		}
		return c.String(http.StatusOK, "ready\n")
	}
}
