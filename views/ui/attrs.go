package ui

import "github.com/a-h/templ"

// current marks the link of the page that is shown.
func current(yes bool) templ.Attributes {
	if yes {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// shown marks a secret whose value is in the page.
func shown(value string) templ.Attributes {
	if value == "" {
		return nil
	}
	return templ.Attributes{"data-shown": true}
}

// live lets htmx follow a link: attrs say what its answer replaces, and the
// address is the link's own. Without attrs it stays a plain link.
func live(href string, attrs templ.Attributes) templ.Attributes {
	if len(attrs) == 0 {
		return nil
	}
	return merge(templ.Attributes{"hx-get": href}, attrs)
}
