package web

import (
	"strings"

	"keywicket/static"

	"github.com/labstack/echo/v4"
)

// contentPolicy allows a page to load from this server alone, and to run no inline
// script. Only htmx's Trusted Types policy may create HTML.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
	"require-trusted-types-for 'script'; trusted-types htmx"

// permissionsPolicy allows a page to write to the clipboard, and nothing else.
const permissionsPolicy = "accelerometer=(), camera=(), clipboard-read=(), clipboard-write=(self), display-capture=(), " +
	"geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()"

// headers sets the headers of every answer. Neither proxies nor browsers may store
// pages, because any page may contain a customer's data.
//
// The referrer policy is same-origin and not no-referrer: with no-referrer,
// browsers send "Origin: null" with a form, and the cross-site check needs the
// origin.
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
			if https { // over HTTP browsers ignore both, and warn about the first
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
