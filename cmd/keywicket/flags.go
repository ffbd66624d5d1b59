package main

import (
	"os"
	"strings"

	"github.com/urfave/cli/v3"
)

// The names of the flags.
const (
	flagListen         = "listen"
	flagGateListen     = "gate-listen"
	flagData           = "data"
	flagBaseURL        = "base-url"
	flagTrustedProxies = "trusted-proxies"
	flagMasterKeyFile  = "master-key-file"
	flagGateTokenFile  = "gate-token-file"
	flagGateAllow      = "gate-allow"
	flagLogLevel       = "log-level"
	flagLogFormat      = "log-format"
	flagDemo           = "demo"

	flagOIDCIssuer     = "oidc-issuer"
	flagOIDCClientID   = "oidc-client-id"
	flagOIDCSecretFile = "oidc-client-secret-file" //nolint:gosec // a name, not a credential
	flagOIDCName       = "oidc-name"
)

// The names of the flags about connections.
const (
	flagConnections     = "max-connections"
	flagGateConnections = "gate-max-connections"
	flagPerAddress      = "max-connections-per-address"
	flagGatePerAddress  = "gate-max-connections-per-address"
)

// The names of the flags about mail.
const (
	flagSMTPURL     = "smtp-url"
	flagSMTPURLFile = "smtp-url-file"
	flagMailFrom    = "mail-from"
)

// The secrets themselves come from the environment, never from an argument:
// arguments are seen by everybody on the machine.
const (
	envMasterKey = "KEYWICKET_MASTER_KEY"
	envGateToken = "KEYWICKET_GATE_TOKEN" //nolint:gosec // a name, not a credential
	envPassword  = "KEYWICKET_PASSWORD"   //nolint:gosec // a name, not a credential

	envOIDCSecret = "KEYWICKET_OIDC_CLIENT_SECRET" //nolint:gosec // a name, not a credential
)

// envName is the environment variable of a flag: KEYWICKET_GATE_LISTEN for
// --gate-listen.
func envName(flag string) string {
	return "KEYWICKET_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flags are the settings of every command.
func (p program) flags() []cli.Flag {
	text := func(name, value, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Value: value, Usage: usage, Sources: p.source(name)}
	}
	list := func(name, usage string) *cli.StringSliceFlag {
		return &cli.StringSliceFlag{Name: name, Usage: usage, Sources: p.source(name)}
	}
	count := func(name, usage string) *cli.IntFlag {
		return &cli.IntFlag{Name: name, Usage: usage, Sources: p.source(name)}
	}
	return []cli.Flag{
		text(flagListen, "127.0.0.1:8080", "address of the console"),
		text(flagGateListen, "127.0.0.1:8081", "address of the gate"),
		text(flagData, "data", "folder of the database and of the master key; made with mode 0700"),
		text(flagBaseURL, "", "where browsers find the console, such as https://keys.example.com; with https the cookies are Secure. Default: http:// and the console's address, localhost for 127.0.0.1"),
		list(flagTrustedProxies, "networks (CIDR) of the proxies whose client address headers are believed; none by default, for the gate loopback"),
		text(flagMasterKeyFile, "", "file of the master key, mode 0600. Default: master.key in the data folder. "+envMasterKey+" holds the key itself instead"),
		text(flagGateTokenFile, "", "file of the token that callers of the gate send as X-Keywicket-Token. "+envGateToken+" holds the token itself instead"),
		list(flagGateAllow, "networks (CIDR) that may call the gate; a gate on an address other than loopback needs this or a token"),
		text(flagSMTPURL, "", "mail server for invitations and forgotten passwords: smtp://user@mail.example.com:587, or smtps:// for TLS from the start. With a password it belongs into the variable or the file"),
		text(flagSMTPURLFile, "", "file of the mail server's address with its password, smtp://user:password@mail.example.com:587, instead of --"+flagSMTPURL),
		text(flagMailFrom, "", "sender of the mails, such as Keywicket <keys@example.com>; needed with a mail server, as is --"+flagBaseURL),
		text(flagOIDCIssuer, "", "address of an OpenID provider at which people may sign in, such as https://id.example.com"),
		text(flagOIDCClientID, "", "what the provider calls this console"),
		text(flagOIDCSecretFile, "", "file of the secret that the provider gave this console; none for a public client. "+envOIDCSecret+" holds the secret itself instead"),
		text(flagOIDCName, "single sign-on", "what people call the provider, on the log-in page"),
		count(flagConnections, "connections that the console holds at once; 0 goes by the limit of open files"),
		count(flagGateConnections, "connections that the gate holds at once; 0 goes by the limit of open files"),
		count(flagPerAddress, "of the console's, those of one address that is no trusted proxy's; 0 for 128, or a quarter where there are few"),
		count(flagGatePerAddress, "of the gate's, those of one address that is no trusted proxy's; 0 for three quarters"),
		text(flagLogLevel, "info", "debug, info, warn or error"),
		text(flagLogFormat, "text", "text or json"),
		&cli.BoolFlag{Name: flagDemo, Usage: "serve a throw-away workspace with plausible data, and print its log-in", Sources: p.source(flagDemo)},
	}
}

// envSource reads a flag from the environment of the program.
type envSource struct {
	name string
	env  func(string) (string, bool)
}

func (p program) source(flag string) cli.ValueSourceChain {
	return cli.NewValueSourceChain(envSource{name: envName(flag), env: p.env})
}

// Lookup returns the value of a variable that is set and not empty.
func (s envSource) Lookup() (string, bool) {
	v, ok := s.env(s.name)
	return v, ok && v != ""
}

func (s envSource) String() string   { return "environment variable " + s.name }
func (s envSource) GoString() string { return s.String() }

// IsFromEnv and Key let the help name the variable.
func (s envSource) IsFromEnv() bool { return true }

// Key is the variable's name.
func (s envSource) Key() string { return s.name }

// secret returns a secret from the variable itself or from the file that
// <variable>_FILE or path names; "" where there is none. One final line break
// is not part of it.
func (p program) secret(variable, path string) (string, error) {
	value, given := p.env(variable)
	if path == "" {
		path, _ = p.env(variable + "_FILE")
	}
	if given && value != "" {
		if path != "" {
			return "", refusal{
				what: variable + " and " + variable + "_FILE are both set, or a file is named by its flag.",
				do:   "Keep one of them.",
			}
		}
		return value, nil
	}
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", refusal{what: "The file with the secret cannot be read.", do: "Check the path, and that this user may read it.", cause: err}
	}
	value = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if value == "" {
		return "", refusal{what: "The file " + path + " is empty.", do: "Write the secret into it."}
	}
	return value, nil
}
