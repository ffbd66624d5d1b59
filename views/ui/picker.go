package ui

// PickerParams describes a list to choose from: App List, API List. It is a set
// of checkboxes named Name. Script adds search, family boxes and counts. With
// Single, exactly one can be chosen.
type PickerParams struct {
	ID     string
	Name   string // of the boxes
	Label  string // "App List"
	Groups []PickerGroup
	Empty  string // when there is nothing to choose from
	Single bool   // just one can be chosen
	Error  string // below the list
}

// kind returns the type attribute of the boxes.
func (p PickerParams) kind() string {
	if p.Single {
		return "radio"
	}
	return "checkbox"
}

// PickerGroup is a family. A single group without a name has no family box.
type PickerGroup struct {
	Name  string
	Items []PickerItem
}

// PickerItem is one choice.
type PickerItem struct {
	Value   string
	Label   string
	Note    string // app id; method and path
	Checked bool
}

// total returns the number of items.
func (p PickerParams) total() int {
	n := 0
	for _, g := range p.Groups {
		n += len(g.Items)
	}
	return n
}

// chosen returns the number of chosen items.
func (p PickerParams) chosen() int {
	n := 0
	for _, g := range p.Groups {
		n += g.chosen()
	}
	return n
}

// chosen returns the number of chosen items.
func (g PickerGroup) chosen() int {
	n := 0
	for _, i := range g.Items {
		if i.Checked {
			n++
		}
	}
	return n
}
