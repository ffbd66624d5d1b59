package views

import (
	"github.com/a-h/templ"

	"keywicket/models"
)

// boolAttr returns "true" or "false".
func boolAttr(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// pageAttr marks a link as the one to the current page, if yes.
func pageAttr(yes bool) templ.Attributes {
	if yes {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// themeAttr returns the attribute that overrides the system's theme.
func themeAttr(theme string) templ.Attributes {
	if theme == "" || !models.ValidTheme(theme) {
		return nil
	}
	return templ.Attributes{"data-theme": theme}
}
