package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"keywicket/models"

	"github.com/labstack/echo/v4"
)

// crossSite refuses unsafe requests that another site made the browser send, and
// those from an origin that cannot hold the session.
func (s *Server) crossSite() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if r := c.Request(); !safeMethod(r.Method) {
				if err := s.checkOrigin(r); err != nil {
					return err
				}
			}
			return next(c)
		}
	}
}

// checkOrigin checks the Sec-Fetch-Site and Origin of an unsafe request, as Go's CrossOriginProtection does. It also
// refuses a request that has neither. No current browser sends such a POST, and every unsafe route of the console uses
// a session cookie or sets one.
func (s *Server) checkOrigin(r *http.Request) error {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	if origin == "" && site == "" {
		return models.Refuse(models.CodeForbidden, "", "errors.cross_site")
	}
	browser := webOrigin(origin)
	if err := s.cross.Check(r); err != nil {
		key := "errors.cross_site"
		// Over plain HTTP browsers send no Sec-Fetch-Site. Then this may be the
		// console's own page, behind a proxy that changes the Host header.
		if site == "" && browser != nil {
			key = "errors.origin.other"
		}
		return s.refuseOrigin(key, browser).Because(err)
	}
	// Browsers drop a Secure cookie that comes over plain HTTP, except from this
	// computer, so that a sign-in would lead back to the sign-in page.
	if s.secure && browser != nil && browser.Scheme == "http" && !loopback(browser.Hostname()) {
		return s.refuseOrigin("errors.origin.plain", browser)
	}
	return nil
}

// refuseOrigin returns a refusal whose words name the configured address and the
// browser's own, and nothing else: the Host header may be a name that only the
// proxy knows.
func (s *Server) refuseOrigin(key string, browser *url.URL) *models.Error {
	if s.base == nil || browser == nil {
		return models.Refuse(models.CodeForbidden, "", "errors.cross_site")
	}
	base := s.base.Scheme + "://" + s.base.Host
	return models.Refuse(models.CodeForbidden, "", key, "Base", base, "Origin", browser.Scheme+"://"+browser.Host)
}

// webOrigin parses an Origin header, and returns nil for one that is not an
// HTTP address with a host: "null", for example.
func webOrigin(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(u.Host) > maxHostLen {
		return nil
	}
	return u
}

// maxHostLen is the longest name of DNS, with a port.
const maxHostLen = 253 + len(":65535")

// loopback reports whether browsers count the host as this computer.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// newCrossOrigin returns the protection. It trusts the base URL's own origin,
// because a proxy in front may not pass on the Host header.
func newCrossOrigin(base *url.URL) (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	if base == nil || base.Host == "" {
		return p, nil
	}
	return p, p.AddTrustedOrigin(base.Scheme + "://" + base.Host)
}

// safeMethod reports whether the method changes nothing.
func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
