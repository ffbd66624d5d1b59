package catalogue

import "keywicket/models"

// KeyLink is a link to a key that names an app or a call.
type KeyLink struct {
	Name    string
	Href    string
	Account string // of another one than the page's
}

// NewKeyLinks returns links to the keys. A key of a sub-account names its
// account.
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
