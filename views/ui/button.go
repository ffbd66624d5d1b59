package ui

import "github.com/a-h/templ"

// Variant is how prominent a button is.
type Variant string

// The variants of buttons. Danger is for destructive actions.
const (
	Default Variant = ""
	Primary Variant = "primary"
	Ghost   Variant = "ghost"
	Danger  Variant = "danger"
)

// Tone is the meaning of a tag, badge, note or toast, which decides its colour.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Info    Tone = "info"
	OK      Tone = "ok"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// ButtonParams describes a button, or a link that looks like one.
type ButtonParams struct {
	Label    string  // what it does; with Title a longer name for assistive software
	Title    string  // accessible name where Label is too short; ""
	Icon     string  // before the label; "" for none
	Variant  Variant //
	Small    bool    //
	Type     string  // "submit" (default) or "button"
	Name     string  // sent with the form when pressed
	Value    string  //
	Form     string  // id of a form elsewhere
	Action   string  // formaction: where this button sends its form
	ID       string  //
	Disabled bool    //
	Why      string  // why it is not possible; then it is disabled
	Dialog   string  // id of a dialog on the page that it opens (LinkButton; also works without script)
	Href     string  // LinkButton only
	Attrs    templ.Attributes
}

// class returns the CSS classes.
func (p ButtonParams) class() string {
	c := "btn"
	if p.Variant != "" {
		c += " btn-" + string(p.Variant)
	}
	if p.Small {
		c += " btn-small"
	}
	return c
}

// kind returns the type attribute.
func (p ButtonParams) kind() string {
	if p.Type == "" {
		return "submit"
	}
	return p.Type
}

// href returns the link's address, or the anchor of its dialog.
func (p ButtonParams) href() string {
	if p.Dialog != "" && p.Href == "" {
		return "#" + p.Dialog
	}
	return p.Href
}

// attrs returns the attributes that are set.
func (p ButtonParams) attrs() templ.Attributes {
	a := templ.Attributes{}
	set(a, "id", p.ID)
	set(a, "name", p.Name)
	set(a, "form", p.Form)
	set(a, "formaction", p.Action)
	set(a, "aria-label", p.Title)
	set(a, "title", or(p.Why, p.Title))
	set(a, "aria-description", p.Why)
	if p.Name != "" {
		a["value"] = p.Value
	}
	return merge(a, p.Attrs)
}

// linkAttrs returns the attributes of the link.
func (p ButtonParams) linkAttrs() templ.Attributes {
	a := templ.Attributes{}
	set(a, "id", p.ID)
	set(a, "aria-label", p.Title)
	set(a, "title", p.Title)
	if p.Dialog != "" {
		a["role"] = "button"
		a["aria-haspopup"] = "dialog"
		a["data-dialog"] = p.Dialog
	}
	return merge(a, p.Attrs)
}

// set sets an attribute unless value is "".
func set(a templ.Attributes, name, value string) {
	if value != "" {
		a[name] = value
	}
}

// merge adds the attributes of more to a and returns a.
func merge(a, more templ.Attributes) templ.Attributes {
	for k, v := range more {
		a[k] = v
	}
	return a
}
