package gate

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"google.golang.org/grpc"

	"keywicket/models/engine"
	"keywicket/models/logs"
	"keywicket/models/netaddr"
	"keywicket/models/turns"
	"keywicket/models/usage"
	"keywicket/web"
)

// Limits of the gate's listener and of what it reads.
const (
	MaxHeaderBytes = 64 << 10 // request line and headers
	maxVerifyBody  = 16 << 10
	maxHookBody    = 128 << 10
	maxAuthBody    = 1 << 20 // a proxied request's body, read for its app id only
)

// Decider is what the gate needs of the engine.
type Decider interface {
	// Decide returns the decision about a request. A denial is a decision too.
	Decide(r engine.Request) engine.Decision
	// SoleAccount returns the only account. It returns false when there are
	// several, or none.
	SoleAccount() (engine.AccountInfo, bool)
}

// Config is what a Server is made of.
type Config struct {
	Engine Decider
	Usage  *usage.Counter // counts every decision; nil counts nothing

	// Trusted are the proxies whose headers the /auth endpoints believe,
	// in addition to loopback, which is always trusted here.
	Trusted []netip.Prefix
	// Token is what callers send as X-Keywicket-Token; "" asks for none.
	Token string
	// Allow are the networks that may call, in addition to loopback. Without
	// any, every address may.
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
	trusted netaddr.Set
	guard   guard
	issuer  string
	grpc    *grpc.Server
	table   []endpoint
	parses  *turns.Turns

	unnamedClients sync.Map // paths of the endpoints whose proxy names no client, as the log said

	ready func(context.Context) error
	log   *slog.Logger
	now   func() time.Time
}

// NewServer makes the gate's handler. Serve it with HTTPServer, which sets the
// limits that a handler cannot.
func NewServer(c Config) *Server {
	s := &Server{
		engine:  c.Engine,
		usage:   c.Usage,
		trusted: withLoopback(c.Trusted),
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
	s.table = s.endpoints()
	s.parses = newParses()
	return s
}

// writeTimeout is how long a caller may take to read a response.
const writeTimeout = 20 * time.Second

// HTTPServer returns an http.Server for the gate, not started, with its limits
// and timeouts. It also speaks HTTP/2 without TLS, for gRPC. log may be nil.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	srv := web.HTTPServer(h, log)
	srv.WriteTimeout = writeTimeout
	srv.MaxHeaderBytes = MaxHeaderBytes
	srv.Protocols = new(http.Protocols)
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	return srv
}

// ServeHTTP answers one request, logs it, and turns a fault into 503.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := logs.WithClient(r.Context(), netaddr.Peer(r.RemoteAddr))
	x := newExchange(w, r, s.now())
	defer s.finish(ctx, x)
	x.Header().Set("X-Request-Id", x.id)
	x.Header().Set("Cache-Control", "no-store")
	s.route(ctx, x)
}

// busyWords is the text of a response when the gate had no time to judge.
const busyWords = "The gate is busy. Try again."

// busy answers a request that the gate had no time to judge: with 503, because
// that is our fault and no denial.
func (x *exchange) busy() {
	x.Header().Set("Retry-After", "1")
	x.problem(http.StatusServiceUnavailable, "unavailable", busyWords)
}

// decide asks the engine about a client's request, and counts the decision.
// Whatever is left of the body is read first: net/http reads it before it sends
// the answer, so a caller who holds a byte back could otherwise collect a
// decision from before a key was disabled. decide returns false, and has
// answered with 503, when the gate could not judge: that is a fault of ours and
// no denial.
func (s *Server) decide(x *exchange, req engine.Request) (engine.Decision, bool) {
	x.finishBody()
	d := s.engine.Decide(req)
	if d.Busy {
		x.busy()
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
	at := s.now()
	s.usage.Record(d.Account().ID, keyID, d.Reason.String(), at, req.IP, apiName(d))
	if d.Previous != 0 && d.Allowed() {
		s.usage.RecordPrevious(d.Previous, at, req.IP, apiName(d))
	}
}

func apiName(d engine.Decision) string {
	if d.API == nil {
		return ""
	}
	return d.API.Name()
}
