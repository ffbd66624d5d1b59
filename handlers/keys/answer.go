package keys

import (
	"cmp"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/keys"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// section is a part of a key's page that is saved on its own. An action ends
// with the section that it changed.
type section struct {
	onPage   func(view.KeyDetails) templ.Component          // the section on the key's page
	overList func(view.KeyDetails) templ.Component          // the section in a dialog over the list; nil if it has none
	alone    func(views.Chrome) templ.Component             // a page for a browser without script; nil to go back to the key's page
	load     func(c *web.Context, m *view.KeyDetails) error // adds what the section shows beyond the details; may be nil
	typed    func(m *view.KeyDetails)                       // restores what was typed into a refused form; may be nil
	said     string                                         // what was done; "" for no message
	tone     ui.Tone                                        // of said; ui.OK if empty
	status   int                                            // 200 if zero
}

// answer ends an action on the key: with the saved section, or after err with
// the section as it was typed and the words beside its fields. It returns an
// err that no field explains.
func (h handlers) answer(c *web.Context, sid string, s section, err error) error {
	if err == nil && !c.WantsFragment() {
		return h.alone(c, sid, s)
	}
	if _, explained := c.FieldErrors(err); err != nil && !explained {
		return err
	}
	m, failed := h.sectionDetails(c, sid, s)
	if failed != nil {
		return failed
	}
	if err == nil {
		return h.saved(c, s, m)
	}
	return c.Invalid(err, func(words web.FieldErrors) (full, fragment templ.Component) {
		m.Errors = words
		if s.typed != nil {
			s.typed(&m)
		}
		if s.isOverList(c) {
			return h.keyPage(c, m), s.overList(m)
		}
		return h.keyPage(c, m), s.onPage(m)
	})
}

// isOverList reports whether the form was sent from a dialog over the list.
func (s section) isOverList(c *web.Context) bool { return s.overList != nil && onList(c) }

// sectionDetails returns the key's details with what the section needs, and
// for a whole page with what every section needs.
func (h handlers) sectionDetails(c *web.Context, sid string, s section) (view.KeyDetails, error) {
	m, err := h.details(c, sid)
	if err == nil && !c.WantsFragment() {
		err = h.fill(c, &m)
	}
	if err == nil && s.load != nil {
		err = s.load(c, &m)
	}
	return m, err
}

// alone answers a saved form of a browser without script.
func (h handlers) alone(c *web.Context, sid string, s section) error {
	if s.alone != nil {
		key, err := h.store.Key(c.Ctx(), c.Actor, sid)
		if err != nil {
			return err
		}
		return c.Page(http.StatusOK, h.keyFrame(c, key.Key, s.alone))
	}
	if err := c.Flash(string(cmp.Or(s.tone, ui.OK)), s.said); err != nil {
		return err
	}
	return c.Goto(keyPath(c, sid))
}

// saved answers htmx with the section and with what the change did around it:
// to the list behind a dialog, or to the rest of the key's page.
func (h handlers) saved(c *web.Context, s section, m view.KeyDetails) error {
	parts := []templ.Component{s.onPage(m), view.KeyExtras(m)}
	if s.isOverList(c) {
		list, err := h.listModel(c, h.query(c, page.Origin(c).Query()))
		if err != nil {
			return err
		}
		parts = []templ.Component{s.overList(m), view.ListPartial(list)}
	}
	if s.said != "" {
		parts = append(parts, ui.Toast(s.tone, s.said))
	}
	return c.Page(cmp.Or(s.status, http.StatusOK), templ.Join(parts...))
}

// answerList ends an action on the list, for htmx: the list as it stands now,
// and what was done.
func (h handlers) answerList(c *web.Context, status int, tone ui.Tone, said string) error {
	m, err := h.listModel(c, h.query(c, page.Origin(c).Query()))
	if err != nil {
		return err
	}
	return c.Page(status, view.ListAnswer(m, tone, said))
}

// orGone serves an action on a key. If the key is gone and the action was sent
// from the list, it answers with the list as it stands now.
func (h handlers) orGone(action web.HandlerFunc) web.HandlerFunc {
	return func(c *web.Context) error {
		err := action(c)
		words, ok := c.Words(err)
		if !ok || models.CodeOf(err) != models.CodeNotFound || !c.WantsFragment() || !onList(c) {
			return err
		}
		return h.answerList(c, http.StatusNotFound, ui.Bad, words)
	}
}

// intoDialog makes htmx show the answer in the dialog, whatever part of the page
// the request was to replace.
func intoDialog(c *web.Context) {
	h := c.Response().Header()
	h.Set("HX-Retarget", "#dialog")
	h.Set("HX-Reswap", "innerHTML")
}
