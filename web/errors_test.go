package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/webtest"
)

const hidden = "kw_hidden_cause_of_it"

func TestBoundary(t *testing.T) {
	cause := errors.New(hidden)
	var give error
	answer := func(*web.Context) error {
		if give == nil {
			panic(hidden)
		}
		return give
	}
	h := start(t, "http://keywicket.test", web.Get("/x", "x", web.Public(), answer), web.Get("/a/:account/x", "ax", web.Needs(models.PermKeysView), answer))
	c := h.signedIn(t)
	for name, tc := range map[string]struct {
		err    error
		status int
		en, zh string
	}{
		"invalid":     {models.Refuse(models.CodeInvalid, "ip", "errors.ip.ipv6").Because(cause), 422, "IPv6 is not supported", "不支持 IPv6"},
		"not found":   {models.Refuse(models.CodeNotFound, "", "errors.not_found").Because(cause), 404, "deleted in another tab", "其他标签页"},
		"conflict":    {models.Refuse(models.CodeConflict, "", "errors.key.enabled_delete", "Name", "<b>CRM").Because(cause), 409, "<b>CRM is enabled", "<b>CRM 已启用"},
		"limit":       {models.Refuse(models.CodeLimit, "", "errors.keys.limit", "Max", 500, "Have", 500), 409, "at most 500 API keys", "最多创建 500"},
		"forbidden":   {models.Refuse(models.CodeForbidden, "", "errors.forbidden"), 403, "Your role", "角色"},
		"too many":    {models.Refuse(models.CodeTooMany, "", "errors.login.too_many", "Minutes", 3), 429, "Wait 3 minutes", "3 分钟"},
		"unavailable": {models.Refuse(models.CodeUnavailable, "", "errors.unavailable").Because(cause), 503, "The console is not available", "暂时不可用"},
		"internal":    {models.Refuse(models.CodeInternal, "", "errors.internal").Because(cause), 500, "on our side", "系统出错"},
		"half done":   {models.Refuse(models.CodeUnavailable, "", "errors.gate.behind").Because(cause), 503, "Your change was saved", "更改已保存"},
		"unreadable":  {models.Refuse(models.CodeInternal, "", "errors.key.sealed").Because(cause), 500, "master key", "主密钥"},
		"a plain one": {cause, 500, "on our side", "系统出错"},
		"too slow":    {context.DeadlineExceeded, 503, "The console is not available", "暂时不可用"},
		"a panic":     {nil, 500, "on our side", "系统出错"},
	} {
		for _, path := range []string{"/x", "/a/acme/x"} {
			give = tc.err
			h.clock = h.clock.Add(time.Second) // the log has room again
			for lang, words := range map[string]string{"en": tc.en, "zh-CN": tc.zh} {
				c.Header.Set("Accept-Language", lang)
				p := c.Get(path)
				if p.Status != tc.status || !strings.Contains(p.Text("main"), words) || p.Find("html").AttrOr("lang", "") != lang {
					t.Errorf("%s in %s: %d %q", name, lang, p.Status, p.Text("main"))
				}
				if tc.status >= 500 && !strings.Contains(p.Text("main"), p.Header.Get("X-Request-Id")) {
					t.Errorf("%s: no request id on the page", name)
				}
				f := c.HX().Get(path)
				if f.Status != tc.status || !strings.Contains(f.Text("[hx-swap-oob] [data-toast=bad]"), words) || f.Has("html[lang]") {
					t.Errorf("%s for htmx in %s: %d %s", name, lang, f.Status, f.Body)
				}
				if strings.Contains(p.Body+f.Body, hidden) {
					t.Errorf("%s: the cause is on the page", name)
				}
			}
		}
	}
	if !strings.Contains(h.log.String(), "errors_test.go") {
		t.Error("the panic's stack is not in the log")
	}
}

func TestRouterErrors(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := webtest.New(t, h)
	if p := c.Get("/nowhere"); p.Status != http.StatusNotFound || !p.Has(`[data-status="404"] h1`) {
		t.Errorf("an unknown address: %d %q", p.Status, p.Text("main"))
	}
	if p := c.Post("/hello", url.Values{}); p.Status != http.StatusMethodNotAllowed || !strings.Contains(p.Text("main"), "is not available here") {
		t.Errorf("a wrong method: %d %q", p.Status, p.Text("main"))
	}
	if p := c.Send(http.MethodHead, "/hello", nil); p.Status != http.StatusOK {
		t.Errorf("HEAD: %d", p.Status)
	}
}

