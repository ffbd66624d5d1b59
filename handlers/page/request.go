package page

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/views/i18n"
	"keywicket/web"
)

// maxSearch is how much of a search is looked for.
const maxSearch = 200

// Framed is a page that is put into its frame when it is rendered, and not
// when htmx gets a fragment instead: the frame asks the database.
func Framed(page func() templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return page().Render(ctx, w) })
}

// KeysRoot is the address of the account's list.
func KeysRoot(c *web.Context) string { return "/a/" + c.Account.Slug + "/keys" }

// Origin is the page that an action was pressed on: what the form says, the
// address in htmx's browser, or the page that referred here.
func Origin(c *web.Context) *url.URL {
	h := c.Request().Header
	for _, from := range []string{c.Value("back"), h.Get("HX-Current-URL"), h.Get("Referer")} {
		u, err := url.Parse(from)
		if err != nil || from == "" {
			continue
		}
		if local, err := url.Parse(web.LocalPath(u.RequestURI())); err == nil {
			return local
		}
	}
	return &url.URL{Path: "/"}
}

// WholeNumber reads a number of 0 or more; nothing typed is 0, and what is no
// such number is -1.
func WholeNumber(s string) int {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// KnownLanguage returns a language of the interface, or "" for the browser's.
func KnownLanguage(s string) string {
	for _, l := range i18n.Languages() {
		if s == l {
			return l
		}
	}
	return ""
}

// NewPassword checks a new password and its repetition.
func NewPassword(c *web.Context, hints ...string) error {
	password := c.Value("password")
	if err := secret.CheckPassword(password, hints...); err != nil {
		return err
	}
	if password != c.Value("password_again") {
		return models.Refuse(models.CodeInvalid, "password_again", "errors.password.differ")
	}
	return nil
}

// SearchTerm returns a text that an address asks for, fit to look for.
func SearchTerm(v url.Values, name string) string {
	s := strings.TrimSpace(strings.ToValidUTF8(v.Get(name), ""))
	if utf8.RuneCountInString(s) > maxSearch {
		s = string([]rune(s)[:maxSearch])
	}
	return s
}

// Number returns the page that an address asks for, 1 when it says nothing.
func Number(v url.Values) int {
	n, err := strconv.Atoi(v.Get("page"))
	if err != nil {
		return 1
	}
	return n
}

// ID returns the number in the path. One that is none is as unknown as one that
// nothing has.
func ID(c *web.Context, unknown string) (int64, error) {
	n, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, models.Refuse(models.CodeNotFound, "", unknown)
	}
	return n, nil
}

// Passwords hashes and verifies passwords, slowly and so many at once.
type Passwords interface {
	// Hash returns a password's hash.
	Hash(ctx context.Context, password string) (string, error)
	// Verify reports whether the password belongs to the hash. With the hash ""
	// it takes the same time and says false.
	Verify(ctx context.Context, hash, password string) (bool, error)
}
