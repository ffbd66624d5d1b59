package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/views/accounts"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

const importFile = "name,kind,master,created\r\nNorthwind,master,,2021-04-30\r\nBranch,sub,Northwind,2024-01-15\r\nNewcomer,master,,2024-01-01\r\n"

// sendFile submits the import form with a file.
func sendFile(t *testing.T, c *webtest.Client, text string) *webtest.Page {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, text); err != nil {
		t.Fatal(err)
	}
	for _, kv := range [][2]string{{"do", "check"}, {"lines", "unused"}} {
		if err := w.WriteField(kv[0], kv[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := c.Request(http.MethodPost, subaccountsPage+"/import", nil)
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	r.Header.Set("Content-Type", w.FormDataContentType())
	return c.Do(r)
}

func TestImportShowsAndThenMakes(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	before := a.snapshot(t)
	for _, p := range []*webtest.Page{
		sendFile(t, c, "\ufeff"+importFile),
		c.Post(subaccountsPage+"/import", url.Values{"lines": {importFile}, "do": {"check"}}),
	} {
		if p.Status != http.StatusOK || !strings.Contains(p.Text("main"), "2 master accounts, 1 sub-accounts and 4 keys") ||
			!strings.Contains(p.Text(".subs-table"), "FTP, HTTP, Email, Web Service") || p.Find(".subs-table tbody tr").Length() != 3 {
			t.Fatalf("the preview: %d %s", p.Status, p.Text("main"))
		}
		if a.snapshot(t) != before {
			t.Fatal("looking made something")
		}
	}
	preview := c.Post(subaccountsPage+"/import", url.Values{"lines": {importFile}, "do": {"check"}})
	done := c.Post(preview.Find("form.import").AttrOr("action", ""), url.Values{"do": {"import"}, "lines": {preview.Find("form.import textarea").Text()}})
	if done.URL != subaccountsPage || !strings.Contains(done.Text(".flash"), "Imported 2 master accounts") {
		t.Fatalf("it leads to %s: %s", done.URL, done.Text("main"))
	}
	p := c.Get("/a/northwind/keys")
	for _, channel := range []string{"FTP", "HTTP", "Email", "Web Service"} {
		if !strings.Contains(p.Text("#keys"), channel) {
			t.Errorf("no key for %s: %s", channel, p.Text("#keys"))
		}
	}
	for _, slug := range []string{"branch", "newcomer"} {
		if p := c.Get("/a/" + slug + "/keys"); !strings.Contains(p.Text("main"), "No channel is active yet") {
			t.Errorf("%s has keys: %s", slug, p.Text("main"))
		}
	}
	if p := c.Get("/a/acme/audit"); !strings.Contains(p.Text("main"), "Accounts imported") {
		t.Error("the audit does not tell of it")
	}
}

func TestImportRefusesTheWholeFile(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	before := a.snapshot(t)
	for _, do := range []string{"check", "import"} {
		p := c.Post(subaccountsPage+"/import", url.Values{"do": {do}, "lines": {"name,kind,master,created\nGood,master,,\nBad,boss,,tomorrow\nLost,sub,Nowhere,\nLate,master,,someday\n"}})
		text := p.Text(".bad-lines")
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("main"), "3 lines are wrong") {
			t.Errorf("%s: %d %s", do, p.Status, p.Text("main"))
		}
		for _, want := range []string{"Line 3", "boss", "tomorrow", "Line 4", "Nowhere", "Line 5", "someday"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the lines lack %q: %s", do, want, text)
			}
		}
		if !strings.Contains(p.Find("textarea[name=lines]").Text(), "Late,master") {
			t.Error("what was typed is gone")
		}
	}
	for text, want := range map[string]string{"": "no accounts", "who,what\n": "no column who", "name,kind\n\xff,master\n": "UTF-8"} {
		if p := c.Post(subaccountsPage+"/import", url.Values{"do": {"check"}, "lines": {text}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("main"), want) {
			t.Errorf("%q: %d %s", text, p.Status, p.Text("main"))
		}
	}
	worse := "name,kind,created\n" + strings.Repeat("Bad,boss,tomorrow\n", accounts.MaxBadRows)
	for language, want := range map[string][]string{"en": {"100 lines are wrong", "50 more lines"}, "zh-CN": {"有 100 行错误", "另有 50 行"}} {
		c.Header.Set("Accept-Language", language)
		p := c.Post(subaccountsPage+"/import", url.Values{"do": {"check"}, "lines": {worse}})
		for _, words := range want {
			if !strings.Contains(p.Text("main"), words) {
				t.Errorf("two errors a line: the page lacks %q: %s", words, p.Text("main"))
			}
		}
	}
	c.Header.Set("Accept-Language", "en")
	many := "name,kind\n"
	for i := range models.MaxImportOnline + 1 {
		many += fmt.Sprintf("A %d,master\n", i)
	}
	if p := c.Post(subaccountsPage+"/import", url.Values{"do": {"import"}, "lines": {many}}); !strings.Contains(p.Text(".bad-lines"), "Line 1002") {
		t.Errorf("too many: %d %s", p.Status, p.Text(".bad-lines"))
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
	admin := a.as(t, storetest.SeedMember(t, a.store, w.Account, "Bo", "bo@example.com", models.RoleAdmin).UserID)
	if p := admin.Get(subaccountsPage); p.Has(`a[href$="/import"]`) || !p.Has(`a[href$="/new"]`) {
		t.Error("an admin sees the wrong buttons")
	}
}
