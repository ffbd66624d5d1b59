package main

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// The same program inside the test's process, where the race detector sees it:
// set up, make a key, ask the gate, change the key, end.
func TestServeInProcess(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	addresses := make(chan [2]string, 1)
	out, log := &output{}, &output{}
	p := program{
		in: strings.NewReader(""), out: out, err: log,
		env:   func(string) (string, bool) { return "", false },
		ready: func(console, gate string) { addresses <- [2]string{console, gate} },
	}
	done := make(chan error, 1)
	go func() {
		done <- p.run(ctx, []string{"keywicket", "--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "data")})
	}()
	var console, gate string
	select {
	case at := <-addresses:
		console, gate = at[0], at[1]
	case err := <-done:
		t.Fatalf("it does not serve: %v\n%s", err, log)
	}
	_, link, _ := strings.Cut(out.String(), "/setup/")
	b := newBrowser(t, console)
	account := b.setUp(console + "/setup/" + strings.TrimSpace(link))
	made := b.submit(b.get(account+"/keys"), account+"/keys", nil)
	value := keyValue.FindString(made.body)
	// The console's answer is here, so the gate knows the key.
	if reason, err := verify(ctx, http.DefaultClient, gate, value); err != nil || reason != "allowed" {
		t.Errorf("the new key is %s, %v", reason, err)
	}
	details := b.get(account+"/keys").Find(`a[href^="`+account+`/keys/0"]`).First().AttrOr("href", "")
	b.post(console+details+"/status", url.Values{"enabled": {"0"}})
	if reason, err := verify(ctx, http.DefaultClient, gate, value); err != nil || reason != "key_disabled" {
		t.Errorf("the disabled key is %s, %v", reason, err)
	}
	end()
	if err := <-done; err != nil {
		t.Errorf("it ends with %v\n%s", err, log)
	}
	if !strings.Contains(log.String(), "draining") || !strings.Contains(log.String(), "stopped") {
		t.Errorf("the log does not tell the end:\n%s", log)
	}
}
