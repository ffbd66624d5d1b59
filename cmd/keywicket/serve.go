package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	gatehttp "keywicket/handlers/gate"
	"keywicket/models"
	"keywicket/models/store"
	"keywicket/web/conns"
)

// How a server works and ends.
const (
	drainTimeout  = 8 * time.Second // for requests in flight; storing what was counted comes after
	farewell      = 300 * time.Millisecond
	pollInterval  = 250 * time.Millisecond
	flushInterval = 5 * time.Second
	pruneInterval = time.Hour
)

// serve is the default command.
func (p program) serve(ctx context.Context, cmd *cli.Command) error {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	if err := s.checkGate(); err != nil {
		return err
	}
	if s.demo {
		return endedWell(ctx, p.serveDemo(ctx, s))
	}
	return endedWell(ctx, p.serveData(ctx, s))
}

// serveData serves the data folder of the settings until ctx ends.
func (p program) serveData(ctx context.Context, s settings) (err error) {
	ports, err := listen(ctx, &s)
	if err != nil {
		return err
	}
	defer ports.close()
	st, err := openStore(ctx, s, opening{create: true, lock: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	p.announce(s)
	if err := p.offerSetup(ctx, s, st); err != nil {
		return err
	}
	return p.serveStore(ctx, s, st, ports)
}

// announce says where both sides are.
func (p program) announce(s settings) {
	console := s.baseURL.String()
	if console != browserURL(s.listen) {
		console += " at " + addressURL(s.listen)
	}
	fmt.Fprintf(p.out, "Console  %s\nGate     %s\n", console, addressURL(s.gateListen))
}

// checkGate refuses a gate that anybody on the network could ask.
func (s settings) checkGate() error {
	err := gatehttp.CheckExposure(s.gateListen, s.gateToken, s.gateAllow)
	switch {
	case errors.Is(err, gatehttp.ErrExposed):
		return refusal{
			what: fmt.Sprintf("The gate would listen on %s, where everybody who reaches it could try keys.", s.gateListen),
			do:   "Give --gate-token-file (callers send the token as X-Keywicket-Token) or --gate-allow with the networks of your proxies, or listen on 127.0.0.1.",
		}
	case errors.Is(err, gatehttp.ErrWeakToken):
		return refusal{what: "The gate's token is too short: " + gatehttp.ErrWeakToken.Error() + ".", do: "Put a longer one into its file, such as the output of: openssl rand -hex 32"}
	default:
		return err
	}
}

// ports are the two listeners.
type ports struct{ console, gate net.Listener }

// listen opens both listeners, and notes in the settings what they became: the
// ports that the system chose, and the base URL.
func listen(ctx context.Context, s *settings) (ports, error) {
	console, err := listenOn(ctx, flagListen, s.listen)
	if err != nil {
		return ports{}, err
	}
	gate, err := listenOn(ctx, flagGateListen, s.gateListen)
	if err != nil {
		return ports{}, errors.Join(err, console.Close())
	}
	s.listen, s.gateListen = console.Addr().String(), gate.Addr().String()
	if s.baseURL == nil {
		if s.baseURL, err = parseBaseURL(browserURL(s.listen)); err != nil {
			return ports{}, err
		}
	}
	return ports{console: console, gate: gate}, nil
}

func listenOn(ctx context.Context, flag, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, refusal{
			what: fmt.Sprintf("Another program listens on %s already.", address),
			do:   fmt.Sprintf("Stop it, or choose another address with --%s.", flag),
		}
	case errors.Is(err, syscall.EACCES):
		return nil, refusal{
			what: fmt.Sprintf("This user may not listen on %s.", address),
			do:   fmt.Sprintf("Choose a port above 1023 with --%s.", flag),
		}
	default:
		return nil, refusal{
			what: fmt.Sprintf("Keywicket cannot listen on %s.", address), cause: err,
			do: fmt.Sprintf("Choose an address of this machine with --%s.", flag),
		}
	}
}

func (l ports) close() {
	_ = l.console.Close() // closed by its server already, in the normal case
	_ = l.gate.Close()
}

// offerSetup prints a set-up link while nobody owns the installation. Each
// start makes a new one and ends the former.
func (p program) offerSetup(ctx context.Context, s settings, st *store.Store) error {
	owned, err := st.OwnerExists(ctx)
	if err != nil || owned {
		return err
	}
	token, err := st.NewSetupToken(ctx, models.SetupTTL)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "\nNobody owns this installation yet. Set it up here, once, within %d minutes:\n  %s/setup/%s\n\n",
		int(models.SetupTTL.Minutes()), s.baseURL, token)
	return nil
}

