package gate_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keywicket/handlers/gate"
)

// call is a client's request, written to the wire as it stands.
type call struct {
	method  string
	target  string
	key     string   // sent as a Bearer token; "" for none
	headers []string // further lines, "Name: value"
	body    string
	chunked bool   // sends the body without saying how long it is
	from    string // the client's address; "" for outsider
}

// reply is what the client gets.
type reply struct {
	status int
	header http.Header
	body   string
}

// reached reports whether the request came to the upstream.
func (r reply) reached() bool { return r.header.Get("X-Upstream") == "yes" }

// seen is what the upstream says that it received.
func (r reply) seen(t testing.TB) echoed {
	t.Helper()
	var e echoed
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		t.Fatalf("no echo of the upstream: %v in %q", err, r.body)
	}
	return e
}

// echoed is a request as the upstream received it.
type echoed struct {
	Method string
	URI    string
	Header http.Header
	Body   string
}

// get returns a header that is there exactly once.
func (e echoed) get(t testing.TB, name string) string {
	t.Helper()
	if n := len(e.Header.Values(name)); n > 1 {
		t.Errorf("upstream got %s %d times", name, n)
	}
	return e.Header.Get(name)
}

// upstream is a server that echoes what it receives; and returns host and port.
func upstream(t testing.TB) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Upstream", "yes")
		_ = json.NewEncoder(w).Encode(echoed{r.Method, r.RequestURI, r.Header, string(body)})
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// raw is the request's text.
func (c call) raw(host string) string {
	var b strings.Builder
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, c.target, host)
	if c.key != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", c.key)
	}
	closes := false
	for _, line := range c.headers {
		b.WriteString(line + "\r\n")
		closes = closes || strings.HasPrefix(strings.ToLower(line), "connection:")
	}
	if !closes {
		b.WriteString("Connection: close\r\n")
	}
	switch {
	case c.chunked:
		half := len(c.body) / 2
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n",
			half, c.body[:half], len(c.body)-half, c.body[half:])
		return b.String()
	case c.body != "":
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(c.body))
	}
	return b.String() + "\r\n" + c.body
}

// send sends the call over a connection of its own.
func (c call) send(t testing.TB, addr string) reply {
	t.Helper()
	r, err := c.try(addr)
	if err != nil {
		t.Fatalf("%s %s: %v", c.method, c.target, err)
	}
	return r
}

func (c call) try(addr string) (reply, error) {
	from := c.from
	if from == "" {
		from = outsider
	}
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, c.raw(addr)); err != nil {
		return reply{}, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: c.method})
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body)}, err
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// endpoint is an endpoint for proxies, with how its proxy describes a call.
type endpoint struct {
	name string
	path string
	// describe makes the proxy's request of the client's.
	describe func(c call) *http.Request
}

// with puts options after the endpoint's path.
func (e endpoint) with(r *http.Request, options string) *http.Request {
	for _, at := range []*string{&r.URL.Path, &r.RequestURI} {
		if behind, ok := strings.CutPrefix(*at, e.path); ok {
			*at = e.path + options + behind
		}
	}
	return r
}

// endpoints are those whose answers have the same form; the first two are
// nginx's and that of Caddy and Traefik.
func endpoints() []endpoint {
	return []endpoint{
		{"nginx", "/auth/nginx", func(c call) *http.Request {
			return c.proxied("/auth/nginx", "X-Original-Uri", "X-Original-Method", "X-Real-Ip")
		}},
		{"forwarded", "/auth/forwarded", func(c call) *http.Request {
			return c.proxied("/auth/forwarded", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-For")
		}},
		{"haproxy", "/auth/haproxy", func(c call) *http.Request {
			return c.proxied("/auth/haproxy", "X-Original-Uri", "X-Original-Method", "X-Real-Ip")
		}},
		{"envoy", "/auth/envoy", call.toEnvoy},
	}
}

func (c call) proxied(path, uri, method, ip string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, strings.NewReader(c.body))
	if c.method == "" {
		c.method = http.MethodGet
	}
	if c.from == "" {
		c.from = outsider
	}
	r.Header.Set(uri, c.target)
	r.Header.Set(method, c.method)
	r.Header.Set(ip, c.from)
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	for _, line := range c.headers {
		name, value, _ := strings.Cut(line, ":")
		r.Header.Add(name, strings.TrimSpace(value))
	}
	return r
}

// toEnvoy is the call as Envoy's ext_authz sends it over HTTP, with the
// path_prefix /auth/envoy/-.
func (c call) toEnvoy() *http.Request {
	r := c.proxied("/auth/envoy/-", "X-Unused-Uri", "X-Unused-Method", "X-Forwarded-For")
	r.Header.Del("X-Unused-Uri")
	r.Header.Del("X-Unused-Method")
	r.Method = c.method
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	path, query, _ := strings.Cut("/auth/envoy/-"+c.target, "?")
	r.URL.Path, r.URL.RawQuery, r.RequestURI = path, query, "/auth/envoy/-"+c.target
	return r
}

const jsonType = "Content-Type: application/json"

// listenTo serves a handler with the gate's limits and returns host and port.
func listenTo(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = gate.HTTPServer(h, nil)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}
