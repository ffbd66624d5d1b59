package gate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"keywicket/handlers/gate"
	"keywicket/models/engine"
)

// dialGate is a gRPC client of the gate, as Envoy is one: HTTP/2 in the clear.
func dialGate(t testing.TB, addr string) authv3.AuthorizationClient {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return authv3.NewAuthorizationClient(conn)
}

// checked is the call as Envoy describes it over gRPC.
func (c call) checked() *authv3.CheckRequest {
	headers := map[string]string{":method": c.method, ":path": c.target, ":authority": "api.example.com", "x-request-id": "r-1"}
	if c.key != "" {
		headers["authorization"] = "Bearer " + c.key
	}
	for _, line := range c.headers {
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToLower(name)
		if before, ok := headers[name]; ok { // Envoy joins lines
			value = before + "," + strings.TrimSpace(value)
		}
		headers[name] = strings.TrimSpace(value)
	}
	method, from := c.method, c.from
	if method == "" {
		method = http.MethodGet
	}
	if from == "" {
		from = outsider
	}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
			SocketAddress: &corev3.SocketAddress{Address: from, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: 4711}},
		}}},
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{
			Id: "1", Method: method, Headers: headers, Path: c.target, Host: "api.example.com", Scheme: "https", Protocol: "HTTP/1.1",
			Size: int64(len(c.body)), Body: c.body,
		}},
	}}
}