func TestForms(t *testing.T) {
	got := url.Values{}
	h := start(t, "http://keywicket.test", web.Post("/x/:id", "x", web.Public(), func(c *web.Context) error {
		got = url.Values{"path": {c.Param("id")}, "id": {c.Value("id")}, "name": {c.Value("name")}, "form": {c.FormValue("name")}}
		return c.NoContent(http.StatusNoContent)
	}))
	c := webtest.New(t, h)
	c.Post("/x/7?id=8&name=planted", url.Values{})
	if want := (url.Values{"path": {"7"}, "id": {""}, "name": {""}, "form": {""}}); got.Encode() != want.Encode() {
		t.Errorf("the query got into the form: %v", got)
	}
	c.Post("/x/7?name=planted", url.Values{"name": {"typed"}})
	if got.Get("name") != "typed" || got.Get("path") != "7" {
		t.Errorf("the form: %v", got)
	}
	for name, tc := range map[string]struct {
		kind, body string
		status     int
	}{
		"a form of 1 MiB and a bit": {"application/x-www-form-urlencoded", "name=" + strings.Repeat("a", web.MaxBody), http.StatusRequestEntityTooLarge},
		"a multipart form too big":  {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n" + strings.Repeat("a", web.MaxBody) + "\r\n--b--\r\n", http.StatusRequestEntityTooLarge},
		"a multipart form":          {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n", http.StatusNoContent},
		"JSON":                      {"application/json", `{"name":"x"}`, http.StatusUnsupportedMediaType},
		"plain text":                {"text/plain", "name=x", http.StatusUnsupportedMediaType},
		"no type":                   {"", "name=x", http.StatusUnsupportedMediaType},
		"a bad escape":              {"application/x-www-form-urlencoded", "name=%zz", http.StatusBadRequest},
	} {
		r := c.Request(http.MethodPost, "/x/7", nil)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(tc.body)), int64(len(tc.body))
		r.Header.Set("Content-Type", tc.kind)
		p := c.Do(r)
		if p.Status != tc.status {
			t.Errorf("%s: %d %q", name, p.Status, p.Text("main"))
		}
		if tc.status == http.StatusRequestEntityTooLarge && !strings.Contains(p.Text("main"), "1 MiB") {
			t.Errorf("%s says %q", name, p.Text("main"))
		}
	}
}

func TestHeaders(t *testing.T) {
	h := start(t, "https://keywicket.test", web.Get("/boom", "boom", web.Public(), func(*web.Context) error { panic("x") }))
	c := webtest.At(t, h, "https://keywicket.test")
	for _, path := range []string{"/hello", "/me", "/nowhere", "/boom", "/static/nowhere.css"} {
		p := c.Send(http.MethodGet, path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types htmx",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "same-origin",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security":    "max-age=31536000",
		} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.HasPrefix(path, "/static/") && p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, p.Header.Get("Cache-Control"))
		}
		if p.Header.Get("X-Request-Id") == "" || p.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: no request id or permissions policy", path)
		}
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	h := start(t, "http://keywicket.test", web.Get("/setup/:token", "setup", web.Public(), ok))
	c := webtest.New(t, h)
	c.Header.Set("X-Request-Id", "forged")
	for _, path := range []string{"/setup/tokentoken", "/setup/tokentoken/", "/setup/tokentoken/more", "/invite/tokentoken/more", "/reset/tokentoken/", "/hello?key=querysecret"} {
		c.Get(path)
	}
	c.Post("/in", url.Values{"password": {"typedsecret"}})
	for _, secret := range []string{"tokentoken", "querysecret", "typedsecret", "forged", c.Cookie("keywicket")} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, h.log)
		}
	}
	if !strings.Contains(h.log.String(), `"path":"/setup/:token"`) || !strings.Contains(h.log.String(), `"request_id"`) {
		t.Errorf("the log lacks what it should say:\n%s", h.log)
	}
}

