package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// The race detector sees the whole program inside the process of the test: set up, create a key, ask the gate, change
// the key, end.
func TestServeInProcess(t *testing.T) {
	console, gate, out := serveHere(t, "--data", filepath.Join(t.TempDir(), "data"))
	_, link, _ := strings.Cut(out.String(), "/setup/")
	b := newBrowser(t, console)
	account := b.setUp(console + "/setup/" + strings.TrimSpace(link))
	made := b.submit(b.get(account+"/keys"), account+"/keys", nil)
	value := keyValue.FindString(made.body)
	// The console's answer is here, so the gate knows the key.
	if reason, err := verify(t.Context(), http.DefaultClient, gate, value); err != nil || reason != "allowed" {
		t.Errorf("the new key is %s, %v", reason, err)
	}
	details := b.get(account+"/keys").Find(`a[href^="`+account+`/keys/0"]`).First().AttrOr("href", "")
	b.submit(b.get(details), details+"/status", nil)
	if reason, err := verify(t.Context(), http.DefaultClient, gate, value); err != nil || reason != "key_disabled" {
		t.Errorf("the disabled key is %s, %v", reason, err)
	}
}
