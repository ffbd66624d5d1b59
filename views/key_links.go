package views

import "keywicket/models"

// KeyLink is a key that something else names.
type KeyLink struct {
	Name string
	Href string
}

// NewKeyLinks gives the way to each of the keys.
func NewKeyLinks(slug string, keys []models.Key) []KeyLink {
	links := make([]KeyLink, len(keys))
	for i, k := range keys {
		links[i] = KeyLink{Name: k.Name, Href: "/a/" + slug + "/keys/" + k.Sid}
	}
	return links
}
