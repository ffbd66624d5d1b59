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

	"keywicket/static"

	"github.com/labstack/echo/v4"
)

// statusClientGone is logged, never sent: the browser closed the connection.
const statusClientGone = 499

// maxLoggedPath is how many bytes of a path are logged: callers choose it, and
// must not choose how fast the log fills the disk.
const maxLoggedPath = 200

// withRequestID names the request, in the answer and in every log line. A
// name that the caller sends is not taken over: it could be anything.
func withRequestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, strings.ToLower(rand.Text()[:16]))
		return next(c)
	}
}

// requestID gives the name that withRequestID gave.
func requestID(c echo.Context) string {
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

// accessLog writes a line for each request once it is answered. Query
// strings, bodies and headers are never in it.
func (s *Server) accessLog() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := s.now()
			err := recovered(next, c)
			if err != nil {
				c.Error(err) // the boundary answers, so that the status below is true
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
		slog.String("method", r.Method),
		slog.String("path", loggedPath(c)),
		slog.Int("status", status),
		slog.Int64("bytes", c.Response().Size),
		slog.Duration("took", took),
		slog.String("ip", c.RealIP()),
	}
	level := slog.LevelInfo
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case strings.HasPrefix(r.URL.Path, static.Prefix), strings.HasSuffix(r.URL.Path, "z"):
		level = slog.LevelDebug
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		var p *panicError
		if errors.As(err, &p) {
			attrs = append(attrs, slog.String("stack", string(p.stack)))
		}
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// loggedPath is the request's path, cut where it is long, or the pattern where
// the path holds a one-time token.
func loggedPath(c echo.Context) string {
	if strings.Contains(c.Path(), ":token") {
		return c.Path()
	}
	path := c.Request().URL.Path
	for _, holds := range []string{"/setup/", "/invite/", "/reset/"} {
		if strings.HasPrefix(path, holds) {
			return holds + "…"
		}
	}
	if len(path) > maxLoggedPath {
		return clip(path, maxLoggedPath) + "…"
	}
	return path
}

// panicError is a panic that was caught on its way out of a handler.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recovered calls next and gives a panic in it as an error.
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