// serveStore serves the database until ctx ends; then it lets the requests in
// flight finish, stores what was counted and writes the log of the database
// into it.
func (p program) serveStore(ctx context.Context, s settings, st *store.Store, ports ports) error {
	parts, err := wire(ctx, s, st)
	if err != nil {
		return err
	}
	// What works in the background outlives the requests in flight.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	work, background := errgroup.WithContext(background)
	work.Go(func() error { return parts.flusher.Run(background) })
	work.Go(func() error { return parts.mails.Run(background) })
	work.Go(func() error {
		return every(background, pollInterval, s.warn("the gate could not look for changes", func(ctx context.Context) error {
			return errors.Join(st.FollowClock(ctx), st.PollGate(ctx))
		}))
	})
	work.Go(func() error {
		return every(background, pruneInterval, s.warn("what is over was not removed", func(ctx context.Context) error {
			_, errSessions := st.PruneSessions(ctx)
			_, errLinks := st.PruneInvitations(ctx)
			_, errUsage := st.PruneUsage(ctx)
			_, errOld := st.SweepPreviousCredentials(ctx)
			return errors.Join(errSessions, errLinks, errUsage, errOld, st.SettleStrangers(ctx))
		}))
	})

	serving, ended := errgroup.WithContext(ctx)
	serving.Go(func() error { return serveOn(parts.console, conns.Limit(ports.console, s.consoleConns)) })
	serving.Go(func() error { return serveOn(parts.gate, conns.Limit(ports.gate, s.gateConns)) })
	s.log.InfoContext(ctx, "serving", "console", s.listen, "gate", s.gateListen, "base_url", s.baseURL.String(), "version", version)
	s.log.InfoContext(ctx, "connections", "files", conns.Files(), "console", s.consoleConns.All, "console_per_address", s.consoleConns.PerClient,
		"gate", s.gateConns.All, "gate_per_address", s.gateConns.PerClient)
	if p.ready != nil {
		p.ready(addressURL(s.listen), addressURL(s.gateListen))
	}
	serving.Go(func() error {
		<-ended.Done()
		s.log.InfoContext(ctx, "draining")
		return parts.drain(context.WithoutCancel(ctx))
	})
	err = serving.Wait()
	stop()
	err = errors.Join(err, work.Wait(), st.Checkpoint(context.WithoutCancel(ctx)))
	s.log.InfoContext(ctx, "stopped")
	return err
}

func serveOn(server *http.Server, l *conns.Listener) error {
	if err := conns.Serve(server, l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// drain stops both servers: no new connections, and time for the requests in
// flight. What is still there after that is cut off. Before that, callers who
// keep their connection are told that it ends: one that is closed while it
// rests can meet a request that is on its way.
func (w wired) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	w.draining()
	time.Sleep(farewell)
	var both errgroup.Group
	for _, server := range []*http.Server{w.console, w.gate} {
		both.Go(func() error {
			if err := server.Shutdown(ctx); err != nil {
				w.log.Warn("requests cut off", "server", server.Addr, "error", err)
				return server.Close()
			}
			return nil
		})
	}
	return both.Wait()
}

// every calls do at the interval until ctx ends.
func every(ctx context.Context, interval time.Duration, do func(context.Context)) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			do(ctx)
		}
	}
}

// warn logs what do gives back, once until it works again.
func (s settings) warn(message string, do func(context.Context) error) func(context.Context) {
	failing := false
	return func(ctx context.Context) {
		err := do(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.WarnContext(ctx, message, "error", err)
		}
		failing = err != nil
	}
}
