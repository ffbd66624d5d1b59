package webtest

import (
	"io"
	"net"
	"testing"
	"time"
)

// Raw sends the text over a connection of its own and returns everything that
// the server at addr (host:port) writes until it closes the connection. It fails
// the test when the connection stays open for 10 seconds.
func Raw(t testing.TB, addr, text string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("the connection stays open: %v", err)
	}
	return string(all)
}
