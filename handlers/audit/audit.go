// Package audit serves the audit log.
package audit

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/audit"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// Store lists the store methods that the Audit page needs.
type Store interface {
	// ListAudit returns one page of the account's audit log, newest first. A
	// Member sees only their own actions and sign-ins.
	ListAudit(ctx context.Context, who models.Actor, q models.AuditQuery) (models.AuditPage, error)
}

// handlers serves the Audit page.
type handlers struct {
	page.Area
	store Store
}

// Routes returns the area's routes.
func Routes(store Store) []web.Route {
	h := handlers{page.Area{Nav: views.NavAudit, Title: "audit.title", Page: "audit"}, store}
	return []web.Route{
		web.Get("/a/:account/audit", "audit", web.Needs(models.PermAuditView), h.list),
	}
}

// list answers with one page of the audit log.
func (h handlers) list(c *web.Context) error {
	v := c.QueryParams()
	m := view.Audit{Root: h.Root(c), Slug: c.Account.Slug, Filter: auditFilter(v), OwnOnly: !c.Role.SeesAllKeys()}
	q, errors := auditQuery(m.Filter)
	m.Errors = errors
	for field, key := range errors {
		m.Errors[field] = c.T(key)
	}
	q.Page = page.Number(v)
	var err error
	if m.Page, err = h.store.ListAudit(c.Ctx(), c.Actor, q); err != nil {
		return err
	}
	status := http.StatusOK
	if len(m.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Push-Url", m.Href(m.Page.Page))
		return c.Page(status, view.Region(m))
	}
	return c.Page(status, page.Framed(func() templ.Component { return view.Page(h.Chrome(c, ""), m) }))
}

// auditFilter returns the filter in the query, as it was typed.
func auditFilter(v url.Values) view.Filter {
	return view.Filter{
		Event: view.KnownEvent(v.Get("event")), Actor: page.SearchTerm(v, "actor"), Target: page.SearchTerm(v, "target"), Person: positive(v, "person"), Before: positive(v, "before"),
		From: strings.TrimSpace(v.Get("from")), Until: strings.TrimSpace(v.Get("until")),
	}
}

// positive returns a query value that is a positive number, or "" for anything
// else.
func positive(v url.Values, name string) string {
	if n, err := strconv.ParseInt(v.Get(name), 10, 64); err == nil && n > 0 {
		return strconv.FormatInt(n, 10)
	}
	return ""
}

// auditQuery returns the store's query for a filter. Days are in UTC and
// include the last one. For values that are not days, it returns the words to
// show beside their fields.
func auditQuery(f view.Filter) (models.AuditQuery, map[string]string) {
	q := models.AuditQuery{Event: models.Event(f.Event), Actor: f.Actor, Target: f.Target}
	q.Person, _ = strconv.ParseInt(f.Person, 10, 64) // positive left nothing else in them
	q.Before, _ = strconv.ParseInt(f.Before, 10, 64)
	errors := map[string]string{}
	day := func(field, text string, plus int) *time.Time {
		if text == "" {
			return nil
		}
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			errors[field] = "audit.day"
			return nil
		}
		t = t.AddDate(0, 0, plus)
		return &t
	}
	q.From, q.Until = day("from", f.From, 0), day("until", f.Until, 1)
	if q.From != nil && q.Until != nil && !q.From.Before(*q.Until) {
		errors["until"] = "audit.days"
	}
	return q, errors
}
