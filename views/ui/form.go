package ui

import "github.com/a-h/templ"

// FieldParams describes a labelled text input.
type FieldParams struct {
	ID           string // "f-"+Name by default
	Name         string
	Label        string
	Value        string
	Hint         string // below the field
	Error        string // below the field, in place of the hint's calm
	Type         string // "text" by default
	Placeholder  string
	Autocomplete string // "off" by default
	Required     bool
	Optional     bool // says so beside the label
	Autofocus    bool
	Disabled     bool
	Mono         bool // for ids, paths and addresses
	HideLabel    bool // only for assistive software
	Max          int  // maxlength; 0 for none. Counted as UTF-16: leave it to the server where that matters
	Rows         int  // TextArea
	Options      []Option
	Attrs        templ.Attributes
}

// Option is a choice of a Select.
type Option struct {
	Value    string
	Label    string
	Group    string // options of one group stand together, in order
	Disabled bool
}

// id returns the id attribute of the input.
func (p FieldParams) id() string {
	if p.ID != "" {
		return p.ID
	}
	return "f-" + p.Name
}

// kind returns the type attribute of the input.
func (p FieldParams) kind() string {
	if p.Type == "" {
		return "text"
	}
	return p.Type
}

// autocomplete returns the autocomplete attribute of the input.
func (p FieldParams) autocomplete() string {
	if p.Autocomplete == "" {
		return "off"
	}
	return p.Autocomplete
}

// attrs returns the attributes that are set.
func (p FieldParams) attrs() templ.Attributes {
	a := templ.Attributes{}
	set(a, "placeholder", p.Placeholder)
	if p.Max > 0 {
		a["maxlength"] = itoa(p.Max)
	}
	describe := ""
	if p.Error != "" {
		a["aria-invalid"] = "true"
		describe = p.id() + "-error"
	} else if p.Hint != "" {
		describe = p.id() + "-hint"
	}
	set(a, "aria-describedby", describe)
	return merge(a, p.Attrs)
}

// groups returns the options in runs of the same group.
func (p FieldParams) groups() [][]Option {
	var out [][]Option
	for _, o := range p.Options {
		if n := len(out); n > 0 && out[n-1][0].Group == o.Group {
			out[n-1] = append(out[n-1], o)
			continue
		}
		out = append(out, []Option{o})
	}
	return out
}

// CheckParams describes a checkbox.
type CheckParams struct {
	ID        string
	Name      string
	Value     string // "1" by default
	Label     string
	Hint      string
	Checked   bool
	Disabled  bool
	HideLabel bool
	Form      string
	Attrs     templ.Attributes
}

// value returns the value attribute of the box.
func (p CheckParams) value() string {
	if p.Value == "" {
		return "1"
	}
	return p.Value
}

// attrs returns the attributes that are set.
func (p CheckParams) attrs() templ.Attributes {
	a := templ.Attributes{}
	set(a, "id", p.ID)
	set(a, "form", p.Form)
	if p.HideLabel {
		a["aria-label"] = p.Label
	}
	return merge(a, p.Attrs)
}

// RadioParams describes a choice between a few cards.
type RadioParams struct {
	Name   string
	Legend string
	Value  string // the chosen one
	Cards  []RadioCard
	Error  string
	Hide   bool // legend only for assistive software
}

// RadioCard is one choice. Shows is the id of a part of the page that is
// visible only while the card is chosen; without script it is always visible.
type RadioCard struct {
	Value string
	Label string
	Hint  string
	Shows string
}

// cardAttrs returns the attributes of a card's input that are set.
func (p RadioParams) cardAttrs(c RadioCard) templ.Attributes {
	a := templ.Attributes{}
	set(a, "data-shows", c.Shows)
	return a
}

// SwitchParams describes a switch: a button that submits its own form at once.
type SwitchParams struct {
	ID      string
	Action  string // where the form is POSTed
	Version string // of the state that is shown
	On      bool
	Label   string           // accessible name: "Status"
	Name    string           // field that says what to change to; "enabled" by default
	Text    string           // state in words beside it, "" for none
	Why     string           // why it cannot be pressed; then it is disabled
	Attrs   templ.Attributes // of the form: hx-post and the like
}

// name returns the name of the field that the switch submits.
func (p SwitchParams) name() string {
	if p.Name == "" {
		return "enabled"
	}
	return p.Name
}

// next returns the value that the switch submits.
func (p SwitchParams) next() string {
	if p.On {
		return "0"
	}
	return "1"
}

// buttonAttrs returns the attributes of the button.
func (p SwitchParams) buttonAttrs() templ.Attributes {
	a := templ.Attributes{}
	set(a, "id", p.ID)
	set(a, "title", p.Why)
	set(a, "aria-description", p.Why)
	return a
}

// SearchParams describes a search that is part of the page's address.
type SearchParams struct {
	Action      string // GET
	Name        string // "q" by default
	Value       string
	Label       string // "Search" by default
	Placeholder string
	ClearHref   string            // the same list without the search
	Keep        map[string]string // other parts of the address that stay
	Attrs       templ.Attributes  // of the form
}

// name returns the name of the search field.
func (p SearchParams) name() string {
	if p.Name == "" {
		return "q"
	}
	return p.Name
}
