package main

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"keywicket/models/demo"
)

// serveHere runs a server inside the process of the test until the test ends. It returns both addresses and the output.
func serveHere(t *testing.T, args ...string) (console, gate string, out *output) {
	t.Helper()
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	addresses := make(chan [2]string, 1)
	out = &output{}
	log := &output{}
	p := program{
		in: strings.NewReader(""), out: out, err: log,
		env:   func(string) (string, bool) { return "", false },
		ready: func(console, gate string) { addresses <- [2]string{console, gate} },
	}
	done := make(chan error, 1)
	go func() {
		done <- p.run(ctx, append([]string{"keywicket", "--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0"}, args...))
	}()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Errorf("it ends with %v\n%s", err, log)
		}
		if !strings.Contains(log.String(), "draining") || !strings.Contains(log.String(), "stopped") {
			t.Errorf("the log does not tell the end:\n%s", log)
		}
	})
	select {
	case at := <-addresses:
		return at[0], at[1], out
	case err := <-done:
		done <- nil
		t.Fatalf("it does not serve: %v\n%s", err, log)
		return "", "", nil
	}
}

// bareID matches a translation id that a page shows instead of its text.
var bareID = regexp.MustCompile(`\b(keys|apps|catalogue|tester|audit|settings|common|auth|errors|keyform|people|plugins|search|signin|credentials|accounts|import)\.[a-z_]+(\.[a-z_]+)*\b`)

// Every page that links and searches lead to in the sample workspace answers, in both languages, as a page and as a
// fragment for htmx. It shows no translation id, and no element id twice.
func TestEveryPageOfTheDemo(t *testing.T) {
	console, _, out := serveHere(t, "--demo")
	password := regexp.MustCompile(`(?m)^Password +(\S+)$`).FindStringSubmatch(out.String())[1]
	for _, lang := range []string{"en", "zh-CN"} {
		t.Run(lang, func(t *testing.T) {
			b := newBrowser(t, console)
			b.client.Transport = speaking{lang}
			home := b.submit(b.get("/login"), "/login", url.Values{"email": {demo.Email}, "password": {password}})
			c := &crawler{b: b, lang: lang, seen: map[string]bool{}}
			c.follow(home)
			for len(c.queue) > 0 && len(c.seen) < 400 {
				next := c.queue[0]
				c.queue = c.queue[1:]
				c.visit(next)
			}
			if c.visited < 40 {
				t.Errorf("only %d pages were visited", c.visited)
			}
		})
	}
}

// speaking is a transport that sends the language of a browser.
type speaking struct{ lang string }

// RoundTrip adds the header.
func (s speaking) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Language", s.lang)
	return http.DefaultTransport.RoundTrip(r)
}

type crawler struct {
	b       *browser
	lang    string
	queue   []string
	seen    map[string]bool // by the address's shape: of many keys one is visited
	visited int
}

var (
	sidPart    = regexp.MustCompile(`/[0-9A-Z]{26}\b`)
	numberPart = regexp.MustCompile(`\b[0-9]+\b`)
)

// follow collects the links of a page and the results of its searches.
func (c *crawler) follow(p page) {
	add := func(address string) {
		u, err := p.url.Parse(address)
		if err != nil || u.Host != p.url.Host || strings.HasPrefix(u.Path, "/static/") {
			return
		}
		u.Fragment = ""
		shape := numberPart.ReplaceAllString(sidPart.ReplaceAllString(u.RequestURI(), "/SID"), "N")
		if !c.seen[shape] {
			c.seen[shape] = true
			c.queue = append(c.queue, u.RequestURI())
		}
	}
	p.Find("a[href]").Each(func(_ int, a *goquery.Selection) { add(a.AttrOr("href", "")) })
	p.Find("[hx-get]").Each(func(_ int, e *goquery.Selection) { add(e.AttrOr("hx-get", "")) })
	p.Find("form").Each(func(_ int, f *goquery.Selection) {
		if strings.EqualFold(f.AttrOr("method", "get"), "post") {
			return
		}
		for _, words := range []string{"ware", "nothing has this name"} {
			q := url.Values{}
			f.Find("input[name]").Each(func(_ int, in *goquery.Selection) {
				v := in.AttrOr("value", "")
				if kind := in.AttrOr("type", "text"); kind == "search" || kind == "text" {
					v = words
				}
				q.Set(in.AttrOr("name", ""), v)
			})
			add(f.AttrOr("action", p.url.Path) + "?" + q.Encode())
		}
	})
}

func (c *crawler) visit(path string) {
	t := c.b.t
	t.Helper()
	c.visited++
	p := c.b.get(path)
	if p.status != http.StatusOK {
		t.Errorf("%s answers %d", path, p.status)
		return
	}
	c.check(path, p)
	c.follow(p)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	if f := c.b.do(req); f.status != http.StatusOK {
		t.Errorf("%s answers htmx with %d", path, f.status)
	} else if id := bareID.FindString(readable(f)); id != "" {
		t.Errorf("the fragment of %s shows the id %q", path, id)
	}
}

// readable returns the text of a page, except for code.
func readable(p page) string {
	p.Find("code, script, style, input, textarea, svg").Remove()
	return p.Text()
}

func (c *crawler) check(path string, p page) {
	t := c.b.t
	t.Helper()
	if got := p.Find("html").AttrOr("lang", ""); got != c.lang {
		t.Errorf("%s is in %q, want %q", path, got, c.lang)
	}
	if p.Find("h1").Length() != 1 || p.Find("title").Text() == "" {
		t.Errorf("%s has %d headings and the title %q", path, p.Find("h1").Length(), p.Find("title").Text())
	}
	ids := map[string]bool{}
	p.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id := e.AttrOr("id", "")
		if ids[id] {
			t.Errorf("%s has the id %q twice", path, id)
		}
		ids[id] = true
	})
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(p.body))
	if err != nil {
		t.Fatal(err)
	}
	if id := bareID.FindString(readable(page{Document: doc})); id != "" {
		t.Errorf("%s shows the id %q", path, id)
	}
}
