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

// Times of a running server.
const (
	drainTimeout  = 8 * time.Second        // for requests in flight, before the counters are stored
	drainDelay    = 300 * time.Millisecond // between announcing the end and closing the listeners
	pollInterval  = 250 * time.Millisecond
	flushInterval = 5 * time.Second
	pruneInterval = time.Hour
)

// serve serves the console and the gate until ctx ends. It is the default command.
func (p program) serve(ctx context.Context, cmd *cli.Command) error {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	if err := s.checkGate(); err != nil {
		return err
	}
	if s.demo {
		return ignoreCancel(ctx, p.serveDemo(ctx, s))
	}
	return ignoreCancel(ctx, p.serveData(ctx, s))
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

// announce prints the addresses of the console and the gate.
func (p program) announce(s settings) {
	console := s.baseURL.String()
	if console != browserURL(s.listen) {
		console += " at " + addressURL(s.listen)
	}
	fmt.Fprintf(p.out, "Console  %s\nGate     %s\n", console, addressURL(s.gateListen))
}

// checkGate returns an error if anyone on the network could ask the gate.
func (s settings) checkGate() error {
	err := gatehttp.CheckExposure(s.gateListen, s.gateToken, s.gateAllow)
	switch {
	case errors.Is(err, gatehttp.ErrExposed):
		return userError{
			what: fmt.Sprintf("The gate would listen on %s, where anyone who reaches it could try keys.", s.gateListen),
			do:   "Set --gate-token-file (callers send the token as X-Keywicket-Token), set --gate-allow to the networks of your proxies, or listen on 127.0.0.1.",
		}
	case errors.Is(err, gatehttp.ErrWeakToken):
		return userError{what: "The gate token is too short: " + gatehttp.ErrWeakToken.Error() + ".", do: "Use a longer token, such as the output of: openssl rand -hex 32"}
	default:
		return err
	}
}

// ports are the two listeners.
type ports struct{ console, gate net.Listener }

// listen opens both listeners. It stores the resulting addresses in the settings, as the system chooses the port for
// port 0, and the default base URL.
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

// listenOn opens the listener that a flag sets.
func listenOn(ctx context.Context, flag, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, userError{
			what: fmt.Sprintf("Another program already listens on %s.", address),
			do:   fmt.Sprintf("Stop it, or set another address with --%s.", flag),
		}
	case errors.Is(err, syscall.EACCES):
		return nil, userError{
			what: fmt.Sprintf("This user is not permitted to listen on %s.", address),
			do:   fmt.Sprintf("Set a port above 1023 with --%s.", flag),
		}
	default:
		return nil, userError{
			what: fmt.Sprintf("Keywicket cannot listen on %s.", address), cause: err,
			do: fmt.Sprintf("Set an address of this machine with --%s.", flag),
		}
	}
}

// close closes both listeners.
func (l ports) close() {
	_ = l.console.Close() // its server has closed it already, unless the start failed
	_ = l.gate.Close()
}

// offerSetup prints a setup link if the installation has no owner. The new link replaces the one of the previous start.
func (p program) offerSetup(ctx context.Context, s settings, st *store.Store) error {
	owned, err := st.OwnerExists(ctx)
	if err != nil || owned {
		return err
	}
	token, err := st.NewSetupToken(ctx, models.SetupTTL)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "\nThis installation has no owner yet. Set it up with this one-time link, valid for %d minutes:\n  %s/setup/%s\n\n",
		int(models.SetupTTL.Minutes()), s.baseURL, token)
	return nil
}

// serveStore serves an open database until ctx ends. Then it waits for the requests in flight, stores the counters and
// writes the write-ahead log into the database.
func (p program) serveStore(ctx context.Context, s settings, st *store.Store, ports ports) error {
	parts, err := wire(ctx, s, st)
	if err != nil {
		return err
	}
	// The background work outlives the requests in flight.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	work, background := errgroup.WithContext(background)
	work.Go(func() error { return parts.flusher.Run(background) })
	work.Go(func() error { return parts.mails.Run(background) })
	work.Go(func() error {
		return every(background, pollInterval, s.warn("polling for changes failed", func(ctx context.Context) error {
			return errors.Join(st.FollowClock(ctx), st.PollGate(ctx))
		}))
	})
	work.Go(func() error {
		return every(background, pruneInterval, s.warn("removing expired rows failed", func(ctx context.Context) error {
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

// serveOn serves until the server is shut down.
func serveOn(server *http.Server, l *conns.Listener) error {
	if err := conns.Serve(server, l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// drain shuts both servers down. They accept no new connections, and close those that still serve a request after
// drainTimeout. First, callers that keep their connection open learn that it will close: otherwise they could send a
// request on a connection that is just being closed.
func (w wired) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	w.startDraining()
	time.Sleep(drainDelay)
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

// warn returns a function that calls do and logs its error. It logs again only after do has succeeded.
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
