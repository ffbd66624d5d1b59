package gate

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/netaddr"
)

const (
	// mailPath is the endpoint of nginx's mail proxy.
	mailPath = "/auth/mail"
	// mailWait is how many seconds a mail client waits for another try.
	mailWait = "3"
	// mailTries is how often a client may try on one connection; nginx closes
	// it where it is told no time to wait.
	mailTries = 10
)

// mailLogin is a log-in as nginx describes it.
type mailLogin struct {
	protocol         string
	username, secret string
	ip               netip.Addr
	tries            int
	readable         bool // user name and secret are what the client sent
}

// mail answers nginx's auth_http about a log-in. nginx takes a status other than
// 200 for a fault, and sends the client away until later. A denial is therefore
// 200 too, with the text for the client in Auth-Status.
func (s *Server) mail(ctx context.Context, x *exchange, o options) {
	login, err := readMailLogin(x.r.Header)
	if err != nil {
		s.log.WarnContext(ctx, "the proxy must send each of its headers once", "request_id", x.id, "endpoint", mailPath)
		x.refuse("proxy_headers", "The proxy does not describe the log-in as this endpoint needs it.")
		return
	}
	server, ok := o.servers[login.protocol]
	if !ok {
		s.log.WarnContext(ctx, "the endpoint's address names no server for the protocol",
			"request_id", x.id, "endpoint", mailPath, "protocol", login.protocol)
		x.problem(http.StatusNotFound, "endpoint_options", "The endpoint's address names no server for this protocol.")
		return
	}
	req := login.request(o)
	d, ok := s.decide(x, req)
	if !ok {
		return
	}
	if d.Allowed() {
		x.mailAllowed(d, server)
		return
	}
	x.mailDenied(d, login)
}

// readMailLogin reads nginx's headers, and refuses what nginx does not send.
func readMailLogin(h http.Header) (mailLogin, error) {
	var m mailLogin
	method, err := exactlyOne(h, "Auth-Method")
	if err != nil {
		return m, err
	}
	if m.protocol, err = exactlyOne(h, "Auth-Protocol"); err != nil {
		return m, err
	}
	ip, err := exactlyOne(h, "Client-Ip")
	if err != nil {
		return m, err
	}
	user, secret := h.Values("Auth-User"), h.Values("Auth-Pass")
	if len(user) > 1 || len(secret) > 1 || len(h.Values("Auth-Login-Attempt")) > 1 {
		return m, errProxyHeaders
	}
	m.ip = netaddr.Parse(ip)
	m.tries, _ = strconv.Atoi(h.Get("Auth-Login-Attempt")) // the first one, where there is none
	m.readable = method == "plain" && unescape(user, &m.username) && unescape(secret, &m.secret)
	return m, nil
}

// unescape undoes nginx's percent-encoding. It returns false for a value that nginx
// never makes.
func unescape(values []string, text *string) bool {
	plain, err := url.PathUnescape(strings.Join(values, ""))
	if err != nil || !utf8.ValidString(plain) {
		return false
	}
	*text = plain
	return true
}

// request describes the log-in to the engine. A secret that cannot be read, or
// is only a digest (APOP, CRAM-MD5), is a credential that does not exist.
func (m mailLogin) request(o options) engine.Request {
	req := engine.Request{
		Username: m.username, Credential: m.secret, Channel: models.ChannelEmail,
		API: o.api, App: o.app, Login: true, IP: m.ip,
	}
	if !m.readable {
		req.Username, req.Credential = "", "unreadable"
	}
	return req
}

// mailAllowed answers an allowed log-in with the address of the mail server.
func (x *exchange) mailAllowed(d engine.Decision, server netip.AddrPort) {
	h := x.Header()
	h.Set("Auth-Status", "OK")
	h.Set("Auth-Server", server.Addr().String())
	h.Set("Auth-Port", strconv.Itoa(int(server.Port())))
	x.allow(d)
}

// mailDenied answers a denied log-in with the text for the client and, for SMTP,
// its code. A rate limit is a temporary failure.
func (x *exchange) mailDenied(d engine.Decision, m mailLogin) {
	h := x.Header()
	h.Set("Auth-Status", message(d))
	if m.tries < mailTries {
		h.Set("Auth-Wait", mailWait)
	}
	if m.protocol == "smtp" {
		code := "535 5.7.0"
		if d.Reason == engine.RateLimited {
			code = "454 4.7.0"
		}
		h.Set("Auth-Error-Code", code)
	}
	h.Set(headerReason, d.Reason.String())
	x.send(http.StatusOK, "text/plain; charset=utf-8", nil)
}

// setServer keeps a server's address. A mail proxy resolves no names.
func (o *options) setServer(protocol, address string) bool {
	server, err := netip.ParseAddrPort(address)
	if err != nil || server.Port() == 0 || server.Addr().Zone() != "" {
		return false
	}
	if o.servers == nil {
		o.servers = make(map[string]netip.AddrPort)
	}
	o.servers[protocol] = server
	return true
}
