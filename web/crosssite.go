package web

import (
	"net/http"

	"keywicket/models"

	"github.com/labstack/echo/v4"
)

// crossSite refuses unsafe requests that another site made the browser send.
// Go's CrossOriginProtection judges Sec-Fetch-Site and Origin; it lets a
// request pass that has neither, which no browser of today sends for a POST,
// so that one is refused here too: every unsafe route of the console either
// has a session cookie or makes one.
func (s *Server) crossSite() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if safeMethod(r.Method) {
				return next(c)
			}
			if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
				return models.Refuse(models.CodeForbidden, "", "errors.cross_site")
			}
			if err := s.cross.Check(r); err != nil {
				return models.Refuse(models.CodeForbidden, "", "errors.cross_site").Because(err)
			}
			return next(c)
		}
	}
}

// newCrossOrigin makes the protection. The base URL's own origin is trusted,
// because a proxy in front may not hand on the Host that the browser used.
func newCrossOrigin(cfg Config) (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	if cfg.BaseURL == nil || cfg.BaseURL.Host == "" {
		return p, nil
	}
	return p, p.AddTrustedOrigin(cfg.BaseURL.Scheme + "://" + cfg.BaseURL.Host)
}

// safeMethod reports whether the method changes nothing.
func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