// check asks, and fails where there is no answer.
func check(t testing.TB, client authv3.AuthorizationClient, q *authv3.CheckRequest) *authv3.CheckResponse {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	got, err := client.Check(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// extended puts an option of the endpoint's path into the context extensions.
func extended(q *authv3.CheckRequest, option string) *authv3.CheckRequest {
	if name, value, ok := strings.Cut(strings.TrimPrefix(option, "/"), "="); ok {
		q.Attributes.ContextExtensions = map[string]string{name: value}
	}
	return q
}

// headersOf returns the headers that Envoy is to set, and holds that each
// replaces the client's.
func headersOf(t testing.TB, options []*corev3.HeaderValueOption) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, o := range options {
		if o.GetAppendAction() != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD || !o.GetKeepEmptyValue() || o.GetAppend() != nil { //nolint:staticcheck // older Envoys read it
			t.Errorf("%s does not replace the client's", o.GetHeader().GetKey())
		}
		if _, twice := found[o.GetHeader().GetKey()]; twice {
			t.Errorf("%s is there twice", o.GetHeader().GetKey())
		}
		found[o.GetHeader().GetKey()] = o.GetHeader().GetValue()
	}
	return found
}

func TestEnvoyGRPCAllowed(t *testing.T) {
	w := newFixture(t)
	client := dialGate(t, w.listen())
	for _, c := range []call{
		{method: "GET", target: "/ping?x=1"},
		{method: "GET", target: "/apps/sales/things"},
		{method: "GET", target: "/in/header", headers: []string{"X-App: sales"}},
		{method: "GET", target: "/in/query?app=sales"},
		{method: "POST", target: "/in/body", headers: []string{jsonType}, body: `{"app_id":"sales"}`},
	} {
		c.key, c.headers = w.key["名字 & co"], slices.Concat(c.headers, []string{"X-Keywicket-Key: forged", "x_keywicket_key: forged"})
		got := check(t, client, c.checked())
		if codes.Code(got.GetStatus().GetCode()) != codes.OK || got.GetDeniedResponse() != nil {
			t.Errorf("%s: %v", c.target, got)
			continue
		}
		app := "sales"
		if strings.HasPrefix(c.target, "/ping") {
			app = ""
		}
		h := headersOf(t, got.GetOkResponse().GetHeaders())
		if len(h) != 5 || h["x-keywicket-key"] != w.sid["名字 & co"] || h["x-keywicket-name"] != "%E5%90%8D%E5%AD%97%20&%20co" ||
			h["x-keywicket-account"] != "acme" || h["x-keywicket-app"] != app || h["x-keywicket-api"] == "" {
			t.Errorf("%s: %q", c.target, h)
		}
		for _, name := range []string{"x_keywicket_key", "x_keywicket-name", "x-keywicket_api", "x-keywicket-token"} {
			if !slices.Contains(got.GetOkResponse().GetHeadersToRemove(), name) {
				t.Errorf("%s may reach the upstream", name)
			}
		}
	}
	// Nothing to say is said, or a forged header would stay.
	got := check(t, client, call{target: "/somewhere", key: w.key["passing"]}.checked())
	if h := headersOf(t, got.GetOkResponse().GetHeaders()); len(h) != 5 || h["x-keywicket-api"] != "" || h["x-keywicket-app"] != "" {
		t.Errorf("%q", h)
	}
}

func TestEnvoyGRPCDenied(t *testing.T) {
	w := newFixture(t)
	client := dialGate(t, w.listen())
	for _, d := range w.denials() {
		t.Run(d.reason.String(), func(t *testing.T) {
			var got *authv3.CheckResponse
			for range d.warmUp + 1 {
				got = check(t, client, extended(d.call.checked(), d.path))
			}
			checkDeniedResponse(t, d.reason, got)
		})
	}
	got := check(t, client, call{target: "/nowhere", key: w.key["jodoo"]}.checked()).GetDeniedResponse()
	if got.GetStatus().GetCode() != 400 || got.GetBody() != `{"code":17054,"msg":"The API Catalogue has no such API."}` {
		t.Errorf("%v", got)
	}
}

func checkDeniedResponse(t *testing.T, reason engine.Reason, got *authv3.CheckResponse) {
	t.Helper()
	if got.GetStatus().GetCode() == int32(codes.OK) || got.GetOkResponse() != nil {
		t.Fatalf("%v", got)
	}
	denied := got.GetDeniedResponse()
	h := http.Header{}
	for name, value := range headersOf(t, denied.GetHeaders()) {
		h.Set(name, value)
	}
	checkRealDenied(t, reason, reply{int(denied.GetStatus().GetCode()), h, denied.GetBody()})
}

// What the engine is asked, in the forms in which Envoy sends a request.
func TestEnvoyGRPCReads(t *testing.T) {
	seen := func(q *authv3.CheckRequest) engine.Request {
		s := &spy{}
		check(t, dialGate(t, listenTo(t, s.server())), q)
		return s.asked
	}
	got := seen(call{method: "DELETE", target: "/any?api_key=kw_q", key: "kw_a", from: "192.0.2.1"}.checked())
	if got.Method != "DELETE" || got.Path != "/any" || got.Credential != "several credentials" || got.IP.String() != "192.0.2.1" || got.Channel != "rest" {
		t.Errorf("%+v", got)
	}
	got = seen(extended(call{target: "/any", key: "kw_a", headers: []string{"Authorization: Bearer kw_b", "X-Forwarded-For: " + insider, "X-Real-IP: " + insider}}.checked(), "/channel=http"))
	if got.Credential != "kw_a,Bearer kw_b" || got.Channel != "http" || got.IP.String() != outsider {
		t.Errorf("%+v", got)
	}
	raw := call{target: "/any"}.checked()
	raw.Attributes.Request.Http.HeaderMap = &corev3.HeaderMap{Headers: []*corev3.HeaderValue{
		{Key: "x-api-key", RawValue: []byte("kw_a")}, {Key: "x-api-key", RawValue: []byte("kw_b")},
	}}
	if got = seen(raw); got.Credential != "several credentials" {
		t.Errorf("raw headers: %+v", got)
	}
	nowhere := call{target: "/any", key: "kw_a"}.checked()
	nowhere.Attributes.Source = nil
	if got = seen(nowhere); got.IP.IsValid() {
		t.Errorf("no source: %+v", got)
	}
}

func TestEnvoyGRPCBodies(t *testing.T) {
	w := newFixture(t)
	client := dialGate(t, w.listen())
	c := call{method: "POST", target: "/in/body", key: w.key["sales only"], headers: []string{jsonType}}
	asBytes := c.checked()
	asBytes.Attributes.Request.Http.RawBody = []byte(`{"app_id":"sales"}`)
	if got := check(t, client, asBytes); got.GetOkResponse() == nil {
		t.Errorf("as bytes: %v", got)
	}
	checkDeniedResponse(t, engine.AppUndetermined, check(t, client, c.checked()))
	c.body, c.headers = `{"app_id":"sales"}`, append(c.headers, "X-Envoy-Auth-Partial-Body: true")
	checkDeniedResponse(t, engine.AppUndetermined, check(t, client, c.checked()))
	forged := c.checked() // the client's own word, before Envoy's
	forged.Attributes.Request.Http.Headers = nil
	forged.Attributes.Request.Http.HeaderMap = &corev3.HeaderMap{Headers: []*corev3.HeaderValue{
		{Key: "authorization", RawValue: []byte("Bearer " + c.key)}, {Key: "content-type", RawValue: []byte("application/json")},
		{Key: "x-envoy-auth-partial-body", RawValue: []byte("false")}, {Key: "x-envoy-auth-partial-body", RawValue: []byte("true")},
	}}
	checkDeniedResponse(t, engine.AppUndetermined, check(t, client, forged))
	c.body, c.headers = `{"app_id":"sales","pad":"`+strings.Repeat("x", 900<<10)+`"}`, c.headers[:1]
	if got := check(t, client, c.checked()); got.GetOkResponse() == nil {
		t.Error("a large body is denied")
	}
}

// Questions that are none are denied, and faults are no answers at all.
func TestEnvoyGRPCRefuses(t *testing.T) {
	w := newFixture(t)
	good := func() *authv3.CheckRequest { return call{target: "/ping", key: w.key["good"]}.checked() }
	client := dialGate(t, w.listen())
	pathless := good()
	pathless.Attributes.Request.Http.Path = ""
	for name, q := range map[string]*authv3.CheckRequest{
		"nothing": {}, "no request": {Attributes: &authv3.AttributeContext{}}, "no path": pathless,
		"unknown option": extended(good(), "/chanel=http"), "unknown channel": extended(good(), "/channel=fax"),
		"two in one": extended(good(), "/channel=http/plugin=X"),
	} {
		got := check(t, client, q)
		var body struct{ Reason string }
		_ = json.Unmarshal([]byte(got.GetDeniedResponse().GetBody()), &body)
		if got.GetDeniedResponse().GetStatus().GetCode() != 403 || body.Reason != "proxy_headers" && body.Reason != "endpoint_options" {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, err := dialGate(t, listenTo(t, (&spy{panics: "broken " + w.key["good"]}).server())).Check(context.Background(), good())
	if status.Code(err) != codes.Unavailable || strings.Contains(fmt.Sprint(err), "kw_") {
		t.Errorf("a fault: %v", err)
	}
	_, err = dialGate(t, freeAddr(t)).Check(context.Background(), good())
	if status.Code(err) != codes.Unavailable {
		t.Errorf("no gate: %v", err)
	}
}

// The guard and the trust in proxies hold here too.
func TestEnvoyGRPCCallers(t *testing.T) {
	w := newFixture(t)
	good := call{target: "/ping", key: w.key["good"]}.checked()
	client := dialGate(t, w.listen(withToken))
	if _, err := client.Check(context.Background(), good); status.Code(err) != codes.PermissionDenied {
		t.Errorf("no token: %v", err)
	}
	ctx := metadata.AppendToOutgoingContext(context.Background(), "x-keywicket-token", gateToken)
	if got, err := client.Check(ctx, good); err != nil || got.GetOkResponse() == nil {
		t.Errorf("token: %v %v", got, err)
	}
	far := listenTo(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "203.0.113.1:4711"
		w.server().ServeHTTP(rw, r)
	}))
	got := check(t, dialGate(t, far), good)
	if !strings.Contains(got.GetDeniedResponse().GetBody(), "proxy_untrusted") || !strings.Contains(w.log.String(), "--trusted-proxies") {
		t.Errorf("unknown proxy: %v", got)
	}
}

// A part of the matrix over gRPC, in which each situation comes up.
func TestEnvoyGRPCMatrix(t *testing.T) {
	w := newFixture(t)
	client := dialGate(t, w.listen(func(c *gate.Config) { c.Log = nil }))
	values := map[string]string{}
	cells, allowed, n := 0, 0, 0
	for s := range situations {
		if n++; n%7 != 0 {
			continue
		}
		id := fmt.Sprint(s.account, s.off, s.old, s.channel, s.ips, s.apis, s.apps)
		if values[id] == "" {
			values[id] = w.add(id, s.account, s.policy(w))
		}
		got := check(t, client, s.call(values[id]).checked())
		reason := "allowed"
		if denied := got.GetDeniedResponse(); denied != nil {
			reason = headersOf(t, denied.GetHeaders())["x-keywicket-reason"]
		}
		if want := s.want(); reason != want || (got.GetOkResponse() != nil) != (want == "allowed") {
			t.Fatalf("%+v: %s, want %s", s, reason, want)
		}
		if cells++; reason == "allowed" {
			allowed++
		}
	}
	if cells < 1_500 || allowed < 10 {
		t.Errorf("%d cells, %d of them allowed", cells, allowed)
	}
}

// Every decision over gRPC is counted, and in the log without the key.
func TestEnvoyGRPCCounts(t *testing.T) {
	w := newFixture(t)
	client := dialGate(t, w.listen())
	check(t, client, call{target: "/ping", key: w.key["good"]}.checked())
	check(t, client, call{target: "/nowhere", key: w.key["good"]}.checked())
	counted := map[string]int64{}
	for _, d := range w.usage.Drain().Days {
		counted[d.Reason] += d.Count
	}
	if counted["allowed"] != 1 || counted["api_unknown"] != 1 {
		t.Errorf("%v", counted)
	}
	for range 100 { // the line is written after the answer
		if strings.Contains(w.log.String(), `"reason":"api_unknown"`) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if log := w.log.String(); !strings.Contains(log, `"reason":"api_unknown"`) || strings.Contains(log, w.key["good"]) {
		t.Errorf("log %s", log)
	}
}