// A caller chooses paths, and must not decide how fast the log fills the disk.
func TestLogCutsLongPaths(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := webtest.New(t, h)
	c.Get("/" + strings.Repeat("x", 50_000))
	if n := h.log.Len(); n > 2_000 {
		t.Errorf("one request wrote %d bytes", n)
	}
}

// A mistyped link with a token matches no route, and its token is still valid: it
// must not be in the log.
func TestLogMasksTokensInEverySpelling(t *testing.T) {
	const token = "q7Rk2ZpX9sLw4VtB1nYc8HdG5mJf3AeUxQoTiKzPbWc"
	h := start(t, "http://keywicket.test",
		web.Get("/invite/:token", "invite", web.Public(), ok), web.Post("/reset/:code", "reset", web.Public(), ok),
		web.Get("/a/:account/keys/:sid", "keys.show", web.Needs(models.PermKeysView), ok))
	var escaped strings.Builder
	for i := range len(token) {
		fmt.Fprintf(&escaped, "%%%02x", token[i])
	}
	targets := []string{
		"/invite/T", "/invite/T/", "//invite/T", "/Invite/T", "/INVITE/T", "/invite//T", "/./invite/T", "/x/../invite/T", "/invite/T/join/",
		"/invite/T/more", "/invite%2fT", "/%69nvite/T", "/invite;T", "/invite:T", "/invite=T", "/invite%5CT", "/invite%00T", "/invite/%20T",
		"/invite/T%0a", "/invite/T%C2%85", "/invite/T%E2%80%AE", "/invite/T%ff", "/invit/T", "/einladung/T", "/T", "/T/invite", "//T",
		"/reset/T", "/setup/T", "/invite?T", "/invite/x?token=T", "/login?next=/invite/T", "/a/T/keys", "/a/acme/keys/T", "/a/T/keys/T",
		"/static/T", "/healthz/T", "/invite/T/z", "/T.T", "/https:/keys.example.com/invite/T",
	}
	for _, target := range targets {
		for _, spelled := range []string{token, escaped.String(), strings.ReplaceAll(escaped.String(), "%", "%25")} {
			for _, method := range []string{"GET", "HEAD", "POST", token} {
				r := httptest.NewRequest("GET", "/", nil)
				u, err := url.ParseRequestURI(strings.ReplaceAll(target, "T", spelled))
				if err != nil {
					t.Fatal(err)
				}
				r.Method, r.URL = method, u
				r.Header.Set("Referer", "http://keywicket.test/invite/"+token)
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
			h.clock = h.clock.Add(time.Second)
		}
	}
	log := h.log.String()
	if n := strings.Count(log, `"msg":"request"`); n < len(targets)*9 {
		t.Errorf("%d requests are in the log", n)
	}
	for _, part := range []string{token[:9], token[20:29], token[34:], "%25", escaped.String()[:15]} {
		if i := strings.Index(log, part); i >= 0 {
			t.Errorf("%q is in the log: %s", part, log[max(0, i-200):min(len(log), i+100)])
		}
	}
}

// One client's log lines are limited, and the lines of others stay.
func TestLogOfAFloodIsBounded(t *testing.T) {
	h := start(t, "http://keywicket.test")
	from := func(ip string) {
		r := httptest.NewRequest("GET", "/"+strings.Repeat("%E2%80%AE", 900), nil)
		r.RemoteAddr = ip + ":1"
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	for range 2000 {
		from("192.0.2.1")
	}
	if n := h.log.Len(); n > 10_000 {
		t.Errorf("a flood wrote %d bytes in a second", n)
	}
	h.log.Reset()
	from("192.0.2.2")
	if line := h.log.String(); !strings.Contains(line, `"ip":"192.0.2.2"`) || !strings.Contains(line, `"left_out":1980`) {
		t.Errorf("another client's line: %s", line)
	}
}

// A path that ends in z is not the health check.
func TestLogHasOddPathsOfQuietRoutes(t *testing.T) {
	h := start(t, "http://keywicket.test", web.Get("/healthz", "health", web.Public(), ok))
	c := webtest.New(t, h)
	for path, logged := range map[string]bool{"/healthz": false, "/wizz": true, "/static/nothing.here": true} {
		h.log.Reset()
		c.Get(path)
		if (h.log.Len() > 0) != logged {
			t.Errorf("%s: %s", path, h.log)
		}
	}
}
