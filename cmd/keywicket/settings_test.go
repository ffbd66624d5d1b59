package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

var update = flag.Bool("update", false, "update the table of flags in docs/operating.md")

// flagsTable returns the table of flags of the operating manual.
func flagsTable() string {
	var b strings.Builder
	b.WriteString("| Flag | Variable | Default | Meaning |\n|---|---|---|---|\n")
	for _, f := range (program{env: func(string) (string, bool) { return "", false }}).flags() {
		name, usage, value := f.Names()[0], "", ""
		switch f := f.(type) {
		case *cli.StringFlag:
			usage, value = f.Usage, f.Value
		case *cli.IntFlag:
			usage, value = f.Usage, strconv.Itoa(f.Value)
		case *cli.StringSliceFlag:
			usage = f.Usage
		case *cli.BoolFlag:
			usage = f.Usage
		}
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", name, envName(name), value, usage)
	}
	return b.String()
}

func TestManualHasEveryFlag(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "operating.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), "by a test -->\n")
	_, after, ok2 := strings.Cut(rest, "<!-- /flags -->")
	if !ok1 || !ok2 {
		t.Fatal("the manual has no marks around its table of flags")
	}
	want := before + "by a test -->\n" + flagsTable() + "<!-- /flags -->" + after
	if want == string(text) {
		return
	}
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the manual's table of flags differs from the program's; run: go test ./cmd/keywicket -run TestManualHasEveryFlag -update\n%s", flagsTable())
}

// parse returns the settings of a command line in the environment env.
func parse(t *testing.T, env map[string]string, args ...string) (settings, error) {
	t.Helper()
	p := program{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}, env: func(n string) (string, bool) { v, ok := env[n]; return v, ok }}
	var got settings
	root := &cli.Command{Name: "keywicket", Flags: p.flags(), Writer: p.out, ErrWriter: p.err, Action: func(_ context.Context, c *cli.Command) (err error) {
		got, err = p.settings(c)
		return err
	}}
	p.prepare(root)
	err := root.Run(t.Context(), append([]string{"keywicket"}, args...))
	return got, err
}

func TestSettings(t *testing.T) {
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	token := "a-token-of-enough-length"
	cases := []struct {
		name string
		env  map[string]string
		args []string
		ok   func(settings) bool
	}{
		{"defaults", nil, nil, func(s settings) bool {
			return s.listen == "127.0.0.1:8080" && s.gateListen == "127.0.0.1:8081" && s.data == "data" &&
				s.baseURL == nil && len(s.trusted) == 0 && s.masterKeyFile == filepath.Join("data", "master.key")
		}},
		{"variables", map[string]string{"KEYWICKET_LISTEN": "127.0.0.1:1", "KEYWICKET_GATE_LISTEN": "127.0.0.1:2", "KEYWICKET_DATA": "/d", "KEYWICKET_BASE_URL": "https://k.example/"}, nil, func(s settings) bool {
			return s.listen == "127.0.0.1:1" && s.gateListen == "127.0.0.1:2" && s.data == "/d" && s.baseURL.String() == "https://k.example" && s.masterKeyFile == "/d/master.key"
		}},
		{"a flag wins", map[string]string{"KEYWICKET_LISTEN": "127.0.0.1:1"}, []string{"--listen", "127.0.0.1:3"}, func(s settings) bool { return s.listen == "127.0.0.1:3" }},
		{"an empty variable is none", map[string]string{"KEYWICKET_LISTEN": ""}, nil, func(s settings) bool { return s.listen == "127.0.0.1:8080" }},
		{"networks", map[string]string{"KEYWICKET_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7"}, []string{"--gate-allow", "172.16.0.0/12,fd00::/8"}, func(s settings) bool {
			return fmt.Sprint(s.trusted) == "[10.0.0.0/8 192.0.2.7/32]" && fmt.Sprint(s.gateAllow) == "[172.16.0.0/12 fd00::/8]"
		}},
		{"mapped networks", nil, []string{"--trusted-proxies", "::ffff:10.0.0.0/104,::ffff:192.0.2.7", "--gate-allow", "::ffff:10.1.0.0/112"}, func(s settings) bool {
			return fmt.Sprint(s.trusted) == "[10.0.0.0/8 192.0.2.7/32]" && fmt.Sprint(s.gateAllow) == "[10.1.0.0/16]"
		}},
		{"token itself", map[string]string{"KEYWICKET_GATE_TOKEN": token}, nil, func(s settings) bool { return s.gateToken == token }},
		{"token by variable", map[string]string{"KEYWICKET_GATE_TOKEN_FILE": file(token + "\n")}, nil, func(s settings) bool { return s.gateToken == token }},
		{"token by flag", nil, []string{"--gate-token-file", file(token)}, func(s settings) bool { return s.gateToken == token }},
		{"master key itself", map[string]string{"KEYWICKET_MASTER_KEY": "text"}, nil, func(s settings) bool { return s.masterKey == "text" }},
		{"master key file", map[string]string{"KEYWICKET_MASTER_KEY_FILE": "/k"}, nil, func(s settings) bool { return s.masterKeyFile == "/k" && s.masterKey == "" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(t, c.env, c.args...)
			if err != nil || !c.ok(s) {
				t.Errorf("settings = %+v, %v", s, err)
			}
		})
	}
}

func TestSettingsRefused(t *testing.T) {
	cases := []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"no address", nil, []string{"--listen", "8080"}, "is not an address"},
		{"one address for both", nil, []string{"--listen", "127.0.0.1:8081"}, "cannot both listen"},
		{"no network", nil, []string{"--trusted-proxies", "10.0.0.0/40"}, "is not a network"},
		{"a zone", nil, []string{"--gate-allow", "fe80::1%eth0"}, "is not a network"},
		{"all of IPv4 by accident", nil, []string{"--gate-allow", "::ffff:0:0/96"}, "contains every IPv4 address"},
		{"all of IPv4 by accident, as a proxy", nil, []string{"--trusted-proxies", "::ffff:10.0.0.0/90"}, "contains every IPv4 address"},
		{"everybody as a proxy", nil, []string{"--trusted-proxies", "10.0.0.0/8,0.0.0.0/0"}, "bypass every IP Whitelist"},
		{"everybody as a proxy, IPv6", map[string]string{"KEYWICKET_TRUSTED_PROXIES": "::/0"}, nil, "bypass every IP Whitelist"},
		{"no level", nil, []string{"--log-level", "loud"}, "is not a log level"},
		{"no format", nil, []string{"--log-format", "xml"}, "is not a log format"},
		{"base URL with a path", nil, []string{"--base-url", "https://k.example/keys"}, "is not a base URL"},
		{"base URL without a scheme", nil, []string{"--base-url", "k.example"}, "is not a base URL"},
		{"base URL with a password", nil, []string{"--base-url", "https://u:p@k.example"}, "is not a base URL"},
		{"token file missing", nil, []string{"--gate-token-file", "/nowhere/token"}, "cannot be read"},
		{"two tokens", map[string]string{"KEYWICKET_GATE_TOKEN": "x"}, []string{"--gate-token-file", "/x"}, "both"},
		{"two master keys", map[string]string{"KEYWICKET_MASTER_KEY": "x", "KEYWICKET_MASTER_KEY_FILE": "/x"}, nil, "both"},
		{"unknown flag", nil, []string{"--lisen", "x"}, "flag provided but not defined"},
		{"unexpected argument", nil, []string{"sreve"}, `Unexpected argument "sreve"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(t, c.env, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want %q", err, c.want)
			}
		})
	}
}
