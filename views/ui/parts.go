package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// MaxBadLines is how many bad lines are shown at once.
const MaxBadLines = 20

// BadLine says what is wrong with a line.
type BadLine struct {
	Line  int // from 1
	Words string
}

// Focused reports whether the cursor belongs into a field: the first that is
// wrong, else the first of all.
func Focused(errors map[string]string, field string, order ...string) bool {
	for _, name := range order {
		if errors[name] != "" {
			return name == field
		}
	}
	return field == order[0]
}

// FormDialog are the params of a dialog that adds or changes something.
func FormDialog(id, title, about, action, label, back string, page bool) DialogParams {
	return DialogParams{
		ID: id, Title: title, Description: about, Show: !page, Page: page,
		Action: action, Attrs: PostDialog(action), CloseHref: back, Submit: ButtonParams{Label: label},
	}
}

// SwapRegion lets htmx replace the list of a page. Morphing keeps the focus.
func SwapRegion(region string) templ.Attributes {
	return templ.Attributes{"hx-target": "#" + region, "hx-swap": "outerMorph"}
}

// SearchRegion lets htmx send a search and replace the list.
func SearchRegion(action, region string) templ.Attributes {
	a := SwapRegion(region)
	a["hx-get"] = action
	return a
}

// PostTo lets htmx send a form to action and replace target.
func PostTo(action, target string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": target, "hx-swap": "outerHTML"}
}

// PostDialog lets htmx send a dialog's form. An answer without a dialog of
// its own closes it.
func PostDialog(action string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": "#dialog", "hx-swap": "innerHTML swapEmpty:true"}
}

// OpenDialog lets a link fetch a dialog.
func OpenDialog(href string) templ.Attributes {
	return templ.Attributes{"hx-get": href, "hx-target": "#dialog", "hx-swap": "innerHTML"}
}

// Download marks a form that is answered with a file: the page stays, and may
// send it again.
func Download() templ.Attributes { return templ.Attributes{"data-download": true} }

// Initials gives one or two letters for a name: first and last word, or the
// last two characters of a Chinese name.
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
