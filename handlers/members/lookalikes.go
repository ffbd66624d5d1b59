package members

import (
	"strings"

	"keywicket/models"
	"keywicket/models/lookalike"
	"keywicket/web"
)

// lookalikes finds members of an account who can be mistaken for one another.
type lookalikes struct{ emails, names lookalike.Index }

// newLookalikes returns an index of the members' names and addresses.
func newLookalikes(members []models.MemberRow) lookalikes {
	var emails, names []string
	for _, p := range members {
		emails, names = append(emails, p.Email), append(names, p.Name)
	}
	return lookalikes{lookalike.NewIndex(emails), lookalike.NewIndex(names)}
}

// has reports whether the name or the address can be mistaken for a member's.
func (l lookalikes) has(name, email string) bool {
	return l.emails.Like(email) != "" || l.names.Like(name) != ""
}

// doubts returns, by user ID, why a member can be mistaken for another one.
// Members who cannot are not in the map.
func doubts(c *web.Context, members []models.MemberRow) map[int64]string {
	found, like := map[int64]string{}, newLookalikes(members)
	for _, p := range members {
		var why []string
		if other := like.emails.Like(p.Email); other != "" {
			why = append(why, c.T("people.doubt.email", "Email", other))
		}
		if other := like.names.Like(p.Name); other != "" {
			why = append(why, c.T("people.doubt.name", "Name", other))
		}
		if lookalike.MixesScripts(p.Email) || lookalike.MixesScripts(p.Name) {
			why = append(why, c.T("people.doubt.scripts"))
		}
		if len(why) > 0 {
			found[p.UserID] = strings.Join(why, " ")
		}
	}
	return found
}
