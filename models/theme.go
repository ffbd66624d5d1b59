package models

import "slices"

// The themes that a person can choose.
const (
	ThemeLight = "light"
	ThemeDark  = "dark"
)

// Themes returns the themes, in the order of the form.
func Themes() []string { return []string{ThemeLight, ThemeDark} }

// ValidTheme reports whether a person can choose the theme. "" stands for the system's.
func ValidTheme(s string) bool { return s == "" || slices.Contains(Themes(), s) }
