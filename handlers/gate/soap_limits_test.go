package gate_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"keywicket/handlers/gate"
)

// padded is a message with a token, of so many bytes.
func padded(key string, size int) string {
	message := soapMessage(soap11, inHeader(usernameToken("me", key)))
	return strings.Replace(message, "4711", strings.Repeat("x", size-len(message)+len("4711")), 1)
}

func TestSOAPBodyLimit(t *testing.T) {
	w := newFixture(t)
	const kib = 1 << 10
	for _, tt := range []struct {
		options string
		size    int
		status  int
		says    string
	}{
		{"", 128 * kib, 200, ""},
		{"", 128*kib + 1, 403, "128 KiB"},
		{"/limit=512KiB", 128*kib + 1, 200, ""},
		{"/limit=512KiB", 512*kib + 1, 403, "512 KiB"},
		{"/limit=1024KiB", 1024 * kib, 200, ""},
		{"/limit=1KiB", 2 * kib, 403, "1 KiB"},
		{"/limit=1025KiB", kib, 404, "limit="},
		{"/limit=0KiB", kib, 404, "limit="},
		{"/limit=64", kib, 404, "limit="},
		{"/limit=-1KiB", kib, 404, "limit="},
	} {
		r := toSOAP(call{headers: []string{type11}, body: padded(w.key["good"], tt.size)})
		r.URL.Path += "/channel=rest" + tt.options
		got := ask(w.server(), r)
		if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.says) {
			t.Errorf("%q, %d bytes: %d %s", tt.options, tt.size, got.Code, got.Body)
		}
	}
}

// A message that is made of nothing but markup is given up after as many parts
// as its size allows, whatever the markup is.
func TestEnvelopeOfMarkup(t *testing.T) {
	const size = 128 << 10
	before, after, ok := strings.Cut(soapMessage(soap11, ""), "4711")
	if !ok {
		t.Fatal("no place for the markup")
	}
	for name, piece := range map[string]string{
		"empty elements": "<a/>", "comments": "<!---->", "namespaces": `<a xmlns="b"/>`, "open and shut": "<a></a>",
	} {
		body := before + strings.Repeat(piece, size/len(piece)) + after
		read, most, err := gate.EnvelopeParts([]byte(body))
		if err == nil || !strings.Contains(err.Error(), "too many") {
			t.Errorf("%s: %v", name, err)
		}
		if most > size/12 || read > len(before)+(most+1)*len(piece) {
			t.Errorf("%s: %d of %d bytes were read, for %d parts", name, read, len(body), most)
		}
	}
	attributes := "<a"
	for i := range size / 16 {
		attributes += fmt.Sprintf(" b%d=''", i)
	}
	if _, _, err := gate.EnvelopeParts([]byte(before + attributes + "/>" + after)); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("attributes: %v", err)
	}
	line := "\n      <Line><Item>4711-0815</Item><Quantity>12</Quantity><Price currency=\"EUR\">99.90</Price></Line>"
	if _, _, err := gate.EnvelopeParts([]byte(before + strings.Repeat(line, size/len(line)) + after)); err != nil {
		t.Errorf("a long order: %v", err)
	}
}

// While envelopes cannot be read, everybody who does not need that is answered,
// and the others hear that the gate is busy, never that their key is wrong.
func TestEnvelopesWait(t *testing.T) {
	w := newFixture(t)
	synctest.Test(t, func(t *testing.T) {
		s := w.server()
		release, err := s.HoldParses()
		if err != nil {
			t.Fatal(err)
		}
		message := func(i int) *http.Request {
			r := toSOAP(call{headers: []string{type11}, body: padded(w.key["good"], 4096), from: fmt.Sprintf("10.0.%d.1", i)})
			r.URL.Path += "/channel=rest"
			return r
		}
		var all sync.WaitGroup
		for range gate.ParsesWaiting {
			all.Go(func() {
				if got := ask(s, message(1)); got.Code != http.StatusOK { // its turn may come
					checkBusy(t, got)
				}
			})
		}
		synctest.Wait()
		checkBusy(t, ask(s, message(1))) // one too many, and at once
		for name, r := range map[string]*http.Request{
			"a program":              httptest.NewRequest(http.MethodPost, "/v1/verify", strings.NewReader(`{"key":"`+w.key["good"]+`","api":"ping"}`)),
			"a proxy":                endpoints()[0].describe(call{target: "/ping", key: w.key["good"]}),
			"a Web Service's WSDL":   withPath(toSOAP(call{key: w.key["good"]}), "/auth/soap/channel=rest"),
			"a header's wrong token": toSOAP(call{headers: []string{type11}, key: unknownKey(t), body: padded(w.key["good"], 4096)}),
		} {
			want := http.StatusOK
			if strings.Contains(name, "wrong") {
				want = http.StatusUnauthorized
			}
			if got := ask(s, r); got.Code != want {
				t.Errorf("%s: %d %s", name, got.Code, got.Body)
			}
		}
		var served sync.WaitGroup
		served.Go(func() { // takes the place of one of those that flood
			if got := ask(s, message(2)); got.Code != http.StatusOK {
				t.Errorf("another client, once there is room: %d %s", got.Code, got.Body)
			}
		})
		synctest.Wait()
		release()
		served.Wait()
		all.Wait()
		release, err = s.HoldParses()
		if err != nil {
			t.Fatal(err)
		}
		checkBusy(t, ask(s, message(3))) // after the time to wait
		release()
	})
}

func withPath(r *http.Request, path string) *http.Request {
	r.URL.Path = path
	return r
}

func checkBusy(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" || strings.Contains(got.Body.String(), "key") {
		t.Errorf("%d %v %s", got.Code, got.Header(), got.Body)
	}
}

// Whoever may not ask at all is refused before a byte of the body is read.
func TestBodiesOfStrangersStayUnread(t *testing.T) {
	w := newFixture(t)
	for path, question := range heldQuestions() {
		if question.ask == nil {
			continue
		}
		r := question.ask(w.key["good"])
		body := &countingReader{}
		r.Body = io.NopCloser(body)
		if got := askFrom(w.server(withToken), r, "203.0.113.1:1"); got.Code != 403 && got.Code != 401 || body.read > 0 {
			t.Errorf("%s: %d, %d bytes were read", path, got.Code, body.read)
		}
	}
}
