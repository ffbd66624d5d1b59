package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"keywicket/models/logs"
	"keywicket/models/netaddr"
	"keywicket/static"
	"keywicket/views/i18n"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
)

// Server is the console's HTTP server.
type Server struct {
	echo       *echo.Echo
	log        *slog.Logger
	store      Store
	sessions   *sessionStore
	i18n       *i18n.Bundle
	cross      *http.CrossOriginProtection
	base       *url.URL // nil when not configured
	trusted    netaddr.Set
	now        func() time.Time
	cookieName string
	secure     bool
	patterns   map[string]bool // the paths of the routes, as the log writes them
	pools      *pools
	visitors   *visitorLimit

	unnamedClient sync.Once // the log says it once: see noteUnnamedClient
}

// New returns a server that answers the routes. It returns an error for a route
// without an access check, with a method other than GET and POST, with a
// permission but no account in its path, or with a name that is taken.
func New(cfg Config, routes []Route) (*Server, error) {
	cross, err := newCrossOrigin(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	s := &Server{
		echo: echo.New(), log: cfg.Log, store: cfg.Store, i18n: cfg.I18n,
		cross: cross, base: cfg.BaseURL, trusted: netaddr.NewSet(cfg.TrustedProxies...), now: cfg.Now,
	}
	s.pools = newPools()
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.visitors = newVisitorLimit(s.now)
	s.secure = cfg.BaseURL != nil && cfg.BaseURL.Scheme == "https"
	s.cookieName = CookieName(s.secure)
	s.sessions = &sessionStore{db: cfg.Store, now: s.now, opts: sessions.Options{
		Path: "/", MaxAge: int(SessionAbsolute.Seconds()),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}}
	s.log = logs.Limit(s.log, s.now)
	s.assemble()
	return s, s.add(routes)
}

// CookieName returns the name of the session's cookie. The prefix __Host- makes
// browsers refuse a cookie that a sibling domain or plain HTTP tries to plant.
func CookieName(https bool) string {
	if https {
		return "__Host-keywicket"
	}
	return "keywicket"
}

func (s *Server) https() bool { return s.secure }

// assemble adds the middleware, the outermost first, and the static files.
func (s *Server) assemble() {
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answerError
	e.IPExtractor = func(r *http.Request) string { return ipString(ClientIP(r, s.trusted)) }
	e.StdLogger = slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)
	e.Logger.SetOutput(e.StdLogger.Writer())
	e.Use(withRequestID, limits, s.accessLog(), s.headers(), s.crossSite())
	s.patterns = map[string]bool{static.Prefix + "*": true}
	files := echo.WrapHandler(static.Handler())
	e.GET(static.Prefix+"*", files)
	e.HEAD(static.Prefix+"*", files)
}

// limits limits the size of a request's body and the time of its handler.
func limits(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx, cancel := context.WithTimeout(r.Context(), handlingTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, MaxBody)
		c.SetRequest(r)
		return next(c)
	}
}

func (s *Server) add(routes []Route) error {
	names := map[string]bool{}
	for _, r := range routes {
		if err := check(r, names); err != nil {
			return fmt.Errorf("route %s %s: %w", r.Method, r.Path, err)
		}
		h := s.handler(r)
		s.patterns[r.Path] = true
		s.echo.Add(r.Method, r.Path, h)
		if r.Method == http.MethodGet {
			s.echo.HEAD(r.Path, h)
		}
	}
	return nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// HTTPServer returns an http.Server for h, not started, with this package's
// limits and timeouts. It refuses CONNECT. Its own messages go to log, and
// nowhere when log is nil.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	log = logs.Limit(log, nil)
	return &http.Server{
		Handler:           refuseConnect(h, log),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

var (
	errNoAccess  = errors.New("no access check")
	errMethod    = errors.New("only GET and POST")
	errNoAccount = errors.New("a permission needs /a/:account in the path")
	errName      = errors.New("the name is missing or taken")
	errNoHandler = errors.New("no handler")

	errPublicReauth = errors.New("a public route cannot require re-authentication")
)
