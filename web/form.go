package web

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"keywicket/models"

	"github.com/labstack/echo/v4"
)

// readForm reads the body of a POST. Afterwards the request's form is the body
// alone: Go and Echo would add the query of the address, so that ?name= would
// count as a field that the person typed.
func (c *Context) readForm() error {
	r := c.Request()
	if r.Method != http.MethodPost {
		return nil
	}
	err := parseForm(r)
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge).SetInternal(err)
	case errors.Is(err, errMediaType):
		return echo.NewHTTPError(http.StatusUnsupportedMediaType)
	case err != nil:
		return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
	}
	r.Form = r.PostForm
	return nil
}

var errMediaType = errors.New("the body is not a form")

func parseForm(r *http.Request) error {
	sent := r.Header.Get("Content-Type")
	if sent == "" && r.ContentLength == 0 {
		sent = echo.MIMEApplicationForm
	}
	mediaType, _, err := mime.ParseMediaType(sent)
	if err != nil {
		return errMediaType
	}
	switch mediaType {
	case echo.MIMEApplicationForm:
		return r.ParseForm()
	case echo.MIMEMultipartForm:
		// The body is at most MaxBody, so nothing is written to a file.
		return r.ParseMultipartForm(MaxBody)
	default:
		return errMediaType
	}
}

// Value returns a field of the sent form as it was typed, "" when it was not sent.
// It never returns a value from the query.
func (c *Context) Value(name string) string { return c.Request().PostForm.Get(name) }

// Values returns every value of a field of the sent form.
func (c *Context) Values(name string) []string { return c.Request().PostForm[name] }

// Checked reports whether a checkbox or a switch of the sent form was on.
func (c *Context) Checked(name string) bool { return c.Value(name) != "" }

// FieldErrors are the words to show beside fields, by the field's name. The name ""
// stands for the whole form.
type FieldErrors map[string]string

// FieldErrors returns the words of the refusals in err. It returns false when err
// contains any error that a person cannot correct in the form; return such an
// error from the handler.
func (c *Context) FieldErrors(err error) (FieldErrors, bool) {
	list := flatten(err)
	if len(list) == 0 {
		return nil, false
	}
	words := FieldErrors{}
	for _, e := range list {
		var refusal *models.Error
		if !errors.As(e, &refusal) || !correctable(refusal.Code) {
			return nil, false
		}
		if _, said := words[refusal.Field]; !said {
			words[refusal.Field] = c.words(refusal)
		}
	}
	return words, true
}

func correctable(code models.Code) bool {
	return code == models.CodeInvalid || code == models.CodeConflict || code == models.CodeLimit || code == models.CodeTooMany
}

// flatten returns the errors that errors.Join joined, and err itself otherwise.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flatten(e)...)
	}
	return list
}

// clip returns at most n bytes of a header's value, as valid UTF-8.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
