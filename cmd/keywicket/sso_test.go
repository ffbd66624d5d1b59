package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettingsOfAnOpenIDProvider(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := []string{"--oidc-issuer", "https://id.example.com/realm", "--oidc-client-id", "keywicket"}
	for name, tc := range map[string]struct {
		env    map[string]string
		args   []string
		secret string
		wrong  string
	}{
		"none":                     {nil, nil, "", ""},
		"a public client":          {nil, full, "", ""},
		"a secret in a file":       {nil, append([]string{"--oidc-client-secret-file", file}, full...), "from a file", ""},
		"a secret in a variable":   {map[string]string{"KEYWICKET_OIDC_CLIENT_SECRET": "itself"}, full, "itself", ""},
		"on loopback":              {nil, []string{"--oidc-issuer", "http://127.0.0.1:9000", "--oidc-client-id", "k"}, "", ""},
		"a client alone":           {nil, []string{"--oidc-client-id", "k"}, "", "--oidc-issuer"},
		"no client":                {nil, full[:2], "", "--oidc-client-id"},
		"no name":                  {nil, append([]string{"--oidc-name", " "}, full...), "", "--oidc-name"},
		"plain http":               {nil, []string{"--oidc-issuer", "http://id.example.com", "--oidc-client-id", "k"}, "", "is not an issuer URL"},
		"no address":               {nil, []string{"--oidc-issuer", "id.example.com", "--oidc-client-id", "k"}, "", "is not an issuer URL"},
		"a secret given two times": {map[string]string{"KEYWICKET_OIDC_CLIENT_SECRET": "itself"}, append([]string{"--oidc-client-secret-file", file}, full...), "", "both set"},
	} {
		s, err := parse(t, tc.env, tc.args...)
		if tc.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tc.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || s.sso.ClientSecret != tc.secret {
			t.Errorf("%s: %q %v", name, s.sso.ClientSecret, err)
		}
		if len(tc.args) == 0 && s.provider() != nil {
			t.Errorf("%s: a provider", name)
		}
	}
}
