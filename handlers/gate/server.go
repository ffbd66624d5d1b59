package gate

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"google.golang.org/grpc"

	engine "keywicket/models/gate"
	"keywicket/models/logs"
	"keywicket/models/usage"
)

// Limits of the gate's listener and of what it reads.
const (
	MaxHeaderBytes = 64 << 10 // request line and headers
	maxVerifyBody  = 16 << 10
	maxAuthBody    = 1 << 20 // a proxied request's body, read for its app id only
)

// Decider is what the gate needs of the engine.
type Decider interface {
	Decide(r engine.Request) engine.Decision
	// SoleAccount is the only account there is. It says false when there are
	// several, or none.
	SoleAccount() (engine.AccountInfo, bool)
}

// Config is what a Server is made of.
type Config struct {
	Engine Decider
	Usage  *usage.Counter // counts every decision; nil counts nothing

	// Trusted are the proxies whose headers the /auth endpoints believe,
	// beside loopback, which is always trusted here.
	Trusted []netip.Prefix
	// Token is what callers send as X-Keywicket-Token; "" asks for none.
	Token string
	// Allow are the addresses, beside loopback, that may call at all; none
	// means any.
	Allow []netip.Prefix

	// Issuer is the iss of introspection, the address of the console; "" is
	// "keywicket".
	Issuer string

	Ready func(context.Context) error // what /readyz asks; nil is always ready
	Log   *slog.Logger                // nil logs nothing
	Now   func() time.Time            // nil is time.Now
}

// Server answers the gate's listener. Make one with NewServer; it is safe for
// concurrent use.
type Server struct {
	engine  Decider
	usage   *usage.Counter
	trusted peers
	guard   guard
	issuer  string
	grpc    *grpc.Server
	ready   func(context.Context) error
	log     *slog.Logger
	now     func() time.Time
}

// NewServer makes the gate's handler. Serve it with HTTPServer, which sets the
// limits that a handler cannot.
func NewServer(c Config) *Server {
	s := &Server{
		engine:  c.Engine,
		usage:   c.Usage,
		trusted: newPeers(c.Trusted),
		guard:   newGuard(c.Token, c.Allow),
		issuer:  c.Issuer,
		ready:   c.Ready,
		log:     c.Log,
		now:     c.Now,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.log = logs.Limit(s.log, s.now)
	if s.issuer == "" {
		s.issuer = defaultIssuer
	}
	if s.ready == nil {
		s.ready = func(context.Context) error { return nil }
	}
	s.grpc = s.newGRPC()
	return s
}

// HTTPServer is an http.Server for the gate with its limits and timeouts; it
// is not started. It speaks HTTP/2 too, in the clear, for gRPC.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    MaxHeaderBytes,
	}
	srv.Protocols = new(http.Protocols)
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	if log != nil {
		srv.ErrorLog = slog.NewLogLogger(logs.Limit(log, nil).Handler(), slog.LevelWarn)
	}
	return srv
}

// ServeHTTP answers one request, logs it, and turns a fault into 503.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := logs.WithClient(r.Context(), peerOf(r))
	x := newExchange(w, r, s.now())
	defer s.finish(ctx, x)
	x.Header().Set("X-Request-Id", x.id)
	x.Header().Set("Cache-Control", "no-store")
	s.route(ctx, x)
}

// route is the gate's route table. It matches the path as sent: the mux of
// net/http would answer odd paths with redirects.
func (s *Server) route(ctx context.Context, x *exchange) {
	path := x.r.URL.Path
	switch path {
	case "/healthz":
		s.healthz(x)
		return
	case "/readyz":
		s.readyz(ctx, x)
		return
	}
	if rest, ok := behind(path, introspectPath); ok {
		s.introspect(x, rest)
		return
	}
	if rest, ok := behind(path, dovecotPath); ok {
		s.dovecot(x, rest)
		return
	}
	if !s.admit(x) {
		return
	}
	if path == "/v1/verify" {
		s.verify(x)
		return
	}
	for _, d := range dialects() {
		if rest, ok := behind(path, d.path); ok {
			s.auth(ctx, x, d, rest, "")
			return
		}
	}
	if rest, target, ok := envoyTarget(x.r.RequestURI); ok {
		s.auth(ctx, x, envoyDialect(), rest, target)
		return
	}
	if path == envoyCheckPath {
		s.envoyCheck(ctx, x)
		return
	}
	if s.served(ctx, x) {
		return
	}
	x.problem(http.StatusNotFound, "not_found", "There is nothing at this address of the gate.")
}

// served answers at the endpoints whose answers have a form of their own.
func (s *Server) served(ctx context.Context, x *exchange) bool {
	for _, e := range []struct {
		path  string
		serve func(ctx context.Context, x *exchange, rest string)
	}{
		{mailPath, s.mail},
		{soapDialect().path, s.soap},
		{sftpgoPasswordPath, s.sftpgoPassword},
		{sftpgoUserPath, s.sftpgoExternal},
	} {
		if rest, ok := behind(x.r.URL.Path, e.path); ok {
			e.serve(ctx, x, rest)
			return true
		}
	}
	return false
}

// behind gives what stands behind an endpoint's path, and says whether path is
// that endpoint's.
func behind(path, endpoint string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, endpoint)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// busyWords say that the gate had no time to judge.
const busyWords = "The gate is busy. Try again."

// decide asks the engine about a client's request, and counts the decision. It
// says false, and has answered with 503, where the gate could not judge: that
// is a fault of ours and no denial.
func (s *Server) decide(x *exchange, req engine.Request) (engine.Decision, bool) {
	d := s.engine.Decide(req)
	if d.Busy {
		x.Header().Set("Retry-After", "1")
		x.problem(http.StatusServiceUnavailable, "unavailable", busyWords)
		return d, false
	}
	s.record(x, req, d)
	return d, true
}

// record counts a decision.
func (s *Server) record(x *exchange, req engine.Request, d engine.Decision) {
	x.decided(req, d)
	if s.usage == nil {
		return
	}
	var keyID int64
	if d.Key != nil {
		keyID = d.Key.ID()
	}
	s.usage.Record(d.Account().ID, keyID, d.Reason.String(), x.start, req.IP, apiName(d))
	if d.Old != 0 && d.Allowed() {
		s.usage.RecordOld(d.Old, x.start, req.IP, apiName(d))
	}
}

func apiName(d engine.Decision) string {
	if d.API == nil {
		return ""
	}
	return d.API.Name()
}
