package webtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Page is an answer with its parsed HTML.
type Page struct {
	Status int
	Header http.Header
	Body   string
	URL    string // path and query that answered
	Doc    *goquery.Document

	client *Client
}

// Location returns the target of a redirect, "" for any other answer.
func (p *Page) Location() string {
	if p.Status < 300 || p.Status > 399 {
		return ""
	}
	return p.Header.Get("Location")
}

// Find returns the elements that match the selector.
func (p *Page) Find(selector string) *goquery.Selection { return p.Doc.Find(selector) }

// Text returns the text of the elements that match the selector, with each run of
// white space as one space.
func (p *Page) Text(selector string) string {
	return strings.Join(strings.Fields(p.Doc.Find(selector).Text()), " ")
}

// Has reports whether an element matches the selector.
func (p *Page) Has(selector string) bool { return p.Doc.Find(selector).Length() > 0 }

// Form is a form of a page.
type Form struct {
	Action string
	Method string
	Fields url.Values

	page  *Page
	names map[string]bool
}

// Form returns the form that matches the selector. The test fails unless exactly
// one element matches and is a form.
func (p *Page) Form(selector string) *Form {
	t := p.client.t
	t.Helper()
	found := p.Doc.Find(selector)
	if found.Length() != 1 || goquery.NodeName(found) != "form" {
		t.Fatalf("%s: %d elements match %q, wanted one form; the page (%d) says: %.300s", p.URL, found.Length(), selector, p.Status, p.Text("main"))
	}
	f := &Form{page: p, Action: found.AttrOr("action", p.URL), Method: strings.ToUpper(found.AttrOr("method", "get")), Fields: url.Values{}, names: map[string]bool{}}
	if to, ok := found.Attr("hx-post"); ok && p.client.htmx {
		f.Action, f.Method = to, http.MethodPost
	}
	f.read(found.Find("input, select, textarea"))
	if id, ok := found.Attr("id"); ok {
		f.read(p.Doc.Find(`[form="` + id + `"]`))
	}
	return f
}

// read adds the initial values of the controls.
func (f *Form) read(controls *goquery.Selection) {
	controls.Each(func(_ int, s *goquery.Selection) {
		name, ok := s.Attr("name")
		if _, off := s.Attr("disabled"); !ok || off {
			return
		}
		f.names[name] = true
		switch goquery.NodeName(s) {
		case "select":
			f.readSelect(name, s)
		case "textarea":
			f.Fields.Add(name, s.Text())
		case "input":
			_, checked := s.Attr("checked")
			kind := s.AttrOr("type", "text")
			if (kind == "checkbox" || kind == "radio") && !checked {
				return
			}
			f.Fields.Add(name, s.AttrOr("value", map[bool]string{true: "on"}[checked]))
		}
	})
}

func (f *Form) readSelect(name string, s *goquery.Selection) {
	chosen := s.Find("option[selected]")
	if chosen.Length() == 0 {
		chosen = s.Find("option").First()
	}
	if chosen.Length() > 0 {
		f.Fields.Add(name, chosen.AttrOr("value", chosen.Text()))
	}
}

// Set sets the value of a field. The test fails if the form has no such field.
func (f *Form) Set(name string, values ...string) *Form {
	f.page.client.t.Helper()
	if !f.names[name] {
		f.page.client.t.Fatalf("the form %s has no field %q", f.Action, name)
	}
	f.Fields[name] = values
	return f
}

// Submit sends the form and follows redirects.
func (f *Form) Submit() *Page {
	c := f.page.client
	c.t.Helper()
	if f.Method == http.MethodGet {
		return c.Get(f.Action + "?" + f.Fields.Encode())
	}
	return c.Post(f.Action, f.Fields)
}
