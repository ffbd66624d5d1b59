package gate

import (
	"context"
	"net/http"
)

// healthz answers 200 as long as the program runs.
func (s *Server) healthz(_ context.Context, x *exchange, _ options) {
	x.send(http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

// readyz answers 200 when the gate has what it needs to decide, and otherwise
// 503.
func (s *Server) readyz(ctx context.Context, x *exchange, _ options) {
	if err := s.ready(ctx); err != nil {
		s.log.WarnContext(ctx, "gate not ready", "request_id", x.id, "error", err)
		x.problem(http.StatusServiceUnavailable, "not_ready", "The gate is not ready.")
		return
	}
	x.send(http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
}
