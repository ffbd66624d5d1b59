package views

import (
	"context"

	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
)

// Proof asks somebody who is signed in to prove again who they are. What was
// typed is never in it.
type Proof struct {
	Next   string // the page to come back to
	Page   bool   // on a page of its own
	Errors map[string]string
}

func (m Proof) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "ask-again", Title: i18n.T(ctx, "signin.proof.title"), Description: i18n.T(ctx, "signin.proof.about"),
		Show: true, Page: m.Page, Action: "/proof", Attrs: templ.Attributes{"hx-post": "/proof", "hx-target": "#proof", "hx-swap": "innerHTML"},
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "signin.proof.submit")}, CloseHref: m.Next,
	}
}
