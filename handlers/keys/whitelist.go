package keys

import (
	"context"
	"errors"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyWhitelist is the part of the store that changes the IP Whitelist.
type keyWhitelist interface {
	// AddKeyIP adds an address or range and returns it as it is stored.
	AddKeyIP(ctx context.Context, who models.Actor, sid, raw string) (string, error)
	// RemoveKeyIP removes an address or range. Removing the last one without confirmation is CodeConflict; one that
	// does not exist is CodeNotFound at the field "ip".
	RemoveKeyIP(ctx context.Context, who models.Actor, sid, rule string, confirmedLast bool) error
}

// whitelist is the section of the IP Whitelist, which also opens over the list.
func whitelist(said string) section {
	return section{onPage: view.KeyWhitelistSection, overList: view.WhitelistInDialog, said: said}
}

func (h handlers) addIP(c *web.Context) error {
	sid, typed := c.Param("sid"), c.Value("ip")
	rule, err := h.store.AddKeyIP(c.Ctx(), c.Actor, sid, typed)
	s := whitelist(c.T("keys.said.ip.added", "Rule", rule))
	s.typed = func(m *view.KeyDetails) { m.IP = typed }
	return h.answer(c, sid, s, err)
}

// removeIP removes an address. Removing the last one lets every address use the
// key, so it asks first.
func (h handlers) removeIP(c *web.Context) error {
	sid, rule := c.Param("sid"), c.Value("ip")
	err := h.store.RemoveKeyIP(c.Ctx(), c.Actor, sid, rule, c.Checked("confirmed"))
	if models.CodeOf(err) == models.CodeConflict {
		return h.askLastIP(c, sid, rule)
	}
	s := whitelist(c.T("keys.said.ip.removed", "Rule", rule))
	s.load = focusNewIP
	if c.Checked("confirmed") { // the question took the place of the dialog
		s.onPage, s.overList = view.WhitelistPartial, view.WhitelistDialog
	}
	var refusal *models.Error
	if errors.As(err, &refusal) && refusal.Code == models.CodeNotFound && refusal.Field == "ip" {
		s.said, _ = c.Words(err)
		s.tone, s.status, err = ui.Warn, http.StatusNotFound, nil // another window removed it: show what is there
	}
	return h.answer(c, sid, s, err)
}

// focusNewIP puts the focus into New IP: the button that had it is gone with
// its address.
func focusNewIP(_ *web.Context, m *view.KeyDetails) error {
	m.NextIP = true
	return nil
}

func (h handlers) askLastIP(c *web.Context, sid, rule string) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, sid)
	if err != nil {
		return err
	}
	m := view.LastIP{Root: page.KeysRoot(c), Key: key.Key, Rule: rule, Rules: key.Rules()}
	if c.WantsFragment() {
		intoDialog(c)
		return c.Page(http.StatusOK, view.LastIPDialog(m))
	}
	m.Page = true
	return c.Page(http.StatusOK, h.keyFrame(c, key.Key, func(chrome views.Chrome) templ.Component {
		return view.LastIPPage(chrome, m)
	}))
}

// showWhitelist opens the IP Whitelist over the list. Without script it redirects to the section on the key's page.
func (h handlers) showWhitelist(c *web.Context) error {
	m, err := h.details(c, c.Param("sid"))
	if err != nil {
		return err
	}
	if !c.WantsFragment() {
		return c.Goto(keyPath(c, m.Key.Sid) + "#whitelist")
	}
	return c.Page(http.StatusOK, view.WhitelistDialog(m))
}
