package ui

import "github.com/a-h/templ"

// current returns the attribute of a link to the current page, if yes.
func current(yes bool) templ.Attributes {
	if yes {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// shown returns the attribute of a secret whose value is in the page.
func shown(value string) templ.Attributes {
	if value == "" {
		return nil
	}
	return templ.Attributes{"data-shown": true}
}

// live makes htmx follow a link to href. attrs say what the answer replaces;
// without attrs the link stays a plain one.
func live(href string, attrs templ.Attributes) templ.Attributes {
	if len(attrs) == 0 {
		return nil
	}
	return merge(templ.Attributes{"hx-get": href}, attrs)
}
