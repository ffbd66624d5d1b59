package gate_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models/engine"
)

// rubbish makes requests that no proxy sends, near to those that one does.
type rubbish struct {
	*rand.Rand
	keys  []string // valid ones, to be spoilt
	bytes []string
}

func newRubbish(w *fixture) *rubbish {
	r := &rubbish{Rand: rand.New(rand.NewPCG(1, 2))}
	for _, v := range w.key {
		r.keys = append(r.keys, v)
	}
	r.bytes = []string{
		"", "\x00", "\xff\xfe", "\r\n", "%00", "%2e%2e", "%2f", "..", "//", ";", "\\", "/ping", "/any", "?", "#", " ",
		"Bearer ", "Basic ", "kw_", "api_key=", "app_id", "{", "}", `"`, ",", ":", "=", "&", "127.0.0.1", "::1", "名字", "\u202e",
		"token=", "password=", "grant_type=password", "username=", "GET", "POST", "http://h/ping", "*", "%", "%zz", "allowed", "200", "true",
	}
	return r
}

func (r *rubbish) text(parts int) string {
	var b strings.Builder
	for range r.IntN(parts + 1) {
		b.WriteString(r.bytes[r.IntN(len(r.bytes))])
	}
	return b.String()
}

// spoilt is a valid key with something wrong.
func (r *rubbish) spoilt() string {
	key := []byte(r.keys[r.IntN(len(r.keys))])
	at := r.IntN(len(key))
	switch r.IntN(5) {
	case 0:
		return string(key[:at])
	case 1:
		return string(key) + r.pick("x", "\x00", "=", ",", "0")
	case 2:
		key[at] ^= byte(1 + r.IntN(255))
	case 3:
		return r.pick("\x00", "x", "kw_", "\ufeff") + string(key)
	default:
		return strings.Replace(string(key), "kw_", r.pick("KW_", "kw-", "kw%255F", ""), 1)
	}
	return string(key)
}

func (r *rubbish) pick(from ...string) string { return from[r.IntN(len(from))] }

func (r *rubbish) value() string {
	switch r.IntN(8) {
	case 0:
		return r.spoilt()
	case 1:
		return "Bearer " + r.spoilt()
	case 2:
		return basic(r.text(2), r.spoilt())
	case 3:
		return r.pick("/ping", "/any", "/ping?api_key="+r.spoilt(), "GET", "POST", insider)
	case 4:
		if r.IntN(200) == 0 {
			return strings.Repeat(r.pick("x", "\x00", "kw_", "%"), 64<<10)
		}
	}
	return r.text(6)
}

// request makes one. It goes around net/http's parser, which would refuse the
// worst of it.
func (r *rubbish) request() *http.Request {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(r.body()))
	req.Method = r.pick("GET", "POST", "HEAD", "PUT", "DELETE", "CONNECT", "TRACE", "get", "", "\x00", r.text(2))
	req.URL = &url.URL{Path: r.pick("/v1/verify", "/auth/nginx", "/auth/forwarded", "/auth/nginx", "/auth/forwarded",
		"/auth/nginx/channel=http", "/auth/forwarded/body=X-Api-Key", "/auth/nginx/"+r.text(3), r.text(4),
		"/auth/haproxy", "/auth/envoy/-/ping", "/auth/envoy/-/"+r.text(3), "/auth/envoy/"+r.text(3), "/envoy.service.auth.v3.Authorization/Check",
		"/auth/mail/smtp=127.0.0.1:25", "/auth/mail", "/auth/sftpgo/password", "/auth/sftpgo/user", "/auth/sftpgo/user/"+r.text(2), "/auth/soap", "/auth/soap/channel=rest", "/auth/soap/channel=rest/operation=body", "/oauth/introspect", "/oauth/introspect", "/oauth/introspect/api=ping", "/auth/dovecot", "/auth/dovecot/channel=rest", "/oauth/introspect/"+r.text(3)), RawQuery: r.text(4)}
	req.RequestURI = req.URL.Path + r.pick("", "?"+req.URL.RawQuery)
	req.RemoteAddr = r.pick("127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:1", "[::1]:1", "192.0.2.1:1", "", "\x00")
	if r.IntN(4) > 0 {
		for _, name := range []string{"X-Original-Uri", "X-Forwarded-Uri"} {
			req.Header.Set(name, r.pick("/ping", "/any", "/apps/sales/things", "/ping?api_key="+r.spoilt(), "/"+r.text(4)))
		}
		for _, name := range []string{"X-Original-Method", "X-Forwarded-Method"} {
			req.Header.Set(name, r.pick("GET", "GET", "POST", r.text(1)))
		}
	}
	if strings.HasPrefix(req.URL.Path, "/auth/sftpgo") {
		req.Method, req.URL.RawQuery = http.MethodPost, r.pick("home=/srv/{username}", "home=/srv/{username}", req.URL.RawQuery)
	}
	if strings.HasPrefix(req.URL.Path, "/auth/soap") && r.IntN(4) > 0 {
		req.Header.Set("Content-Type", r.pick("text/xml", "application/soap+xml", r.text(1)))
	}
	if r.IntN(4) > 0 {
		req.Header.Set("Auth-Protocol", r.pick("smtp", "smtp", "imap", r.text(1)))
		req.Header.Set("Auth-Method", r.pick("plain", "plain", "none", r.text(1)))
		req.Header.Set("Client-Ip", r.pick(insider, r.text(2)))
		req.Header.Set("Auth-Pass", r.pick(r.spoilt(), r.text(3)))
	}
	for range r.IntN(6) {
		name := r.pick("Authorization", "X-Api-Key", "X-Real-Ip", "X-Forwarded-For", "X-Keywicket-Key", "X-Keywicket-Token",
			"Content-Type", "X-Original-Uri", "X-Forwarded-Method", "Auth-User", "Auth-Pass", "Auth-Protocol", "Client-Ip", "\x00", "Connection", "X-Request-Id")
		req.Header[name] = append(req.Header[name], r.value())
	}
	return req
}

