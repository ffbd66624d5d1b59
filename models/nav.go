package models

// NavCounts are the figures beside the left panel's entries.
type NavCounts struct {
	Keys int // those that the actor may see
	Apps int
	APIs int

	Plugins int // those that the actor may see
}
