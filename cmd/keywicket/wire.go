package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"keywicket/handlers/signin"

	"keywicket/handlers"
	gatehttp "keywicket/handlers/gate"
	"keywicket/models/engine"
	"keywicket/models/logs"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/usage"
	"keywicket/models/verifier"
	"keywicket/views"
	"keywicket/views/i18n"
	"keywicket/web"
	"keywicket/web/mail"
	"keywicket/web/passkey"
	"keywicket/web/sso"
)

// passwordsAtOnce limits how many passwords are hashed at once, and so the memory that hashing takes.
const passwordsAtOnce = 4

var errDraining = errors.New("the server is draining")

// wired holds the connected parts of a server.
type wired struct {
	console, gate *http.Server
	flusher       *usage.Flusher
	mails         *mail.Queue
	log           *slog.Logger
	stopping      *atomic.Bool
}

// startDraining makes both servers report that they are not ready and close each connection after its next answer.
func (w wired) startDraining() { w.stopping.Store(true) }

// announceDrain returns h with the header that closes the connection once the server drains.
func (w wired) announceDrain(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.stopping.Load() {
			rw.Header().Set("Connection", "close")
		}
		h.ServeHTTP(rw, r)
	})
}

// wire connects the database, the engine and both servers.
func wire(ctx context.Context, s settings, st *store.Store) (wired, error) {
	w := wired{log: s.log, stopping: new(atomic.Bool), mails: mail.NewQueue(s.log)}
	checker := verifier.New(st.Hasher(), time.Now)
	eng := engine.New(st.Hasher().Hash, secret.WellFormed, time.Now).WithPairs(checker)
	if err := st.AttachGate(ctx, eng); err != nil {
		return w, err
	}
	if err := checker.Recall(ctx, st); err != nil {
		return w, err
	}
	counter := new(usage.Counter)
	w.flusher = usage.NewFlusher(counter, st, flushInterval, s.log)
	w.flusher.Also(func(ctx context.Context) error { return checker.Store(ctx, st) })

	bundle, err := i18n.New()
	if err != nil {
		return w, err
	}
	passkeys, err := s.passkeys()
	if err != nil {
		return w, err
	}
	consoleLog, gateLog := logs.Limit(s.log, time.Now), logs.Limit(s.log, time.Now)
	console, err := web.New(web.Config{
		Log: consoleLog, Store: st, I18n: bundle, BaseURL: s.baseURL,
		TrustedProxies: s.trusted,
	}, handlers.Routes(handlers.Deps{
		Store: st, Passwords: secret.NewPasswords(passwordsAtOnce), Engine: eng, SSO: s.provider(), Passkeys: passkeys,
		Mail: s.mail, BaseURL: s.links, Later: w.mails.Later,
		Gate: views.GateAddress{URL: addressURL(s.gateListen), Token: s.gateToken != ""}, Ready: w.ready(st.Ping),
	}))
	if err != nil {
		return w, err
	}
	w.console = web.HTTPServer(w.announceDrain(console), consoleLog)
	w.gate = gatehttp.HTTPServer(w.announceDrain(gatehttp.NewServer(gatehttp.Config{
		Engine: eng, Usage: counter, Trusted: s.trusted, Token: s.gateToken, Allow: s.gateAllow,
		Issuer: s.baseURL.String(),
		// The gate decides from memory: it is ready without the database.
		Ready: w.ready(func(context.Context) error { return nil }),
		Log:   gateLog,
	})), gateLog)
	w.console.Addr, w.gate.Addr = s.listen, s.gateListen
	return w, nil
}

// provider returns the OpenID provider, or nil if none is set.
func (s settings) provider() signin.SSO {
	if s.sso.Issuer == "" {
		return nil
	}
	c := s.sso
	c.Redirect = s.baseURL.String() + "/login/sso/callback"
	return sso.New(c)
}

// passkeys returns the passkey ceremonies for the console's URL, or nil if browsers offer no passkeys there.
func (s settings) passkeys() (*passkey.Ceremonies, error) {
	if !passkey.Possible(s.baseURL) {
		return nil, nil //nolint:nilnil // no passkeys is a state, not an error
	}
	return passkey.New(s.baseURL, "Keywicket")
}

// ready returns a readiness check that fails once the server drains, and calls asks before.
func (w wired) ready(asks func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if w.stopping.Load() {
			return errDraining
		}
		return asks(ctx)
	}
}
