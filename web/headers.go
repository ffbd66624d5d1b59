package web

import (
	"strings"

	"keywicket/static"

	"github.com/labstack/echo/v4"
)

// contentPolicy lets a page load only what this server sends, and run no
// script but the files; htmx's policy is the one that may make HTML.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
	"require-trusted-types-for 'script'; trusted-types htmx"

// permissionsPolicy leaves a page the clipboard, for copying, and nothing else.
const permissionsPolicy = "accelerometer=(), camera=(), clipboard-read=(), clipboard-write=(self), display-capture=(), " +
	"geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()"

// headers sets what every answer carries. Pages are never stored: not by a
// proxy, not by the browser, because any of them may name customers' things.
//
// The referrer policy is same-origin, not no-referrer: with the latter
// browsers send "Origin: null" with a form, and the cross-site check needs it.
func (s *Server) headers() echo.MiddlewareFunc {
	https := s.https()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", contentPolicy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", permissionsPolicy)
			if https { // elsewhere browsers heed neither, and complain of the first
				h.Set("Cross-Origin-Opener-Policy", "same-origin")
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			if !strings.HasPrefix(c.Request().URL.Path, static.Prefix) {
				h.Set("Cache-Control", "no-store")
			}
			return next(c)
		}
	}
}
