package web

import (
	"io"
	"log/slog"
	"net/http"

	"keywicket/models/logs"
	"keywicket/models/netaddr"
)

// refuseConnect returns a handler that answers CONNECT with 405, closes the
// connection, and passes every other request on to h.
//
// After a 2xx to CONNECT, a client treats the connection as a tunnel while
// net/http still reads requests from it, so that a client behind a shared proxy
// could have its bytes answered as somebody else's request.
func refuseConnect(h http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			h.ServeHTTP(w, r)
			return
		}
		log.InfoContext(logs.WithClient(r.Context(), netaddr.Peer(r.RemoteAddr)), "CONNECT refused", "peer", r.RemoteAddr)
		w.Header().Set("Connection", "close")
		w.Header().Set("Allow", "GET, HEAD, POST")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusMethodNotAllowed)
		_, _ = io.WriteString(w, "CONNECT is not available here.\n") // the caller may be gone
	})
}
