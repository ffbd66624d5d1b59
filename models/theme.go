package models

import "slices"

// The themes that a person can choose.
const (
	ThemeLight = "light"
	ThemeDark  = "dark"
)

// Themes lists the themes in the order in which they are offered. "" leaves the
// choice to the system.
func Themes() []string { return []string{ThemeLight, ThemeDark} }

// ValidTheme reports whether a person may choose the theme. "" leaves it to the
// system.
func ValidTheme(s string) bool { return s == "" || slices.Contains(Themes(), s) }
