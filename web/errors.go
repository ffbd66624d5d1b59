package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/labstack/echo/v4"
)

// retryAfter is the Retry-After header of unavailable responses, in seconds.
const retryAfter = "5"

// problem is an error as it is answered.
type problem struct {
	status int
	words  *models.Error
}

// problemOf returns the status and the words of an error. A refusal has its own,
// even if the fault is ours: the reader must learn whether a change was saved. Any
// other error gets the words of its status, and its cause goes to the log alone.
func problemOf(err error) problem {
	if refusal := refusalIn(err); refusal != nil {
		return problem{statusOf(refusal.Code), refusal}
	}
	status := http.StatusInternalServerError
	var http4xx *echo.HTTPError
	switch {
	case errors.As(err, &http4xx):
		status = http4xx.Code
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
	}
	return problem{status, &models.Error{Key: keyOf(status)}}
}

// refusalIn returns the refusal in err, or the first of those that it joins. It
// returns nil if err contains any other error, because a fault joined with a
// refusal is a fault.
func refusalIn(err error) *models.Error {
	var first *models.Error
	for _, e := range flatten(err) {
		var refusal *models.Error
		if !errors.As(e, &refusal) {
			return nil
		}
		if first == nil {
			first = refusal
		}
	}
	return first
}

// statusOf returns the status for a code.
func statusOf(code models.Code) int {
	switch code {
	case models.CodeInvalid:
		return http.StatusUnprocessableEntity
	case models.CodeNotFound:
		return http.StatusNotFound
	case models.CodeConflict, models.CodeLimit, models.CodeStale:
		return http.StatusConflict
	case models.CodeForbidden, models.CodeSuspended:
		return http.StatusForbidden
	case models.CodeUnauthenticated:
		return http.StatusUnauthorized
	case models.CodeTooMany:
		return http.StatusTooManyRequests
	case models.CodeUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// keyOf returns the key of the words for a status that comes without any.
func keyOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "errors.bad_request"
	case http.StatusNotFound:
		return "errors.not_found"
	case http.StatusMethodNotAllowed:
		return "errors.method"
	case http.StatusRequestEntityTooLarge:
		return "errors.too_large"
	case http.StatusUnsupportedMediaType:
		return "errors.media_type"
	case http.StatusServiceUnavailable:
		return "errors.unavailable"
	default:
		return "errors.internal"
	}
}

// answerError answers every error of a handler, a middleware or the router, in the
// reader's language: as a page, or as a toast for htmx.
func (s *Server) answerError(err error, ec echo.Context) {
	if ec.Response().Committed {
		return
	}
	c := s.context(ec)
	// The request's deadline may have passed; the answer gets time of its own.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Ctx()), answerTimeout)
	defer cancel()
	c.SetRequest(c.Request().WithContext(ctx))
	p := problemOf(err)
	if answer := c.answer(p); answer != nil {
		c.logError("answer an error", answer)
		_ = ec.String(p.status, http.StatusText(p.status))
	}
}

func (c *Context) answer(p problem) error {
	if p.status == http.StatusUnauthorized {
		return c.redirectToSignIn()
	}
	if isNotThere(p.status) {
		c.findAccount()
	}
	if p.status == http.StatusServiceUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
	}
	if p.words.Stale != nil {
		return c.answerStale(*p.words.Stale)
	}
	words := c.words(p.words)
	if c.WantsFragment() {
		// The body is the toast alone, so nothing on the page is swapped.
		return c.write(p.status, views.ToastOOB("bad", words))
	}
	m := views.ErrorModel{Status: p.status, Words: words, RequestID: requestID(c.Context), Home: "/"}
	title := views.ErrorTitle(c.Ctx(), p.status)
	switch {
	case c.Account.ID != 0:
		m.Home = "/a/" + c.Account.Slug + "/keys"
	case c.User.ID == 0 || !isNotThere(p.status):
		return c.write(p.status, views.ErrorBare(c.Bare(title), m))
	}
	return c.write(p.status, views.ErrorPage(c.Chrome(title, "", ui.Crumb{Label: title}), m))
}

// isNotThere reports whether the status means that nothing is at the address, or
// nothing for the method.
func isNotThere(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

// findAccount sets the user and the account of a request for an address that does
// not exist, so that the error page has the left panel. Without them, the page
// has none.
func (c *Context) findAccount() {
	if c.sess.Session == nil {
		if err := c.loadSession(); err != nil {
			c.logError("read the session", err)
			return
		}
	}
	rest, inAccount := strings.CutPrefix(c.Request().URL.Path, "/a/")
	if c.User.ID == 0 || c.Account.ID != 0 || !inAccount {
		return
	}
	slug, _, _ := strings.Cut(rest, "/")
	account, member, err := c.server.store.AccountFor(c.Ctx(), slug, c.User.ID)
	if err != nil {
		return // the account does not exist for this person
	}
	c.enter(account, member)
}

// words returns a refusal in the reader's language.
func (c *Context) words(e *models.Error) string { return i18n.TM(c.Ctx(), e.Key, e.Args) }

// Words returns the words of a refusal in the reader's language. It returns false
// when err contains no refusal, or one that is a fault of ours.
func (c *Context) Words(err error) (string, bool) {
	var refusal *models.Error
	if !errors.As(err, &refusal) || statusOf(refusal.Code) >= http.StatusInternalServerError {
		return "", false
	}
	return c.words(refusal), true
}
