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

// keyWhitelist is what the IP Whitelist needs of the store.
type keyWhitelist interface {
	// AddKeyIP adds an address or range, and gives it as it is kept.
	AddKeyIP(ctx context.Context, who models.Actor, sid, raw string) (string, error)
	// RemoveKeyIP removes one. The last one, unconfirmed, is CodeConflict; one
	// that is not there is CodeNotFound at the field "ip".
	RemoveKeyIP(ctx context.Context, who models.Actor, sid, rule string, confirmedLast bool) error
}

func (h handlers) addIP(c *web.Context) error {
	sid, typed := c.Param("sid"), c.Value("ip")
	rule, err := h.store.AddKeyIP(c.Ctx(), c.Actor, sid, typed)
	if c.WantsFragment() && onList(c) {
		return h.answerInDialog(c, sid, typed, c.T("keys.said.ip.added", "Rule", rule), err)
	}
	return h.answer(c, sid, section{
		view: view.KeyWhitelistSection, typed: func(m *view.KeyDetails) { m.IP = typed }, said: c.T("keys.said.ip.added", "Rule", rule),
	}, err)
}

// removeIP removes an address. Without the last one every address may use the
// key, so that is asked about first.
func (h handlers) removeIP(c *web.Context) error {
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
	if c.WantsFragment() && onList(c) {
		return h.removedInDialog(c, sid, said)
	}
	if !c.Checked("confirmed") || !c.WantsFragment() {
		return h.answer(c, sid, section{view: view.KeyWhitelistSection, said: said, load: nextIP}, nil)
	}
	m, err := h.details(c, sid)
	if err != nil {
		return err
	}
	m.NextIP = true
	return c.Done(keyPath(c, sid), said, view.WhitelistAnswer(m))
}

// nextIP puts the cursor into New IP: the button that had it went with its
// address.
func nextIP(_ *web.Context, m *view.KeyDetails) error {
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
		c.Response().Header().Set("HX-Retarget", "#dialog")
		c.Response().Header().Set("HX-Reswap", "innerHTML")
		return c.Page(http.StatusOK, view.LastIPDialog(m))
	}
	m.Page = true
	return c.Page(http.StatusOK, h.keyFrame(c, key.Key, func(chrome views.Chrome) templ.Component {
		return view.LastIPPage(chrome, m)
	}))
}

// noSuchIP answers the removal of an address that another window removed: the
// whitelist as it is now.
func (h handlers) noSuchIP(c *web.Context, sid string, err error) error {
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
	if onList(c) {
		return c.Page(http.StatusNotFound, templ.Join(view.WhitelistInDialog(m), ui.Toast(ui.Warn, words)))
	}
	return c.Page(http.StatusNotFound, templ.Join(view.WhitelistAnswer(m), ui.Toast(ui.Warn, words)))
}

// showWhitelist shows the IP Whitelist over the list, and leads to it on the
// key's page otherwise.
func (h handlers) showWhitelist(c *web.Context) error {
	m, err := h.details(c, c.Param("sid"))
	if err != nil {
		return h.stale(c, err)
	}
	if !c.WantsFragment() {
		return c.Goto(keyPath(c, m.Key.Sid) + "#whitelist")
	}
	return c.Page(http.StatusOK, view.WhitelistDialog(m))
}

// answerInDialog is answer for the IP Whitelist over the list.
func (h handlers) answerInDialog(c *web.Context, sid, typed, said string, err error) error {
	if _, mendable := c.FieldErrors(err); err != nil && !mendable {
		return err
	}
	m, failed := h.details(c, sid)
	if failed != nil {
		return failed
	}
	if err != nil {
		return c.Invalid(err, func(words web.FieldErrors) (full, fragment templ.Component) {
			m.Errors, m.IP = words, typed
			return h.keyPage(c, m), view.WhitelistInDialog(m)
		})
	}
	list, failed := h.listModel(c, h.query(c, page.Origin(c).Query()))
	if failed != nil {
		return failed
	}
	return c.Done(keyPath(c, sid), said, view.WhitelistChanged(m, list))
}

// removedInDialog answers a removal over the list: the dialog goes on, or
// comes back after another one has asked about the last address.
func (h handlers) removedInDialog(c *web.Context, sid, said string) error {
	m, err := h.details(c, sid)
	if err != nil {
		return err
	}
	list, err := h.listModel(c, h.query(c, page.Origin(c).Query()))
	if err != nil {
		return err
	}
	m.NextIP = true
	if c.Checked("confirmed") {
		return c.Done(keyPath(c, sid), said, view.WhitelistReopened(m, list))
	}
	return c.Done(keyPath(c, sid), said, view.WhitelistChanged(m, list))
}
