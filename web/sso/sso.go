// Package sso signs people in at an OpenID provider: the authorization code
// flow with PKCE, and the checks of what comes back. It knows nothing of
// accounts and sessions; it says who the provider vouches for.
//
// The provider is asked for its endpoints when somebody first signs in, so
// that the console starts, and lets people in by password, while it is down.
package sso

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// What can go wrong. Each is wrapped with its cause, which is for the log.
var (
	ErrUnavailable = errors.New("the OpenID provider does not answer as it should")
	ErrRefused     = errors.New("the OpenID provider did not sign the person in")
	ErrInvalid     = errors.New("the answer of the OpenID provider does not belong to this sign-in")
)

const (
	timeout       = 10 * time.Second // bounds what a sign-in waits for the provider
	askAgainAfter = 5 * time.Second  // for so long a provider that did not answer is not asked again
)

// Config is what the operator says about the provider.
type Config struct {
	Issuer       string // address, as the provider itself names it
	ClientID     string
	ClientSecret string // "" for a public client
	Name         string // on the button: "Sign in with {Name}"
	Redirect     string // address of the console that the provider leads back to
	Client       *http.Client
	Now          func() time.Time
}

// Provider is an OpenID provider. It is safe for concurrent use.
type Provider struct {
	cfg Config

	mu   sync.Mutex // never held while the provider is asked
	last *discovery // under way, or how it went; nil until somebody signs in
}

// New makes a Provider without asking it for anything.
func New(cfg Config) *Provider {
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: timeout}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{cfg: cfg}
}

// Name is what people call the provider.
func (p *Provider) Name() string { return p.cfg.Name }

// Flow is what one sign-in has to remember until the provider leads back. The
// browser keeps it, where no script reads it: who does not have it cannot end
// the sign-in.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// NewFlow makes a Flow that nobody can guess.
func NewFlow() Flow {
	return Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
}

// Person is who the provider vouches for.
type Person struct {
	Issuer   string
	Subject  string // never changes at its issuer, and is used for nobody else
	Email    string
	Verified bool      // the provider has seen that the address is theirs
	At       time.Time // when they proved to it who they are; zero when it does not say
}

// Start returns the provider's address at which the person signs in. With again
// they must do so even if the provider knows them.
func (p *Provider) Start(ctx context.Context, f Flow, again bool) (string, error) {
	meta, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if again {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.oauth(meta).AuthCodeURL(f.State, opts...), nil
}

func (p *Provider) oauth(meta *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: meta.Endpoint(),
		RedirectURL: p.cfg.Redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// discovery is one question to the provider for its endpoints. All sign-ins that
// need it share it, and it goes on when one of them gives up.
type discovery struct {
	done chan struct{} // closed once the rest is set
	meta *oidc.Provider
	err  error
	at   time.Time // when it failed
}

// discover returns the provider's endpoints. It waits for them no longer than ctx
// lasts.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	d := p.discovery(context.WithoutCancel(ctx))
	select {
	case <-d.done:
		return d.meta, d.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

// discovery returns the question that is under way, was answered, or failed just
// now, and else asks.
func (p *Provider) discovery(ctx context.Context) *discovery {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || p.last.over(p.cfg.Now()) {
		p.last = &discovery{done: make(chan struct{})}
		go p.ask(ctx, p.last)
	}
	return p.last
}

// over reports whether the provider is to be asked again.
func (d *discovery) over(now time.Time) bool {
	select {
	case <-d.done:
		age := now.Sub(d.at)
		return d.err != nil && (age >= askAgainAfter || age < 0) // below 0: the clock was set back
	default:
		return false
	}
}

func (p *Provider) ask(ctx context.Context, d *discovery) {
	defer close(d.done)
	ctx, cancel := context.WithTimeout(p.with(ctx), timeout)
	defer cancel()
	meta, err := oidc.NewProvider(ctx, p.cfg.Issuer)
	if err != nil {
		d.err, d.at = fmt.Errorf("%w: %w", ErrUnavailable, err), p.cfg.Now()
		return
	}
	d.meta = meta
}

func (p *Provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.cfg.Client)
}

// Finish reads the query that the provider led back with, trades its code for
// an ID token, and gives who that vouches for. It fails with ErrInvalid when
// any of it does not belong to the flow.
func (p *Provider) Finish(ctx context.Context, f Flow, query url.Values) (Person, error) {
	switch {
	case f.State == "" || !same(query.Get("state"), f.State):
		return Person{}, fmt.Errorf("%w: state", ErrInvalid)
	case query.Has("iss") && query.Get("iss") != p.cfg.Issuer:
		return Person{}, fmt.Errorf("%w: issuer %q", ErrInvalid, query.Get("iss"))
	case query.Get("error") != "":
		return Person{}, fmt.Errorf("%w: %s", ErrRefused, strconv.Quote(query.Get("error")))
	case query.Get("code") == "":
		return Person{}, fmt.Errorf("%w: no code", ErrInvalid)
	}
	meta, err := p.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), timeout)
	defer cancel()
	tokens, err := p.oauth(meta).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Person{}, exchangeError(err)
	}
	return p.read(ctx, meta, f, tokens)
}

// exchangeError tells a code that the provider does not take from a provider
// that does not answer.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		// Its text holds the whole answer; the code of the error is enough.
		return fmt.Errorf("%w: the code was not taken (%s)", ErrInvalid, strconv.Quote(refused.ErrorCode))
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// claims are what is read of an ID token, or of the provider's answer about a
// person.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers write it as a text
	AuthTime int64  `json:"auth_time"`
}

func (c claims) verified() bool { return c.Verified == true || c.Verified == "true" }

// read verifies the ID token: signature, issuer, audience, time and nonce.
func (p *Provider) read(ctx context.Context, meta *oidc.Provider, f Flow, tokens *oauth2.Token) (Person, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Person{}, fmt.Errorf("%w: no ID token", ErrInvalid)
	}
	token, err := meta.Verifier(&oidc.Config{ClientID: p.cfg.ClientID, Now: p.cfg.Now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if !same(token.Nonce, f.Nonce) {
		return Person{}, fmt.Errorf("%w: nonce", ErrInvalid)
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	person := Person{Issuer: token.Issuer, Subject: token.Subject, Email: c.Email, Verified: c.verified()}
	if c.AuthTime > 0 {
		person.At = time.Unix(c.AuthTime, 0)
	}
	if person.Email != "" {
		return person, nil
	}
	return p.addEmail(ctx, meta, person, tokens)
}

// addEmail asks for the address of a person whose ID token has none.
func (p *Provider) addEmail(ctx context.Context, meta *oidc.Provider, person Person, tokens *oauth2.Token) (Person, error) {
	if meta.UserInfoEndpoint() == "" {
		return person, nil
	}
	info, err := meta.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if info.Subject != person.Subject {
		return Person{}, fmt.Errorf("%w: the answer is about somebody else", ErrInvalid)
	}
	var c claims
	if err := info.Claims(&c); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	person.Email, person.Verified = c.Email, c.verified()
	return person, nil
}

// same compares in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
