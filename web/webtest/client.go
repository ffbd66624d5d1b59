// Package webtest is a browser for tests. It keeps cookies, sends the headers that
// browsers send, follows redirects, and fills in the forms of a page. With HX it
// sends requests as htmx does.
package webtest

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	gopath "path"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Client is a window of a browser. It is not safe for concurrent use. Clone returns
// another window of the same browser.
type Client struct {
	Header http.Header // sent with every request: Accept-Language, User-Agent …
	Remote string      // address and port that requests come from

	t    testing.TB
	h    http.Handler
	base *url.URL
	jar  http.CookieJar
	at   string // address of the page that is shown
	htmx bool
}

// New returns a browser without cookies at http://keywicket.test.
func New(t testing.TB, h http.Handler) *Client { return At(t, h, "http://keywicket.test") }

// At returns a browser without cookies at another base address.
func At(t testing.TB, h http.Handler, base string) *Client {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{
		Header: http.Header{"Accept-Language": {"en"}, "User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}},
		Remote: "192.0.2.10:50000", t: t, h: h, base: u, jar: jar, at: "/",
	}
}

// Clone returns another window of the same browser. It shares the cookies, and not
// the page.
func (c *Client) Clone() *Client {
	other := *c
	other.Header = maps.Clone(c.Header)
	return &other
}

// HX returns another window that sends requests as htmx does: forms go to hx-post,
// and answers are fragments. It follows redirects, and not HX-Redirect.
func (c *Client) HX() *Client {
	other := c.Clone()
	other.htmx = true
	return other
}

// Get requests a page and follows redirects.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.follow(c.Send(http.MethodGet, path, nil))
}

// Post sends a form from the current page and follows redirects. Made adds the
// fields that say what the form was made from.
func (c *Client) Post(path string, fields url.Values) *Page {
	c.t.Helper()
	return c.follow(c.Send(http.MethodPost, path, c.Made(path, fields)))
}

// Made returns the fields together with those that say what the form was made
// from, as a browser would have loaded them with the page of the form. It does
// not change fields that are given.
func (c *Client) Made(path string, fields url.Values) url.Values {
	c.t.Helper()
	action, _, _ := strings.Cut(path, "?")
	for _, page := range []string{action, c.at, gopath.Dir(action), gopath.Dir(gopath.Dir(action))} {
		found := url.Values{}
		for name, values := range c.hidden(page, action) {
			if !fields.Has(name) {
				found[name] = values
			}
		}
		if len(found) > 0 {
			maps.Copy(found, fields)
			return found
		}
	}
	return fields
}

// hidden returns the fields that say what the forms of a page with the given action
// were made from.
func (c *Client) hidden(page, action string) url.Values {
	c.t.Helper()
	look := c.Clone()
	p := look.Send(http.MethodGet, page, nil)
	found := url.Values{}
	p.Doc.Find("form").Each(func(_ int, f *goquery.Selection) {
		if f.AttrOr("action", "") != action {
			return
		}
		own := f.Find("input")
		if id, ok := f.Attr("id"); ok {
			own = own.AddSelection(p.Doc.Find(`input[form="` + id + `"]`))
		}
		for _, name := range []string{"version", "seen", "replaces"} {
			own.Filter("[name=" + name + "]").Each(func(_ int, s *goquery.Selection) { found.Add(name, s.AttrOr("value", "")) })
		}
	})
	return found
}

// Send sends one request with a browser's headers. It does not follow redirects.
func (c *Client) Send(method, path string, fields url.Values) *Page {
	c.t.Helper()
	return c.Do(c.Request(method, path, fields))
}

// Request returns a request with a browser's headers and cookies, for tests that
// change it before they pass it to Do.
func (c *Client) Request(method, path string, fields url.Values) *http.Request {
	c.t.Helper()
	u, err := c.base.Parse(path)
	if err != nil {
		c.t.Fatalf("address %q: %v", path, err)
	}
	var body io.Reader
	if fields != nil {
		body = strings.NewReader(fields.Encode())
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, u.String(), body)
	r.RemoteAddr = c.Remote
	for name, values := range c.Header {
		r.Header[name] = values
	}
	if c.base.Scheme == "https" { // browsers send it to no server on plain HTTP
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("Referer", c.base.String()+c.at)
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Origin", c.base.Scheme+"://"+c.base.Host)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.htmx {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Request-Type", "partial")
		r.Header.Set("HX-Current-URL", c.base.String()+c.at)
	}
	for _, cookie := range c.jar.Cookies(u) {
		r.AddCookie(cookie)
	}
	return r
}

// Do sends the request unchanged and keeps the cookies of the answer.
func (c *Client) Do(r *http.Request) *Page {
	c.t.Helper()
	rec := httptest.NewRecorder()
	c.h.ServeHTTP(rec, r)
	res := rec.Result()
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if r.Method == http.MethodHead {
		body = nil // net/http sends none, whatever the handler wrote
	}
	c.jar.SetCookies(r.URL, res.Cookies())
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	p := &Page{Status: res.StatusCode, Header: res.Header, Body: string(body), URL: r.URL.RequestURI(), Doc: doc, client: c}
	if !c.htmx && r.Method == http.MethodGet && p.Location() == "" {
		c.at = p.URL
	}
	return p
}

// follow follows at most ten redirects.
func (c *Client) follow(p *Page) *Page {
	c.t.Helper()
	for range 10 {
		to := p.Location()
		if to == "" {
			return p
		}
		p = c.Send(http.MethodGet, to, nil)
	}
	c.t.Fatalf("more than ten redirects, the last to %s", p.Location())
	return nil
}

// Cookie returns the value of a cookie that the browser holds, "" for none.
func (c *Client) Cookie(name string) string {
	for _, cookie := range c.jar.Cookies(c.base) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie sets a cookie in the browser.
func (c *Client) SetCookie(name, value string) {
	answer := http.Response{Header: http.Header{"Set-Cookie": {name + "=" + value + "; Path=/"}}}
	c.jar.SetCookies(c.base, answer.Cookies())
}
