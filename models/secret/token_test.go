package secret

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

func TestNewToken(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, hash, err := NewToken(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(raw) != 32 || url.PathEscape(token) != token {
			t.Errorf("the token has %d bytes, %v", len(raw), err)
		}
		if hash != HashToken(token) || len(hash) != 64 || strings.Contains(hash, token) {
			t.Errorf("the hash is %s", hash)
		}
		if seen[token] {
			t.Error("the same token twice")
		}
		seen[token] = true
	}
	if _, _, err := NewToken(strings.NewReader("short")); err == nil {
		t.Error("a short source makes a token")
	}
	if got, want := HashToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("HashToken = %s", got)
	}
}
