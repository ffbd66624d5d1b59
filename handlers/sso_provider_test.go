package handlers_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"keywicket/handlers"
	"keywicket/models/secret"
	"keywicket/models/storetest"
	"keywicket/web/sso"
	"keywicket/web/webtest"
)

// provider is a real OpenID provider over HTTP, with users of its own.
type provider struct {
	*httptest.Server
	people map[string]*storage.User
	alter  func(query url.Values) // of a request for a sign-in, on its way
	// authTime, if not nil, returns the time of the sign-in for ID tokens. A
	// zero time omits it.
	authTime func() time.Time
	store    *storage.Storage
	router   http.Handler
}

// GetUserByID and the other methods implement the provider's store of users.
func (p *provider) GetUserByID(id string) *storage.User { return p.people[id] }

// GetUserByUsername returns the user with the name that they type.
func (p *provider) GetUserByUsername(name string) *storage.User {
	for _, u := range p.people {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// ExampleClientID is unused; the interface requires it.
func (p *provider) ExampleClientID() string { return "service" }

const (
	consoleAddress = "http://keywicket.test"
	atProvider     = "very secure at the provider"
)

// newProvider starts a provider whose only client is the console.
func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{people: map[string]*storage.User{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth" && p.alter != nil {
			q := r.URL.Query()
			p.alter(q)
			r.URL.RawQuery = q.Encode()
		}
		p.router.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	client := storage.WebClient("keywicket", "a secret of the console", consoleAddress+"/login/sso/callback")
	p.store = storage.NewStorageWithClients(p, map[string]*storage.Client{"keywicket": client})
	p.router = exampleop.SetupServer(p.URL, altered{p.store, p}, slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	p.person("1", "ada", "ada@example.com", true)
	return p
}

// altered is the provider's store with the times of sign-ins that the test
// wants.
type altered struct {
	*storage.Storage
	provider *provider
}

// alteredRequest is a sign-in at the provider.
type alteredRequest struct {
	op.AuthRequest
	provider *provider
}

// GetAuthTime returns the time of the sign-in.
func (r alteredRequest) GetAuthTime() time.Time {
	if r.provider.authTime == nil {
		return r.AuthRequest.GetAuthTime()
	}
	return r.provider.authTime()
}

// AuthRequestByCode returns the sign-in of a code.
func (s altered) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	r, err := s.Storage.AuthRequestByCode(ctx, code)
	return alteredRequest{r, s.provider}, err
}

// CreateAccessToken creates the token of a sign-in.
func (s altered) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	if a, ok := r.(alteredRequest); ok {
		r = a.AuthRequest
	}
	return s.Storage.CreateAccessToken(ctx, r)
}

// person adds a user to the provider.
func (p *provider) person(id, name, email string, verified bool) {
	p.people[id] = &storage.User{ID: id, Username: name, Password: atProvider, Email: email, EmailVerified: verified}
}

// config returns the operator's configuration of the provider.
func (p *provider) config() sso.Config {
	return sso.Config{Issuer: p.URL, ClientID: "keywicket", ClientSecret: "a secret of the console", Name: "Example ID", Redirect: consoleAddress + "/login/sso/callback"}
}

// newSSO starts a console with Ada that trusts the provider.
func newSSO(t *testing.T, cfg sso.Config) (*app, storetest.Fixture) {
	t.Helper()
	a := newAppWith(t, secret.NewPasswords(1), func(d *handlers.Deps) { d.SSO = sso.New(cfg) })
	return a, seedAda(t, a)
}

// signInAt starts at the console, signs in at the provider as the user with the
// name, like a browser, and returns the address that the provider redirects to.
func (p *provider) signInAt(t *testing.T, c *webtest.Client, start, name string) string {
	t.Helper()
	first := c.Send(http.MethodGet, start, nil)
	if first.Status != http.StatusSeeOther || !strings.HasPrefix(first.Location(), p.URL+"/auth?") {
		t.Fatalf("%s gave %d %s", start, first.Status, first.Location())
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), consoleAddress) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(first.Location())
	if err != nil {
		t.Fatal(err)
	}
	if page.StatusCode == http.StatusFound { // led back at once, with an error
		return page.Header.Get("Location")
	}
	doc, err := goquery.NewDocumentFromReader(page.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := browser.PostForm(page.Request.URL.Scheme+"://"+page.Request.URL.Host+"/login/username", url.Values{
		"id": {doc.Find("input[name=id]").AttrOr("value", "")}, "username": {name}, "password": {atProvider},
	})
	if err != nil {
		t.Fatal(err)
	}
	back := answer.Header.Get("Location")
	if !strings.HasPrefix(back, consoleAddress+"/login/sso/callback?") {
		body, _ := io.ReadAll(answer.Body)
		t.Fatalf("the provider answered %d %s: %.300s", answer.StatusCode, back, body)
	}
	return back
}

// land opens the address that the provider redirected to.
func land(c *webtest.Client, back string) *webtest.Page {
	return c.Get(strings.TrimPrefix(back, consoleAddress))
}
