package gate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/logs"
)

// exchange is one request with its response, and what the log records of them.
type exchange struct {
	http.ResponseWriter
	r     *http.Request
	id    string
	start time.Time

	status  int // of the answer; 0 until it is written
	refusal string
	judged  bool
	request engine.Request
	outcome engine.Decision
}

func newExchange(w http.ResponseWriter, r *http.Request, now time.Time) *exchange {
	return &exchange{ResponseWriter: w, r: r, id: requestID(r), start: now}
}

// WriteHeader keeps the status for the log.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts as status 200 where none was written before.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	return x.ResponseWriter.Write(b)
}

// decided keeps the decision for the log.
func (x *exchange) decided(req engine.Request, d engine.Decision) {
	x.judged, x.request, x.outcome = true, req, d
}

// finish recovers from a fault and writes the access log.
func (s *Server) finish(ctx context.Context, x *exchange) {
	if fault := recover(); fault != nil {
		if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(fault) // net/http's own way to cut the connection
		}
		s.log.ErrorContext(ctx, "gate fault",
			"request_id", x.id, "fault", fmt.Sprint(fault))
		if x.status == 0 {
			clearIdentity(x.Header())
			x.problem(http.StatusServiceUnavailable, "unavailable", "The gate has a fault. Try again.")
		}
	}
	s.logExchange(ctx, x)
}

// logExchange writes one line: allowed requests at debug level, for there are
// many of them, everything else at info. Neither credentials nor queries nor
// bodies are in it, and what is not made of words in a path is masked.
func (s *Server) logExchange(ctx context.Context, x *exchange) {
	level := slog.LevelInfo
	if x.judged && x.outcome.Allowed() || x.status < 300 && !x.judged {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	if x.judged && x.request.IP.IsValid() {
		ctx = logs.WithClient(ctx, x.request.IP)
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.id),
		slog.String("method", logs.Method(x.r.Method)),
		slog.String("endpoint", logs.Path(x.r.URL.Path)),
		slog.String("peer", x.r.RemoteAddr),
		slog.Int("status", x.status),
		slog.Duration("took", s.now().Sub(x.start)),
	}
	if x.refusal != "" {
		attrs = append(attrs, slog.String("refusal", x.refusal))
	}
	if x.judged {
		attrs = append(attrs, decisionAttrs(x.request, x.outcome)...)
	}
	s.log.LogAttrs(ctx, level, "gate", attrs...)
}

func decisionAttrs(req engine.Request, d engine.Decision) []slog.Attr {
	ip := "unknown"
	if req.IP.IsValid() {
		ip = req.IP.String()
	}
	attrs := []slog.Attr{
		slog.String("reason", d.Reason.String()),
		slog.Any("failed", words(d.Failed)),
		slog.String("ip", ip),
		slog.String("call_method", logs.Method(req.Method)),
		slog.String("call_path", logs.Path(req.Path)),
		slog.String("api", apiName(d)),
	}
	if req.PluginID != "" {
		attrs = append(attrs, slog.String("plugin", logs.Text(req.PluginID)))
	}
	if d.Key != nil {
		attrs = append(attrs, slog.String("key", d.Key.Sid()), slog.String("account", d.Account().Slug))
	}
	return attrs
}

// requestID takes the caller's X-Request-Id where it is a plain one, so that
// the lines of proxy and gate can be put together, and makes one otherwise. One
// that the log would mask is not used: it may be a key or a token.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); plainID(id) && logs.Text(id) == id {
		return id
	}
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

func plainID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		plain := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_'
		if !plain {
			return false
		}
	}
	return true
}

// channelOf returns the channel of a word; "" is REST.
func channelOf(word string) (models.Channel, bool) {
	if word == "" {
		return models.ChannelREST, true
	}
	c := models.Channel(word)
	return c, c.Valid()
}
