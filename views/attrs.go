package views

import (
	"github.com/a-h/templ"

	"keywicket/models"
)

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// pageAttr marks the link that leads to the page that is shown.
func pageAttr(yes bool) templ.Attributes {
	if yes {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// themeAttr overrides the system's theme.
func themeAttr(theme string) templ.Attributes {
	if theme == "" || !models.ValidTheme(theme) {
		return nil
	}
	return templ.Attributes{"data-theme": theme}
}
