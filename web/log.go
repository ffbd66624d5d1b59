package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"keywicket/models/logs"
	"keywicket/models/turns"
	"keywicket/static"

	"github.com/labstack/echo/v4"
)

// statusClientGone is logged, never sent: the browser closed the connection.
const statusClientGone = 499

// withRequestID sets an id for the response and for every log line of a request.
// It ignores an id that the caller sends.
func withRequestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, strings.ToLower(rand.Text()[:16]))
		return next(c)
	}
}

// requestID returns the id that withRequestID set.
func requestID(c echo.Context) string {
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

// accessLog logs each request after it is answered, without its query string, body
// and headers. It also attributes the request's log lines and its slow work to
// the client, for their limits.
func (s *Server) accessLog() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := s.now()
			r := c.Request()
			client := ClientIP(r, s.trusted)
			c.SetRequest(r.WithContext(turns.WithClient(logs.WithClient(r.Context(), client), client, turns.Fresh)))
			err := recovered(next, c)
			if err != nil {
				c.Error(err) // answers the request, so that the status below is right
			}
			s.logRequest(c, err, s.now().Sub(start))
			return nil
		}
	}
}

func (s *Server) logRequest(c echo.Context, err error, took time.Duration) {
	r, status := c.Request(), c.Response().Status
	if errors.Is(err, context.Canceled) {
		status = statusClientGone
	}
	attrs := []slog.Attr{
		slog.String("request_id", requestID(c)),
		slog.String("method", logs.Method(r.Method)),
		slog.String("path", s.loggedPath(c)),
		slog.Int("status", status),
		slog.Int64("bytes", c.Response().Size),
		slog.Duration("took", took),
		slog.String("ip", c.RealIP()),
	}
	level := slog.LevelInfo
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status < http.StatusBadRequest && isFrequent(c.Path()):
		level = slog.LevelDebug
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		var p *panicError
		if errors.As(err, &p) {
			attrs = append(attrs, slog.Any("stack", logs.Stack(p.stack)))
		}
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// isFrequent reports whether successful requests to the route are too many to log.
func isFrequent(pattern string) bool {
	return pattern == static.Prefix+"*" || pattern == "/healthz" || pattern == "/readyz"
}

// loggedPath returns the pattern of the request's route with those of its
// parameters that name things of an account, so that a route whose parameter
// is a token keeps it. Where there is no such route, it returns the path's
// first word: the path may be a mistyped link with a token.
func (s *Server) loggedPath(c echo.Context) string {
	if !s.patterns[c.Path()] {
		return logs.FirstPart(c.Request().URL.Path)
	}
	parts := strings.Split(c.Path(), "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = loggedParam(name, c.Param(name))
		}
	}
	return strings.Join(parts, "/")
}

// maxLoggedParam is the length of a Sid, the longest name of a thing but for
// long names of accounts.
const maxLoggedParam = 26

// loggedParam returns the value of a path's parameter where it names a thing
// of an account, or else the parameter's name.
func loggedParam(name, value string) string {
	switch name {
	case "account", "sid", "sub", "id":
		if len(value) <= maxLoggedParam && strings.Trim(value, loggedAlphabet) == "" {
			return value
		}
		return logs.Part(value)
	}
	return ":" + name
}

const loggedAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"

// panicError is a panic that was caught on its way out of a handler.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recovered calls next and returns a panic in it as an error.
func recovered(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // net/http panics with this very value
			panic(v)
		}
		err = &panicError{value: v, stack: debug.Stack()}
	}()
	return next(c)
}