func (r *rubbish) body() string {
	switch r.IntN(10) {
	case 0:
		return ""
	case 8, 9:
		return fmt.Sprintf(`{"username":%q,"password":%q,"ip":%q,"protocol":%q}`, r.text(2), r.spoilt(), insider, r.pick("SSH", "FTP", "HTTP", r.text(1)))
	case 6, 7:
		return r.envelope()
	case 1:
		return "token=" + url.QueryEscape(r.spoilt()) + "&api=ping&" + r.text(2)
	case 2:
		return "grant_type=password&username=" + r.text(1) + "&password=" + url.QueryEscape(r.spoilt())
	case 3:
		return fmt.Sprintf(`{"key":%q,"method":"GET","path":"/ping"}`, r.spoilt())
	case 4:
		return fmt.Sprintf(`{"key":%q,%q:%q}`, r.spoilt(), r.text(1), r.text(2))
	}
	return r.text(8)
}

// envelope is a SOAP message with something wrong.
func (r *rubbish) envelope() string {
	return fmt.Sprintf(`%s<s:Envelope xmlns:s=%q xmlns:w=%q><s:Header><w:Security><w:UsernameToken><w:Username>%s</w:Username>%s<w:Password>%s</w:Password></w:UsernameToken></w:Security>%s</s:Header><s:Body><ping/></s:Body></s:Envelope>`,
		r.pick("", "", r.text(1)), r.pick(soap11, soap11, soap12, r.text(1)), r.pick(wsse, wsse, r.text(1)), r.pick("", "", r.text(2)), r.pick("", "", r.text(2)),
		r.pick("", r.spoilt(), r.text(2)), r.pick("", "", r.text(2), "<w:UsernameToken/>"))
}

// passes reports whether an answer lets its request through.
func passes(got *httptest.ResponseRecorder) bool {
	if status := got.Header().Get("Auth-Status"); status != "" { // nginx's mail proxy looks at nothing else
		return status == "OK"
	}
	body := got.Body.String()
	return got.Code/100 == 2 && !strings.Contains(body, `"allowed":false`) && body != inactive &&
		body != `{"status":0}` && body != `{"username":""}`
}

// hunt counts the answers that let rubbish through.
func hunt(h http.Handler, r *rubbish, requests int) (passed []string) {
	for range requests {
		req := r.request()
		if p := req.URL.Path; p == "/healthz" || p == "/readyz" {
			continue
		}
		got := httptest.NewRecorder()
		h.ServeHTTP(got, req)
		if passes(got) {
			passed = append(passed, fmt.Sprintf("%q %q %q", req.Method, req.URL.Path, req.Header))
		}
	}
	return passed
}

func TestNothingPassesWithoutAKey(t *testing.T) {
	w := newFixture(t)
	quiet := func(c *gateConfig) { c.Log = nil }
	for _, p := range hunt(w.server(quiet), newRubbish(w), 100_000) {
		t.Error(p)
	}
	// The hunt finds a gate that is broken.
	open := &spy{answer: engine.Decision{Reason: engine.Allowed}}
	if passed := hunt(open.server(quiet), newRubbish(w), 2_000); len(passed) < 100 {
		t.Errorf("only %d requests passed an open gate", len(passed))
	}
}

// Over real connections: what breaks parsers, and then a question that must
// still be answered.
func TestListenerSurvivesRubbish(t *testing.T) {
	w := newFixture(t)
	addr := w.listen()
	for _, raw := range []string{
		"\x00\x01\x02", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /auth/nginx HTTP/1.1\r\n\r\n",
		"GET /auth/nginx HTTP/1.1\r\nHost: h\r\nX-Original-URI: /\x00\r\n\r\n",
		"GET /auth/nginx HTTP/1.1\r\nHost: h\r\nX-Original-URI: \xff\xfe\r\nX-Original-Method: GET\r\n\r\n",
		"POST /v1/verify HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"POST /v1/verify HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"GET /auth/nginx HTTP/1.1\r\nHost: h\r\nA: " + strings.Repeat("x", 80<<10) + "\r\n\r\n",
		"GET /" + strings.Repeat("x", 80<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write([]byte(raw)) // it may be cut off, as it should
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		first := make([]byte, 12)
		n, _ := conn.Read(first)
		_ = conn.Close()
		if strings.HasPrefix(string(first[:n]), "HTTP/1.1 2") {
			t.Errorf("%.60q: %q", raw, first)
		}
	}
	ok := call{target: "/auth/nginx", key: w.key["good"], headers: []string{"X-Original-URI: /ping", "X-Original-Method: GET"}}
	if got := ok.send(t, addr); got.status != 200 {
		t.Errorf("afterwards: %d %s", got.status, got.body)
	}
}
