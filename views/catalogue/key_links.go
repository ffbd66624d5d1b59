package catalogue

import "keywicket/models"

// KeyLink is a key that something else names.
type KeyLink struct {
	Name    string
	Href    string
	Account string // of another one than the page's
}

// NewKeyLinks returns the way to each of the keys. One of another account than
// the page's, a sub-account, says whose it is.
func NewKeyLinks(slug string, keys []models.ListedKey) []KeyLink {
	links := make([]KeyLink, len(keys))
	for i, k := range keys {
		links[i] = KeyLink{Name: k.Name, Href: "/a/" + k.Slug + "/keys/" + k.Sid}
		if k.Slug != slug {
			links[i].Account = k.Account
		}
	}
	return links
}
