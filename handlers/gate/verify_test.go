package gate_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keywicket/models/engine"
)

// verdict is the body of an answer, with every field that it may have.
type verdict struct {
	Allowed bool     `json:"allowed"`
	Reason  string   `json:"reason"`
	Failed  []string `json:"failed"`
	Status  int      `json:"status"`
	Message string   `json:"message"`
	Plugin  string   `json:"plugin"` // only where the question named one
	Key     *struct {
		Sid     string `json:"sid"`
		Name    string `json:"name"`
		Account string `json:"account"`
	} `json:"key"`
}

func verify(h http.Handler, body string) *httptest.ResponseRecorder {
	return ask(h, httptest.NewRequest(http.MethodPost, "/v1/verify", strings.NewReader(body)))
}

// verdictOf reads an answer strictly: all fields, and no others.
func verdictOf(t *testing.T, got *httptest.ResponseRecorder) verdict {
	t.Helper()
	if got.Code != 200 || got.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s %s", got.Code, got.Header().Get("Content-Type"), got.Body)
	}
	var fields map[string]any
	err := json.Unmarshal(got.Body.Bytes(), &fields)
	delete(fields, "plugin")
	if err != nil || len(fields) != 6 {
		t.Errorf("fields of %s", got.Body)
	}
	var v verdict
	dec := json.NewDecoder(got.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func question(t *testing.T, pairs ...any) string {
	t.Helper()
	q := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		q[pairs[i].(string)] = pairs[i+1]
	}
	raw, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestVerify(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	for _, tt := range []struct {
		want engine.Reason
		key  string // the name of the key that the answer tells of
		q    []any
	}{
		{engine.Allowed, "good", []any{"key", w.key["good"], "method", "GET", "path", "/ping"}},
		{engine.Allowed, "good", []any{"key", w.key["good"], "method", "get", "path", "/ping?x=1"}},
		{engine.Allowed, "good", []any{"key", w.key["good"], "api", "ping", "username", "", "channel", "rest", "plugin", true, "ip", "::1"}},
		{engine.Allowed, "good", []any{"key", w.key["good"], "api", "in.body", "app", "sales", "channel", ""}},
		{engine.Allowed, "http", []any{"key", w.key["http"], "api", "ping", "channel", "http"}},
		{engine.Allowed, "listed", []any{"key", w.key["listed"], "api", "ping", "ip", "::ffff:" + insider}},
		{engine.Allowed, "ftp", []any{"key", w.key["ftp"], "channel", "ftp"}},
		{engine.APIUnknown, "ftp", []any{"key", w.key["ftp"], "channel", "ftp", "method", "GET"}},
		{engine.APIUnknown, "ftp", []any{"key", w.key["ftp"], "channel", "ftp", "path", "nowhere"}},
		{engine.APIDenied, "ftp ping only", []any{"key", w.key["ftp ping only"], "channel", "ftp"}},
		{engine.Allowed, "ftp ping only", []any{"key", w.key["ftp ping only"], "channel", "ftp", "api", "ping"}},
		{engine.APIUnknown, "good", []any{"key", w.key["good"]}},
		{engine.KeyMissing, "", []any{"api", "ping"}},
		{engine.KeyMissing, "", nil},
		{engine.KeyMalformed, "", []any{"key", "x", "api", "ping"}},
		{engine.KeyUnknown, "", []any{"key", unknownKey(t), "api", "ping"}},
		{engine.AccountSuspended, "suspended", []any{"key", w.key["suspended"], "api", "ping"}},
		{engine.KeyDisabled, "off", []any{"key", w.key["off"], "api", "ping"}},
		{engine.KeyExpired, "old", []any{"key", w.key["old"], "api", "ping"}},
		{engine.ChannelDenied, "good", []any{"key", w.key["good"], "api", "ping", "channel", "ftp"}},
		{engine.IPDenied, "listed", []any{"key", w.key["listed"], "api", "ping", "ip", "rubbish"}},
		{engine.IPDenied, "listed", []any{"key", w.key["listed"], "api", "ping"}},
		{engine.PluginDenied, "listed", []any{"key", w.key["listed"], "api", "ping", "ip", insider, "plugin", true}},
		{engine.PluginDenied, "listed", []any{"key", w.key["listed"], "api", "ping", "ip", insider, "plugin", "form-event.2"}},
		{engine.Allowed, "listed", []any{"key", w.key["listed"], "api", "ping", "ip", insider, "plugin", ""}},
		{engine.Allowed, "listed", []any{"key", w.key["listed"], "api", "ping", "ip", insider, "plugin", false}},
		{engine.Allowed, "good", []any{"key", w.key["good"], "api", "ping", "plugin", "form-event.2"}},
		{engine.APIUnknown, "good", []any{"key", w.key["good"], "api", "no.such"}},
		{engine.APIUnknown, "good", []any{"key", w.key["good"], "method", "GET", "path", "/x/../ping"}},
		{engine.APIUnknown, "passing", []any{"key", w.key["passing"], "method", "GET", "path", "/x/../ping"}},
		{engine.APIUnknown, "good", []any{"key", w.key["good"]}},
		{engine.APIDenied, "ping only", []any{"key", w.key["ping only"], "api", "any"}},
		{engine.AppUndetermined, "good", []any{"key", w.key["good"], "api", "in.body"}},
		{engine.AppDenied, "sales only", []any{"key", w.key["sales only"], "api", "in.body", "app", "stock"}},
		{engine.AppDenied, "sales only", []any{"key", w.key["sales only"], "method", "GET", "path", "/apps/stock/things"}},
	} {
		v := verdictOf(t, verify(h, question(t, tt.q...)))
		if v.Reason != tt.want.String() || v.Status != tt.want.Status() || v.Allowed != (tt.want == engine.Allowed) || v.Message == "" {
			t.Errorf("%v: %+v, want %s", tt.q, v, tt.want)
		}
		if first := append(v.Failed, "allowed")[0]; first != v.Reason {
			t.Errorf("%v: failed %v", tt.q, v.Failed)
		}
		if named := strings.Contains(question(t, tt.q...), `"form-event.2"`); (v.Plugin == "form-event.2") != named {
			t.Errorf("%v: the answer tells of the plugin %q", tt.q, v.Plugin)
		}
		switch {
		case tt.key == "" && v.Key != nil, tt.key != "" && v.Key == nil:
			t.Errorf("%v: key %+v", tt.q, v.Key)
		case tt.key != "" && (v.Key.Sid != w.sid[tt.key] || v.Key.Name != tt.key || v.Key.Account == ""):
			t.Errorf("%v: key %+v", tt.q, v.Key)
		}
	}
}

func TestVerifyTellsAllFailedChecks(t *testing.T) {
	w := newFixture(t)
	w.add("all wrong", acme, func(k *engine.KeyData) {
		past := noon.AddDate(0, 0, -1)
		k.Key.Enabled, k.Key.ExpiresAt, k.IPs = false, &past, []string{insider}
		k.Key.ScopeAPIs, k.Key.ScopeApps = "some", "some"
	})
	v := verdictOf(t, verify(w.server(), question(t, "key", w.key["all wrong"], "channel", "ftp", "plugin", true, "api", "in.body", "app", "stock")))
	want := []string{"key_disabled", "key_expired", "channel_denied", "ip_denied", "plugin_denied", "api_denied", "app_denied"}
	if diff := cmp.Diff(want, v.Failed); diff != "" {
		t.Error(diff)
	}
	if v := verdictOf(t, verify(w.server(), question(t, "key", w.key["good"], "api", "ping"))); v.Failed == nil || len(v.Failed) != 0 {
		t.Errorf("allowed, failed %v", v.Failed)
	}
}

func TestVerifyRateLimit(t *testing.T) {
	w := newFixture(t)
	q := question(t, "key", w.key["twice an hour"], "api", "ping")
	denied := question(t, "key", w.key["twice an hour"], "api", "no.such")
	for i, want := range []string{"allowed", "allowed", "rate_limited"} {
		for range 5 {
			verify(w.server(), denied) // costs nothing
		}
		got := verify(w.server(), q)
		policy := got.Header().Get("RateLimit-Policy")
		if v := verdictOf(t, got); v.Reason != want || policy != `"key";q=2;w=3600` {
			t.Errorf("question %d: %+v, policy %q", i, v, policy)
		}
	}
}

func TestVerifySameWordsForUnknownAndMalformed(t *testing.T) {
	h := newFixture(t).server()
	a := verdictOf(t, verify(h, question(t, "key", unknownKey(t))))
	b := verdictOf(t, verify(h, question(t, "key", "kw_short")))
	if a.Message != b.Message || a.Status != b.Status || a.Key != nil || b.Key != nil {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestVerifyRefusesWhatItCannotRead(t *testing.T) {
	w := newFixture(t)
	good := question(t, "key", w.key["good"], "api", "ping")
	for body, field := range map[string]string{
		"":                        "",
		"null":                    "",
		"[]":                      "",
		`"key"`:                   "",
		"{":                       "",
		"{}{}":                    "",
		"{} x":                    "",
		good + good:               "",
		good[:len(good)-1] + ",}": "",
		"\ufeff" + good:           "",
		"{\"key\":\"\xff\"}":      "",
		`{"key":1}`:               "key",
		`{"key":null}`:            "key",
		`{"key":["x"]}`:           "key",
		`{"key":{}}`:              "key",
		`{"plugin":"form event"}`: "plugin",
		`{"plugin":"` + strings.Repeat("x", 65) + `"}`: "plugin",
		`{"plugin":1}`:                          "plugin",
		`{"plugin":null}`:                       "plugin",
		`{"channel":true}`:                      "channel",
		`{"channel":"smtp"}`:                    "channel",
		`{"channel":"REST"}`:                    "channel",
		`{"Key":"x"}`:                           "Key",
		`{"extra":"x"}`:                         "extra",
		`{"":"x"}`:                              "",
		`{"key":"x","key":"y"}`:                 "key",
		`{"key":"x","\u006bey":"y"}`:            "key",
		`{"plugin":true,"plugin":1}`:            "plugin",
		`{"ip":4}`:                              "ip",
		`{"app":false}`:                         "app",
		`{"` + strings.Repeat("x", 99) + `":1}`: strings.Repeat("x", 40) + "…",
	} {
		got := verify(w.server(), body)
		p := problemOf(t, got, 400)
		if p.Field != field || p.Reason != "bad_request" {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

type problem struct {
	Type, Title, Detail, Reason, Field string
	Status                             int
}

// problemOf reads an RFC 9457 answer.
func problemOf(t *testing.T, got *httptest.ResponseRecorder, status int) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, got.Body)
	}
	if got.Code != status || p.Status != status || p.Title != http.StatusText(status) || p.Type == "" || p.Detail == "" ||
		got.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %q %s, want a problem with %d", got.Code, got.Header().Get("Content-Type"), got.Body, status)
	}
	return p
}

func TestVerifyLimits(t *testing.T) {
	w := newFixture(t)
	frame := len(question(t, "key", w.key["good"], "api", "ping", "username", ""))
	fits := question(t, "key", w.key["good"], "api", "ping", "username", strings.Repeat("x", 16<<10-frame))
	if got := verify(w.server(), fits); got.Code != 200 || len(fits) != 16<<10 {
		t.Errorf("%d bytes: %d", len(fits), got.Code)
	}
	problemOf(t, verify(w.server(), fits+" "), 413)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post"} {
		got := ask(w.server(), httptest.NewRequest(method, "/v1/verify", strings.NewReader(fits)))
		problemOf(t, got, 405)
		if got.Header().Get("Allow") != "POST" {
			t.Errorf("%s: Allow %q", method, got.Header().Get("Allow"))
		}
	}
	if got := ask(w.server(), httptest.NewRequest("HEAD", "/v1/verify", nil)); got.Code != 405 || got.Body.Len() != 0 {
		t.Errorf("HEAD: %d %s", got.Code, got.Body)
	}
	r := httptest.NewRequest("POST", "/v1/verify", brokenReader{})
	problemOf(t, ask(w.server(), r), 400)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, http.ErrBodyReadAfterClose }

// FuzzVerifyBody holds that no body allows anything without a key, that what
// is no JSON is refused, and that nothing crashes.
func FuzzVerifyBody(f *testing.F) {
	w := newFixture(f)
	h := w.server(func(c *gateConfig) { c.Log, c.Usage = nil, nil })
	for _, seed := range []string{
		`{"key":"kw_x","method":"GET","path":"/ping"}`, `{"plugin":true,"channel":"ftp","ip":"1.2.3.4"}`,
		`{"key":"a","key":"b"}`, `{"KEY":"a"}`, `{"key":null}`, `[]`, `{}`, `{} {}`, "", "\xff", `{"key":"\ud800"}`,
		`{"path":"/a/%2e%2e/b","app":"sales","api":"ping"}`, `{"path":"` + strings.Repeat("/..", 4000) + `"}`,
		strings.Repeat("[", 9000), `{"username":"` + strings.Repeat("x", 20000) + `"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := verify(h, string(body))
		switch {
		case got.Code == 200:
			if v := verdictOf(t, got); v.Allowed || v.Key != nil {
				t.Errorf("%q: %+v", body, v)
			}
			if !json.Valid(body) || len(body) > 16<<10 || !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
				t.Errorf("%q was judged", body)
			}
		case got.Code != 400 && got.Code != 413, got.Code == 413 && len(body) <= 16<<10:
			t.Errorf("%q: status %d", body, got.Code)
		}
	})
}
