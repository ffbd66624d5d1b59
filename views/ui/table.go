package ui

import "github.com/a-h/templ"

// Column is a column of a Table.
type Column struct {
	Label string
	Hide  bool   // the label is only for assistive software (Action, selection)
	Class string // "narrow", "actions", "check"
	Sort  string // href that sorts by it; "" for none
	Order string // "ascending", "descending", or "" when the list is not sorted by it
	Check bool   // holds the SelectAll box
	Form  string // of the SelectAll box
	Field string // name of the boxes that it selects
}

// TableParams describes a table. On a phone, its rows become stacked cards.
type TableParams struct {
	ID      string
	Caption string // for assistive software
	Columns []Column
	Class   string
	Attrs   templ.Attributes // of the links that sort, for htmx; hx-get is added
}

// CellParams describes a cell. Label is the column's label, which a phone shows
// above the value.
type CellParams struct {
	Label string
	Class string // "narrow", "actions", "check", "main" (the row's name: head of the card), "wide" (a line of the card)
}

// sortAttrs returns the attributes of a sorted column.
func sortAttrs(c Column) templ.Attributes {
	a := templ.Attributes{}
	set(a, "aria-sort", c.Order)
	return a
}

// titleAttr returns the title attribute with the whole text, which a narrow
// column may cut off.
func titleAttr(text string) templ.Attributes {
	if len(text) <= 20 {
		return nil
	}
	return templ.Attributes{"title": text}
}

// idAttr returns the id attribute, or none for "".
func idAttr(id string) templ.Attributes {
	a := templ.Attributes{}
	set(a, "id", id)
	return a
}

// BulkParams describes the bar that acts on the selected rows. Its children are
// the buttons; they submit the form that the checkboxes belong to.
type BulkParams struct {
	Form  string // id of the form that the bar makes
	Field string // name of the boxes
}
