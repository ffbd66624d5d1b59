package gate

import (
	"context"
	"net/http"
)

// healthz says that the program runs.
func (s *Server) healthz(x *exchange) {
	if x.onlyReads() {
		x.send(http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
	}
}

// readyz says that the gate has what it needs to decide.
func (s *Server) readyz(ctx context.Context, x *exchange) {
	if !x.onlyReads() {
		return
	}
	if err := s.ready(ctx); err != nil {
		s.log.WarnContext(ctx, "gate not ready", "request_id", x.id, "error", err)
		x.problem(http.StatusServiceUnavailable, "not_ready", "The gate is not ready.")
		return
	}
	x.send(http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
}

func (x *exchange) onlyReads() bool {
	if x.r.Method == http.MethodGet || x.r.Method == http.MethodHead {
		return true
	}
	x.Header().Set("Allow", "GET, HEAD")
	x.problem(http.StatusMethodNotAllowed, "method_not_allowed", "Ask with GET or HEAD.")
	return false
}
