package main

import (
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// If open files are few and many idle connections to the console use them, the gate, the database and a new client
// still work.
func TestIdleConnectionsStarveNobody(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir, "--max-connections", "40", "--max-connections-per-address", "30")
	if err := unix.Prlimit(r.cmd.Process.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 140, Max: 140}, nil); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(r.console)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		c, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	elsewhere := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
	res, err := elsewhere.Get(r.console + "/readyz") // it asks the database
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got := status(r.gate + "/readyz"); res.StatusCode != http.StatusOK || got != http.StatusOK {
		t.Errorf("from another address the console answers %d, the gate %d", res.StatusCode, got)
	}
	r.setupLink()
	if log := r.log.String(); !strings.Contains(log, "console=40 console_per_address=30") || strings.Contains(log, "audit") || strings.Contains(log, "too many open files") {
		t.Errorf("log: %s", log)
	}
	r.stop()
	if out := run(t, "audit", "verify", "--data", dir); !strings.Contains(out, "none") {
		t.Errorf("the audit: %s", out)
	}
}

func TestConnectionsAreChecked(t *testing.T) {
	for flag, value := range map[string]string{"--max-connections": "-1", "--gate-max-connections": "99999999", "--gate-max-connections-per-address": "-5"} {
		if r := command(t, cleanEnv(), "", "doctor", "--data", t.TempDir(), flag, value); r.code == 0 || !strings.Contains(r.err, "connections") {
			t.Errorf("%s %s: %d %s", flag, value, r.code, r.err)
		}
	}
	if r := command(t, cleanEnv(), "", "doctor", "--data", t.TempDir(), "--max-connections", "77"); !strings.Contains(r.out, "Connections: console 77,") {
		t.Errorf("doctor: %s", r.out)
	}
}
