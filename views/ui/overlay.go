package ui

import "github.com/a-h/templ"

// DialogParams describes a dialog.
//
// An inline dialog is part of the page and is opened by a LinkButton with its
// id in Dialog. With Show it opens as soon as it arrives: htmx puts it into
// #dialog (hx-get, hx-target="#dialog", hx-swap="innerHTML"). With Page the
// same content is a part of a page, for readers without script.
type DialogParams struct {
	ID          string
	Title       string
	Description string
	Show        bool
	Page        bool
	Wide        bool
	Action      string           // POST form around body and footer; "" for none
	Version     string           // of what the form was made from; "" for none
	Attrs       templ.Attributes // of the form, in a dialog: a page has a plain form
	Submit      ButtonParams     // the button that does it; no Label: none
	CloseLabel  string           // "Cancel" by default; "-" for none
	CloseHref   string           // where closing leads without script; "#" by default
	Once        bool             // holds a value that is shown once: leaving asks whether it is stored
}

// closeHref returns the address of the Close link.
func (p DialogParams) closeHref() string {
	if p.CloseHref == "" {
		return "#"
	}
	return p.CloseHref
}

// attrs returns the attributes of the dialog that are set.
func (p DialogParams) attrs() templ.Attributes {
	a := p.once()
	if p.Show {
		a["data-show"] = true
	}
	if p.Description != "" {
		a["aria-describedby"] = p.ID + "-about"
	}
	return a
}

// once returns the attribute of a dialog that is shown only once. Script asks
// before the reader leaves it.
func (p DialogParams) once() templ.Attributes {
	if p.Once {
		return templ.Attributes{"data-once": true}
	}
	return templ.Attributes{}
}

// formAttrs returns the attributes of the form. On a page of its own there is
// no list that htmx could replace, so htmx does not submit the form.
func (p DialogParams) formAttrs() templ.Attributes {
	if p.Page {
		return nil
	}
	return p.Attrs
}

// ConfirmParams describes a question before an action that cannot be undone.
// Title names the thing; Text says what will happen.
type ConfirmParams struct {
	ID      string
	Title   string
	Text    string
	Action  string            // POST
	Version string            // of what the person is told
	Label   string            // of the button that does it
	Fields  map[string]string // hidden fields of the form
	Show    bool
	Page    bool
	Back    string           // CloseHref
	Attrs   templ.Attributes // of the form
}

// dialog returns the params of the dialog that asks the question.
func (p ConfirmParams) dialog() DialogParams {
	return DialogParams{
		ID: p.ID, Title: p.Title, Description: p.Text, Show: p.Show, Page: p.Page,
		Action: p.Action, Version: p.Version, Attrs: p.Attrs, CloseHref: p.Back,
		Submit: ButtonParams{Label: p.Label, Variant: Danger},
	}
}

// MenuParams describes a menu behind a button.
type MenuParams struct {
	ID      string
	Label   string  // name of the button
	Text    string  // shown in the button; "" for the icon alone
	Icon    string  // "ellipsis" by default
	Variant Variant // Ghost by default
	Small   bool
}

// class returns the CSS classes of the button.
func (p MenuParams) class() string {
	c := "btn btn-ghost"
	switch {
	case p.Variant != "":
		c = "btn btn-" + string(p.Variant)
	case p.Text != "":
		c = "btn"
	}
	if p.Text == "" {
		c += " btn-icon"
	}
	if p.Small {
		c += " btn-small"
	}
	return c
}

// ItemParams describes an item of a Menu: a link (Href, or Dialog to open one)
// or a form that is POSTed (Action).
type ItemParams struct {
	Label   string
	Icon    string
	Href    string
	Dialog  string
	Action  string
	Version string // of what the form was made from
	Fields  map[string]string
	Danger  bool
	Hint    string           // why it is not possible; then it is disabled
	Attrs   templ.Attributes // of the link, or of the form
}

// class returns the CSS classes of the item.
func (p ItemParams) class() string {
	if p.Danger {
		return "item item-danger"
	}
	return "item"
}

// href returns the link's address, or the anchor of its dialog.
func (p ItemParams) href() string {
	if p.Dialog != "" && p.Href == "" {
		return "#" + p.Dialog
	}
	return p.Href
}

// linkAttrs returns the attributes of the link.
func (p ItemParams) linkAttrs() templ.Attributes {
	a := templ.Attributes{}
	if p.Dialog != "" {
		a["data-dialog"] = p.Dialog
		a["aria-haspopup"] = "dialog"
	}
	return merge(a, p.Attrs)
}
