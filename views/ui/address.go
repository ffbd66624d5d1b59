package ui

import (
	"net/url"
	"strconv"
)

// Address returns root with the query fields that have a value, and with "page"
// for a page after the first.
func Address(root string, query map[string]string, page int) string {
	v := url.Values{}
	for name, value := range query {
		if value != "" {
			v.Set(name, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return root
	}
	return root + "?" + v.Encode()
}
