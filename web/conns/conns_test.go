package conns

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// caller is a connection from an address.
type caller struct {
	net.Conn
	from   string
	closed bool
}

func (c *caller) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(c.from), 1))
}
func (c *caller) Close() error { c.closed = true; return nil }

// call connects from an address. inside is nil when the connection was refused.
func call(l *Listener, from string) (outside *caller, inside net.Conn) {
	outside = &caller{from: from}
	return outside, l.admit(outside)
}

func TestAClientsOwnConnectionsGiveWay(t *testing.T) {
	l := Limit(nil, Limits{All: 100, PerClient: 3})
	first, _ := call(l, "2001:db8::1")
	_, working := call(l, "2001:db8::2") // the same client
	l.State(working, http.StateActive)
	third, _ := call(l, "2001:db8::3")
	if _, in := call(l, "2001:db8::4"); in == nil || !first.closed || third.closed {
		t.Errorf("the fourth: in %v, the first closed %v, the third %v", in != nil, first.closed, third.closed)
	}
	if _, in := call(l, "2001:db8:0:1::1"); in == nil || third.closed {
		t.Error("another client's connection cost one of this client")
	}
	for range 2 {
		_, in := call(l, "2001:db8::5")
		l.State(in, http.StateActive)
	}
	if _, in := call(l, "2001:db8::6"); in != nil {
		t.Error("one more was taken in while all of the client's are at work")
	}
	l.State(working, http.StateIdle)
	if _, in := call(l, "2001:db8::6"); in == nil || !working.(*conn).Conn.(*caller).closed {
		t.Error("one that is idle again does not give way")
	}
}

func TestTheGreediestClientGivesWay(t *testing.T) {
	l := Limit(nil, Limits{All: 6, PerClient: 4, Exempt: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	var proxy []*caller
	for range 4 {
		out, _ := call(l, "10.0.0.1")
		proxy = append(proxy, out)
	}
	small, in := call(l, "192.0.2.1")
	l.State(in, http.StateActive)
	_, _ = call(l, "192.0.2.2")
	if _, in := call(l, "192.0.2.3"); in == nil || !proxy[0].closed || small.closed {
		t.Errorf("a new client: in %v, the greediest gave way %v", in != nil, proxy[0].closed)
	}
	// A proxy may hold all connections, and no more.
	for range 20 {
		if _, in := call(l, "10.0.0.1"); in == nil {
			t.Fatal("a trusted proxy was refused while others waited")
		}
	}
	if l.all != 6 {
		t.Errorf("%d connections are held", l.all)
	}
	for _, held := range l.held {
		for _, c := range held {
			c.atWork = true
		}
	}
	if _, in := call(l, "192.0.2.9"); in != nil {
		t.Error("one more was taken in while all are at work")
	}
}

func TestClosedConnectionsGiveTheirPlacesBack(t *testing.T) {
	l := Limit(nil, Limits{All: 2, PerClient: 2})
	for range 50 {
		_, in := call(l, "192.0.2.1")
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
		_ = in.Close() // net/http closes some twice
	}
	if l.all != 0 || len(l.held) != 0 {
		t.Errorf("%d connections of %d clients are held", l.all, len(l.held))
	}
}

// Many silent connections do not keep requests from being answered, from the same
// address or another.
func TestIdleConnectionsDoNotStarveAServer(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	l := Limit(srv.Listener, Limits{All: 6, PerClient: 4})
	srv.Listener, srv.Config.ConnState = l, l.State
	srv.Start()
	defer srv.Close()
	for range 100 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	for _, from := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"} {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
		res, err := client.Get(srv.URL)
		if err != nil {
			t.Fatalf("from %s: %v", from, err)
		}
		_ = res.Body.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all > 6 {
		t.Errorf("%d connections are held", l.all)
	}
}

func TestDefaultsLeaveFilesForTheDatabase(t *testing.T) {
	for _, files := range []int{64, 256, 1024, 4096, 1 << 20} {
		console, gate := Defaults(files)
		if console.All+gate.All > Room(files) || Room(files) >= files || files >= 512 && files-Room(files) < reserve {
			t.Errorf("of %d files: %+v %+v", files, console, gate)
		}
		if console.PerClient < 1 || gate.PerClient < 1 || console.PerClient >= console.All || gate.PerClient >= gate.All {
			t.Errorf("of %d files one client: %+v %+v", files, console, gate)
		}
	}
}
