// Package sso signs people in at an OpenID provider. It implements the
// authorization code flow with PKCE and verifies the provider's response. It
// knows nothing of accounts and sessions: it returns whom the provider vouches
// for.
//
// The provider's endpoints are requested at the first sign-in, so that the
// console starts, and accepts passwords, while the provider is down.
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

// Errors of Start and Finish. Each is wrapped with its cause, which is for the
// log and not for the person.
var (
	ErrUnavailable = errors.New("the OpenID provider does not answer as it should")
	ErrRefused     = errors.New("the OpenID provider did not sign the person in")
	ErrInvalid     = errors.New("the answer of the OpenID provider does not belong to this sign-in")
)

const (
	timeout    = 10 * time.Second // for one exchange with the provider
	retryAfter = 5 * time.Second  // between a failed discovery and the next one
)

// Config describes the provider and this client of it.
type Config struct {
	Issuer       string // exactly as the provider writes it
	ClientID     string
	ClientSecret string           // "" for a public client
	Name         string           // on the button: "Sign in with {Name}"
	Redirect     string           // the console's address to which the provider redirects back
	Client       *http.Client     // a client with a timeout when nil
	Now          func() time.Time // time.Now when nil
}

// Provider is an OpenID provider. It is safe for concurrent use.
type Provider struct {
	cfg Config

	mu   sync.Mutex // guards last; never held during a request to the provider
	last *discovery // nil until the first sign-in
}

// New returns a Provider. It sends nothing to it.
func New(cfg Config) *Provider {
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: timeout}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{cfg: cfg}
}

// Name returns the provider's name for people.
func (p *Provider) Name() string { return p.cfg.Name }

// Flow holds the secrets of one sign-in until the provider redirects back. Keep
// it in the browser, where no script can read it: only the browser that began
// the sign-in can complete it.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// NewFlow returns a Flow with random values.
func NewFlow() Flow {
	return Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
}

// Person is whom the provider vouches for.
type Person struct {
	Issuer   string
	Subject  string // the issuer's permanent name for this person alone
	Email    string
	Verified bool      // the provider has verified that the address is theirs
	AuthTime time.Time // when they signed in at the provider; zero when it does not say
}

// Start returns the address at which the person signs in at the provider. With
// again, it asks the provider to authenticate them anew even if they are signed
// in there. It returns ErrUnavailable when the provider's endpoints cannot be
// discovered.
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

// discovery is one request for the provider's endpoints. All sign-ins that need
// it share it, and it continues when one of them is cancelled.
type discovery struct {
	done chan struct{} // closed when the other fields are set
	meta *oidc.Provider
	err  error
	at   time.Time // when it failed
}

// discover returns the provider's endpoints, or ErrUnavailable when the request
// for them fails or ctx ends first.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	d := p.discovery(context.WithoutCancel(ctx))
	select {
	case <-d.done:
		return d.meta, d.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

// discovery returns the last discovery if it is pending, succeeded, or failed
// less than retryAfter ago. Otherwise it begins a new one.
func (p *Provider) discovery(ctx context.Context) *discovery {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || p.last.stale(p.cfg.Now()) {
		p.last = &discovery{done: make(chan struct{})}
		go p.request(ctx, p.last)
	}
	return p.last
}

// stale reports whether the discovery failed long enough ago to try again.
func (d *discovery) stale(now time.Time) bool {
	select {
	case <-d.done:
		age := now.Sub(d.at)
		return d.err != nil && (age >= retryAfter || age < 0) // below 0: the clock was set back
	default:
		return false
	}
}

// request performs the discovery.
func (p *Provider) request(ctx context.Context, d *discovery) {
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

// Finish takes the query with which the provider redirected back, exchanges its
// code for an ID token, and returns the person whom the token is about. It
// returns ErrInvalid when the response does not belong to the flow, ErrRefused
// when the provider reports an error, and ErrUnavailable when the provider does
// not answer.
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

// exchangeError returns ErrInvalid for a code that the provider refused, and
// ErrUnavailable for a provider that did not answer.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		// The error's text contains the whole response; its code is enough.
		return fmt.Errorf("%w: the code was refused (%s)", ErrInvalid, strconv.Quote(refused.ErrorCode))
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// claims are the claims that are read from an ID token or a UserInfo response.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers send a string
	AuthTime any    `json:"auth_time"`      // seconds; anything but a number counts as missing
}

func (c claims) verified() bool { return c.Verified == true || c.Verified == "true" }

// maxAuthTime is a time, in seconds, that int64 and time.Time can hold.
const maxAuthTime = 1 << 40

// authTime returns the claim as a time, and the zero time without one.
func (c claims) authTime() time.Time {
	seconds, ok := c.AuthTime.(float64)
	if !ok || seconds <= 0 || seconds > maxAuthTime {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// read verifies the ID token's signature, issuer, audience, expiry and nonce, and
// returns the person.
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
	person := Person{Issuer: token.Issuer, Subject: token.Subject, Email: c.Email, Verified: c.verified(), AuthTime: c.authTime()}
	if person.Email != "" {
		return person, nil
	}
	return p.addEmail(ctx, meta, person, tokens)
}

// addEmail requests the address of a person whose ID token contains none.
func (p *Provider) addEmail(ctx context.Context, meta *oidc.Provider, person Person, tokens *oauth2.Token) (Person, error) {
	if meta.UserInfoEndpoint() == "" {
		return person, nil
	}
	info, err := meta.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if info.Subject != person.Subject {
		return Person{}, fmt.Errorf("%w: the UserInfo response is about another subject", ErrInvalid)
	}
	var c claims
	if err := info.Claims(&c); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	person.Email, person.Verified = c.Email, c.verified()
	return person, nil
}

// same reports whether a equals b, in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
