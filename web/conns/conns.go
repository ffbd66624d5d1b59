// Package conns limits the connections of a listener, so that idle ones cannot use up the file descriptors of the
// process.
package conns

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"keywicket/models/netaddr"
)

// Limits are the numbers of connections that a listener holds at once.
type Limits struct {
	All       int
	PerClient int // of one client: an IPv4 address, or an IPv6 /64
	// Exempt are the proxies of many clients: only All limits them.
	Exempt []netip.Prefix
}

// Listener is a net.Listener with limits. When a limit is reached, it closes the
// connection that has waited longest for a request: one of the same client, or
// else one of the client with the most connections. If all of them are at work,
// it refuses the new connection. It is safe for concurrent use.
type Listener struct {
	net.Listener
	limits Limits
	exempt netaddr.Set

	mu   sync.Mutex
	all  int
	held map[netip.Prefix][]*conn // by client, the longest held first
}

// Limit returns a listener on l within the limits. Its server must report to
// State, as Serve of this package does.
func Limit(l net.Listener, limits Limits) *Listener {
	return &Listener{Listener: l, limits: limits, exempt: netaddr.NewSet(limits.Exempt...), held: map[netip.Prefix][]*conn{}}
}

// Serve serves on l and tells l which connections wait for a request.
func Serve(s *http.Server, l *Listener) error {
	s.ConnState = l.State
	return s.Serve(l)
}

// conn is an accepted connection.
type conn struct {
	net.Conn
	l      *Listener
	client netip.Prefix
	atWork bool // a request is being read or answered
	gone   bool
}

// Accept returns the next connection that there is room for.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if own := l.admit(c); own != nil {
			return own, nil
		}
		_ = c.Close() // there is nothing to tell its client by
	}
}

// admit makes room for a connection and accepts it, or returns nil.
func (l *Listener) admit(c net.Conn) net.Conn {
	client, exempt := l.clientOf(c)
	l.mu.Lock()
	victim, ok := l.room(client, exempt)
	var own *conn
	if ok {
		if victim != nil {
			l.drop(victim)
		}
		own = &conn{Conn: c, l: l, client: client}
		l.held[client] = append(l.held[client], own)
		l.all++
	}
	l.mu.Unlock()
	if victim != nil {
		_ = victim.Conn.Close()
	}
	if own == nil {
		return nil
	}
	return own
}

// clientOf returns the client of a connection, and reports whether it is exempt
// from the limit of one client.
func (l *Listener) clientOf(c net.Conn) (client netip.Prefix, exempt bool) {
	a := netaddr.Peer(c.RemoteAddr().String())
	return netaddr.Client(a), l.exempt.Contains(a)
}

// room reports whether one more connection of the client can be accepted, and
// returns the connection to close for it, nil for none.
func (l *Listener) room(client netip.Prefix, exempt bool) (victim *conn, ok bool) {
	if !exempt && len(l.held[client]) >= l.limits.PerClient {
		victim = waiting(l.held[client])
		return victim, victim != nil
	}
	if l.all < l.limits.All {
		return nil, true
	}
	var clients []netip.Prefix
	for c := range l.held {
		clients = append(clients, c)
	}
	slices.SortFunc(clients, func(a, b netip.Prefix) int { return cmp.Compare(len(l.held[b]), len(l.held[a])) })
	for _, c := range clients {
		if victim = waiting(l.held[c]); victim != nil {
			return victim, true
		}
	}
	return nil, false
}

// waiting returns the longest held connection without a request, or nil.
func waiting(held []*conn) *conn {
	if i := slices.IndexFunc(held, func(c *conn) bool { return !c.atWork }); i >= 0 {
		return held[i]
	}
	return nil
}

// drop forgets a connection; the caller holds mu.
func (l *Listener) drop(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	l.all--
	l.held[c.client] = slices.DeleteFunc(l.held[c.client], func(other *conn) bool { return other == c })
	if len(l.held[c.client]) == 0 {
		delete(l.held, c.client)
	}
}

// State records whether a connection is at work. Use it as ConnState of the
// http.Server.
func (l *Listener) State(nc net.Conn, state http.ConnState) {
	c, ok := nc.(*conn)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c.atWork = state == http.StateActive || state == http.StateHijacked
}

// Close closes the connection and frees its place.
func (c *conn) Close() error {
	c.l.mu.Lock()
	c.l.drop(c)
	c.l.mu.Unlock()
	return c.Conn.Close()
}
