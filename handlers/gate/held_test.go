package gate_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"keywicket/handlers/gate"
	"keywicket/models"
	"keywicket/models/engine"
)

// heldBody is a body whose sender holds the last byte back.
type heldBody struct {
	data   []byte
	atLast func() // called when only the last byte is missing
}

func (b *heldBody) Read(p []byte) (int, error) {
	if len(b.data) == 0 {
		return 0, io.EOF
	}
	if len(b.data) == 1 {
		b.atLast()
	}
	n := copy(p, b.data[:max(1, len(b.data)-1)])
	b.data = b.data[n:]
	return n, nil
}

func (b *heldBody) Close() error { return nil }

// heldQuestion is an allowed request to an endpoint, for a key of the channel.
type heldQuestion struct {
	channel models.Channel
	ask     func(key string) *http.Request // nil: the endpoint decides nothing
}

// heldQuestions are requests to the endpoints of the gate's table by their
// path. Those to proxies' endpoints need the body for the app that it names.
func heldQuestions() map[string]heldQuestion {
	questions := map[string]heldQuestion{
		"/healthz": {},
		"/readyz":  {},
		"/v1/verify": {models.ChannelREST, func(key string) *http.Request {
			return httptest.NewRequest(http.MethodPost, "/v1/verify", strings.NewReader(`{"key":"`+key+`","api":"ping"}`))
		}},
		"/oauth/introspect": {models.ChannelREST, func(key string) *http.Request { return introspection("token", key, "api", "ping") }},
		"/auth/dovecot": {models.ChannelEmail, func(key string) *http.Request {
			return form("/auth/dovecot", "grant_type", "password", "username", "ulla", "password", key)
		}},
		"/auth/mail": {models.ChannelEmail, func(key string) *http.Request { return mailQuestion("smtp", "ulla", key, outsider) }},
		"/auth/soap": {models.ChannelWebService, func(key string) *http.Request {
			return toSOAP(call{headers: []string{type11}, body: soapMessage(soap11, inHeader(usernameToken("me", key)))})
		}},
		"/auth/sftpgo/password": {models.ChannelFTP, func(key string) *http.Request {
			return sftpgoQuestion("/auth/sftpgo/password", "ulla", key, outsider, "SSH")
		}},
		"/auth/sftpgo/user": {models.ChannelFTP, func(key string) *http.Request {
			return sftpgoQuestion("/auth/sftpgo/user"+sftpgoHome, "ulla", key, outsider, "SSH")
		}},
		"/envoy.service.auth.v3.Authorization/Check": {models.ChannelREST, func(key string) *http.Request {
			return framed(inBody(key))
		}},
	}
	for _, e := range endpoints() {
		questions[e.path] = heldQuestion{models.ChannelREST, func(key string) *http.Request { return e.describe(inBody(key)) }}
	}
	return questions
}

// inBody is a call that names its app in its body.
func inBody(key string) call {
	return call{method: "POST", target: "/in/body", key: key, headers: []string{jsonType}, body: `{"app_id":"sales"}`}
}

// framed is a call as Envoy sends it over gRPC.
func framed(c call) *http.Request {
	message, err := proto.Marshal(c.checked())
	if err != nil {
		panic(err)
	}
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	r := httptest.NewRequest(http.MethodPost, "/envoy.service.auth.v3.Authorization/Check", bytes.NewReader(append(frame, message...)))
	r.Header.Set("Content-Type", "application/grpc")
	r.ProtoMajor, r.ProtoMinor, r.Proto = 2, 0, "HTTP/2.0"
	return r
}

// hold puts a body that ends only when atLast has returned in place of the
// request's; a request without one gets one that nobody asked for.
func hold(r *http.Request, atLast func()) *http.Request {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	if len(data) == 0 {
		data = []byte("a body that nobody asked for")
	}
	r.Body, r.ContentLength = &heldBody{data: data, atLast: atLast}, int64(len(data))
	return r
}

// decisions is the engine that remembers its decisions.
type decisions struct {
	*fixture
	reasons []engine.Reason
}

func (d *decisions) Decide(r engine.Request) engine.Decision {
	answer := d.fixture.Decide(r)
	d.reasons = append(d.reasons, answer.Reason)
	return answer
}

// At every endpoint of the gate a key that is disabled while the last byte of
// the request is held back is denied, whatever the endpoint reads the body for,
// and also where it does not.
func TestHeldBody(t *testing.T) {
	questions := heldQuestions()
	for _, path := range gate.EndpointPaths() {
		question, ok := questions[path]
		if !ok {
			t.Errorf("%s: the test has no request to this endpoint", path)
		}
		if question.ask == nil {
			continue
		}
		for _, disabled := range []bool{false, true} {
			w := newFixture(t)
			var key engine.KeyData
			value := w.add("held", acme, func(k *engine.KeyData) { k.Key.Channel = question.channel; key = *k })
			asked := &decisions{fixture: w}
			h := w.server(func(c *gate.Config) { c.Engine = asked })
			reached := 0
			ask(h, hold(question.ask(value), func() {
				reached++
				key.Key.Enabled = !disabled
				w.Apply(engine.Delta{Keys: []engine.KeyData{key}})
			}))
			want := engine.Allowed
			if disabled {
				want = engine.KeyDisabled
			}
			if reached != 1 || len(asked.reasons) != 1 || asked.reasons[0] != want {
				t.Errorf("%s, disabled %v: the body was read %d times, decided %v, want %v", path, disabled, reached, asked.reasons, want)
			}
		}
	}
}

// A body that goes on for ever holds no answer back either: it is read up to a
// limit, and the connection is closed.
func TestEndlessBody(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		r := e.describe(call{target: "/ping", key: w.key["good"]})
		endless := &countingReader{}
		r.Body, r.ContentLength = io.NopCloser(endless), -1
		got := ask(w.server(), r)
		if got.Code != http.StatusOK || got.Header().Get("Connection") != "close" || endless.read > 4<<20 {
			t.Errorf("%s: %d, Connection %q, %d bytes read", e.name, got.Code, got.Header().Get("Connection"), endless.read)
		}
	}
}

// countingReader never ends.
type countingReader struct{ read int }

func (c *countingReader) Read(p []byte) (int, error) {
	c.read += len(p)
	return len(p), nil
}
