package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// MaxBadLines is the maximum number of bad lines that are shown.
const MaxBadLines = 20

// BadLine is the error of a line.
type BadLine struct {
	Line  int // from 1
	Words string
}

// Focused reports whether the field gets the focus: the first field of order
// with an error, else the first of all.
func Focused(errors map[string]string, field string, order ...string) bool {
	for _, name := range order {
		if errors[name] != "" {
			return name == field
		}
	}
	return field == order[0]
}

// FormDialog returns the params of a dialog that creates or changes something.
func FormDialog(id, title, about, action, label, back string, page bool) DialogParams {
	return DialogParams{
		ID: id, Title: title, Description: about, Show: !page, Page: page,
		Action: action, Attrs: PostDialog(action), CloseHref: back, Submit: ButtonParams{Label: label},
	}
}

// SwapRegion makes htmx replace the list of a page. It morphs the list, so that
// the focus stays.
func SwapRegion(region string) templ.Attributes {
	return templ.Attributes{"hx-target": "#" + region, "hx-swap": "outerMorph"}
}

// SearchRegion makes htmx submit a search and replace the list.
func SearchRegion(action, region string) templ.Attributes {
	a := SwapRegion(region)
	a["hx-get"] = action
	return a
}

// PostTo makes htmx POST a form to action and replace target.
func PostTo(action, target string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": target, "hx-swap": "outerHTML"}
}

// PostDialog makes htmx submit a dialog's form. An answer without a dialog of
// its own closes the dialog.
func PostDialog(action string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": "#dialog", "hx-swap": "innerHTML swapEmpty:true"}
}

// OpenDialog makes htmx load the dialog that a link points to.
func OpenDialog(href string) templ.Attributes {
	return templ.Attributes{"hx-get": href, "hx-target": "#dialog", "hx-swap": "innerHTML"}
}

// Download marks a form whose answer is a file. The page stays and can submit
// the form again.
func Download() templ.Attributes { return templ.Attributes{"data-download": true} }

// Initials returns one or two letters for a name: of the first and the last
// word, or the last two characters of a Chinese name.
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		if unicode.Is(unicode.Han, first) {
			runes := []rune(words[0])
			return string(runes[max(0, len(runes)-2):])
		}
		return string(unicode.ToUpper(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return string(unicode.ToUpper(first)) + string(unicode.ToUpper(last))
}
