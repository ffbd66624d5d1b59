package gate

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/netaddr"
)

// errProxyHeaders is the refusal of a request whose headers no proxy that is
// configured as documented sends.
var errProxyHeaders = errors.New("missing or repeated proxy header")

// dialect is what sets one kind of proxy apart from the others.
type dialect struct {
	path           string // of the endpoint
	methodHeader   string
	uriHeader      string // "" when the proxy asks with the client's own method and target
	ipHeader       string
	onlyAuthStatus bool // the proxy takes no denial but 401 and 403
}

// asksWithTarget reports whether the proxy asks with the client's own method and
// target.
func (d dialect) asksWithTarget() bool { return d.uriHeader == "" }

// original is the client's request as the proxy describes it.
type original struct {
	method string
	uri    string
	ip     netip.Addr
}

// read returns what the headers of the dialect's own family describe. It fails
// with errProxyHeaders where one is missing or repeated. Without the client's
// address, the address is unknown.
func (d dialect) read(r *http.Request, trusted netaddr.Set) (o original, err error) {
	if d.asksWithTarget() {
		_, target, _ := splitTarget(d.path, r.RequestURI)
		if target == "" {
			return o, errProxyHeaders
		}
		o.method, o.uri = r.Method, target
	} else {
		if o.method, err = exactlyOne(r.Header, d.methodHeader); err != nil {
			return o, err
		}
		if o.uri, err = exactlyOne(r.Header, d.uriHeader); err != nil {
			return o, err
		}
	}
	values := r.Header.Values(d.ipHeader)
	switch {
	case d.ipHeader == forwardedFor:
		o.ip = netaddr.Forwarded(values, trusted)
	case len(values) > 1:
		return o, errProxyHeaders
	default:
		o.ip = netaddr.Parse(strings.Join(values, ""))
	}
	return o, nil
}

// exactlyOne reads a header that is believed: with a second one, the client's
// or a proxy's, nobody knows which is true.
func exactlyOne(h http.Header, name string) (string, error) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", errProxyHeaders
	}
	return values[0], nil
}

// describe returns the client's request as the proxy describes it. It returns
// false when it cannot, and has answered. When the proxy names no client, it logs
// that, once for each endpoint.
func (s *Server) describe(ctx context.Context, x *exchange, d dialect) (original, bool) {
	orig, err := d.read(x.r, s.trusted)
	if err != nil {
		s.log.WarnContext(ctx, "the proxy must send each of its headers once",
			"request_id", x.id, "endpoint", d.path, "headers", []string{d.methodHeader, d.uriHeader})
		x.refuse("proxy_headers", "The proxy does not describe the request as this endpoint needs it.")
		return orig, false
	}
	if len(x.r.Header.Values(d.ipHeader)) == 0 {
		if _, said := s.unnamedClients.LoadOrStore(d.path, true); !said {
			s.log.WarnContext(ctx, "the proxy does not send the client's address, so that no IP Whitelist holds it: have it set the header",
				"endpoint", d.path, "header", d.ipHeader, "peer", x.r.RemoteAddr)
		}
	}
	return orig, true
}

// auth answers a proxy's question about a client's request.
func (s *Server) auth(ctx context.Context, x *exchange, d dialect, opts options) {
	orig, ok := s.describe(ctx, x, d)
	if !ok {
		return
	}
	req := authRequest(x.r, orig, opts)
	look := lookupIn(x.r, orig, opts)
	if req.Credential != "" && look.readsBody() {
		look.body = readBody(x.r, maxAuthBody)
	}
	req.AppLookup = look
	decision, ok := s.decide(x, req)
	if !ok {
		return
	}
	if decision.Allowed() {
		x.allow(decision)
		return
	}
	x.deny(decision, s.bodies(decision), d)
}

// fromProxy refuses a peer that is no trusted proxy.
func (s *Server) fromProxy(ctx context.Context, x *exchange, endpoint string) bool {
	peer := netaddr.Peer(x.r.RemoteAddr)
	if s.trusted.Contains(peer) {
		return true
	}
	s.log.WarnContext(ctx, "the peer is no trusted proxy: add it to --trusted-proxies if it is yours",
		"request_id", x.id, "peer", peer.String(), "endpoint", endpoint)
	x.refuse("proxy_untrusted", "The gate does not know this proxy.")
	return false
}

// refuse answers a request that cannot be judged with 403, which every proxy
// takes for a denial.
func (x *exchange) refuse(reason, detail string) {
	x.Header().Set(headerReason, reason)
	x.problem(http.StatusForbidden, reason, detail)
}

// authRequest describes the client's request to the engine, but for what finds
// the app in it.
func authRequest(r *http.Request, orig original, opts options) engine.Request {
	_, rawQuery, _ := strings.Cut(orig.uri, "?")
	cred := credentialOf(r.Header, rawQuery)
	path, err := models.CleanPath(orig.uri)
	plugin, pluginID := opts.plugin(r.Header)
	return engine.Request{
		Credential:    cred.value,
		FromQuery:     cred.fromQuery,
		Username:      cred.username,
		Channel:       opts.channelOrREST(),
		Method:        orig.method,
		Path:          path,
		PathAmbiguous: err != nil,
		IP:            orig.ip,
		Plugin:        plugin,
		PluginID:      pluginID,
	}
}

// bodies is the form of error bodies that the key's account chose. Where no
// key says whose caller this is, it can only be that of the sole account.
func (s *Server) bodies(d engine.Decision) models.ErrorDialect {
	if d.Key != nil {
		return d.Account().Dialect
	}
	if sole, ok := s.engine.SoleAccount(); ok {
		return sole.Dialect
	}
	return models.DialectProblem
}
