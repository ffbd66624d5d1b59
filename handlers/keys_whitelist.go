package handlers

import (
	"context"
	"errors"
	"net/http"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyWhitelist is what the IP Whitelist needs of the store.
type keyWhitelist interface {
	// AddKeyIP adds an address or range, and gives it as it is kept.
	AddKeyIP(ctx context.Context, who models.Actor, sid, raw string) (string, error)
	// RemoveKeyIP removes one. The last one, unconfirmed, is CodeConflict; one
	// that is not there is CodeNotFound at the field "ip".
	RemoveKeyIP(ctx context.Context, who models.Actor, sid, rule string, confirmedLast bool) error
}

func (h keyHandlers) addIP(c *web.Context) error {
	sid, typed := c.Param("sid"), c.Value("ip")
	rule, err := h.store.AddKeyIP(c.Ctx(), c.Actor, sid, typed)
	return h.answer(c, sid, section{
		view: views.KeyWhitelistSection, typed: func(m *views.KeyDetails) { m.IP = typed }, said: c.T("keys.said.ip.added", "Rule", rule),
	}, err)
}

// removeIP removes an address. Without the last one every address may use the
// key, so that is asked about first.
func (h keyHandlers) removeIP(c *web.Context) error {
	sid, rule := c.Param("sid"), c.Value("ip")
	err := h.store.RemoveKeyIP(c.Ctx(), c.Actor, sid, rule, c.Checked("confirmed"))
	var refusal *models.Error
	switch {
	case models.CodeOf(err) == models.CodeConflict:
		return h.askLastIP(c, sid, rule)
	case errors.As(err, &refusal) && refusal.Code == models.CodeNotFound && refusal.Field == "ip":
		return h.noSuchIP(c, sid, err)
	case err != nil:
		return err
	}
	said := c.T("keys.said.ip.removed", "Rule", rule)
	if !c.Checked("confirmed") || !c.WantsFragment() {
		return h.answer(c, sid, section{view: views.KeyWhitelistSection, said: said, load: nextIP}, nil)
	}
	m, err := h.details(c, sid)
	if err != nil {
		return err
	}
	m.NextIP = true
	return c.Done(keyPath(c, sid), said, views.WhitelistAnswer(m))
}

// nextIP puts the cursor into New IP: the button that had it went with its
// address.
func nextIP(_ *web.Context, m *views.KeyDetails) error {
	m.NextIP = true
	return nil
}

func (h keyHandlers) askLastIP(c *web.Context, sid, rule string) error {
	key, err := h.store.Key(c.Ctx(), c.Actor, sid)
	if err != nil {
		return err
	}
	m := views.LastIP{Root: keysRoot(c), Key: key.Key, Rule: rule}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Retarget", "#dialog")
		c.Response().Header().Set("HX-Reswap", "innerHTML")
		return c.Page(http.StatusOK, views.LastIPDialog(m))
	}
	m.Page = true
	return c.Page(http.StatusOK, h.keyFrame(c, key.Key, func(chrome views.Chrome) templ.Component {
		return views.LastIPPage(chrome, m)
	}))
}

// noSuchIP answers the removal of an address that another window removed: the
// whitelist as it is now.
func (h keyHandlers) noSuchIP(c *web.Context, sid string, err error) error {
	words, _ := c.Words(err)
	if !c.WantsFragment() {
		if err := c.Flash(string(ui.Warn), words); err != nil {
			return err
		}
		return c.Goto(keyPath(c, sid))
	}
	m, failed := h.details(c, sid)
	if failed != nil {
		return failed
	}
	return c.Page(http.StatusNotFound, templ.Join(views.WhitelistAnswer(m), ui.Toast(ui.Warn, words)))
}
