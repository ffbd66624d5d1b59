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

// maxSearch is the maximum length of a search, in characters. The rest is cut
// off.
const maxSearch = 200

// Framed returns a component that builds the page only when it is rendered. A
// page's frame queries the database, and htmx often renders a fragment instead.
func Framed(page func() templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return page().Render(ctx, w) })
}

// KeysRoot returns the address of the account's list of keys.
func KeysRoot(c *web.Context) string { return "/a/" + c.Account.Slug + "/keys" }

// Origin returns the local address of the page that an action was started on:
// from the form, from htmx's header, or from the Referer. If none names one, it
// returns "/".
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

// WholeNumber parses a number of 0 or more. It returns 0 for an empty field and
// -1 for anything else that is not such a number.
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

// KnownLanguage returns s if it is a language of the interface, else "", which
// stands for the browser's choice.
func KnownLanguage(s string) string {
	for _, l := range i18n.Languages() {
		if s == l {
			return l
		}
	}
	return ""
}

// NewPassword checks the new password in the form and its repetition. hints are
// words that the password must not be made of.
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

// SearchTerm returns the query value with the name, as valid UTF-8, trimmed and
// cut to maxSearch characters.
func SearchTerm(v url.Values, name string) string {
	s := strings.TrimSpace(strings.ToValidUTF8(v.Get(name), ""))
	if utf8.RuneCountInString(s) > maxSearch {
		s = string([]rune(s)[:maxSearch])
	}
	return s
}

// Number returns the page number in the query, or 1 if there is none.
func Number(v url.Values) int {
	n, err := strconv.Atoi(v.Get("page"))
	if err != nil {
		return 1
	}
	return n
}

// ID returns the number in the path. A path without a valid number is an error
// of CodeNotFound with the translation key unknown, exactly like an ID that
// does not exist.
func ID(c *web.Context, unknown string) (int64, error) {
	n, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, models.Refuse(models.CodeNotFound, "", unknown)
	}
	return n, nil
}

// Passwords hashes and verifies passwords. Both are slow on purpose, and only a
// few run at the same time.
type Passwords interface {
	// Hash returns the hash of a password.
	Hash(ctx context.Context, password string) (string, error)
	// Verify reports whether the password belongs to the hash. For the hash ""
	// it takes the same time and reports false.
	Verify(ctx context.Context, hash, password string) (bool, error)
}
