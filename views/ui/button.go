package ui

import "github.com/a-h/templ"

// Variant is how much a button asks for attention.
type Variant string

// The variants of buttons. Danger is for what destroys.
const (
	Default Variant = ""
	Primary Variant = "primary"
	Ghost   Variant = "ghost"
	Danger  Variant = "danger"
)

// Tone colours a tag, badge, note or toast by what it means.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Info    Tone = "info"
	OK      Tone = "ok"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// ButtonParams describe a button, or a link that looks like one.
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

func (p ButtonParams) kind() string {
	if p.Type == "" {
		return "submit"
	}
	return p.Type
}

func (p ButtonParams) href() string {
	if p.Dialog != "" && p.Href == "" {
		return "#" + p.Dialog
	}
	return p.Href
}

// attrs gathers what is only there when it is set.
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

// set writes an attribute that has a value.
func set(a templ.Attributes, name, value string) {
	if value != "" {
		a[name] = value
	}
}

func merge(a, more templ.Attributes) templ.Attributes {
	for k, v := range more {
		a[k] = v
	}
	return a
}
