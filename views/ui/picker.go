package ui

// PickerParams describe a list of which some are chosen: App List, API List.
// It is a set of checkboxes named Name; script adds search, family boxes and
// counts; with Single it is a choice of one.
type PickerParams struct {
	ID     string
	Name   string // of the boxes
	Label  string // "App List"
	Groups []PickerGroup
	Empty  string // when there is nothing to choose from
	Single bool   // just one can be chosen
	Error  string // below the list
}

// kind is the type of the boxes.
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

func (p PickerParams) total() int {
	n := 0
	for _, g := range p.Groups {
		n += len(g.Items)
	}
	return n
}

func (p PickerParams) chosen() int {
	n := 0
	for _, g := range p.Groups {
		n += g.chosen()
	}
	return n
}

func (g PickerGroup) chosen() int {
	n := 0
	for _, i := range g.Items {
		if i.Checked {
			n++
		}
	}
	return n
}
