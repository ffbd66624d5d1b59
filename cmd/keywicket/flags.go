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

// The variables of secrets. A secret is never an argument, which every user of the machine can read.
const (
	envMasterKey = "KEYWICKET_MASTER_KEY"
	envGateToken = "KEYWICKET_GATE_TOKEN" //nolint:gosec // a name, not a credential
	envPassword  = "KEYWICKET_PASSWORD"   //nolint:gosec // a name, not a credential

	envOIDCSecret = "KEYWICKET_OIDC_CLIENT_SECRET" //nolint:gosec // a name, not a credential
)

// envName returns the environment variable of a flag: KEYWICKET_GATE_LISTEN for --gate-listen.
func envName(flag string) string {
	return "KEYWICKET_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flags returns the flags that every command accepts.
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
		text(flagListen, "127.0.0.1:8080", "address on which the console listens"),
		text(flagGateListen, "127.0.0.1:8081", "address on which the gate listens"),
		text(flagData, "data", "data folder, with the database and the master key; created with mode 0700"),
		text(flagBaseURL, "", "URL of the console in browsers, such as https://keys.example.com; https makes cookies Secure. Default: http:// and the console's address, with localhost for 127.0.0.1"),
		list(flagTrustedProxies, "networks (CIDR) of proxies whose client address headers are trusted. Default: none for the console, loopback for the gate"),
		text(flagMasterKeyFile, "", "file with the master key, mode 0600. Default: master.key in the data folder. Or set "+envMasterKey+" to the key itself"),
		text(flagGateTokenFile, "", "file with the token that callers of the gate send as X-Keywicket-Token. Or set "+envGateToken+" to the token itself"),
		list(flagGateAllow, "networks (CIDR) that may call the gate. A gate that does not listen on loopback requires this or a token"),
		text(flagSMTPURL, "", "mail server for invitations and password resets: smtp://user@mail.example.com:587, or smtps:// for implicit TLS. If it contains a password, use the variable or a file"),
		text(flagSMTPURLFile, "", "file with the mail server's URL and its password, smtp://user:password@mail.example.com:587; replaces --"+flagSMTPURL),
		text(flagMailFrom, "", "sender of mail, such as Keywicket <keys@example.com>; required with a mail server, as is --"+flagBaseURL),
		text(flagOIDCIssuer, "", "issuer URL of an OpenID provider for single sign-on, such as https://id.example.com"),
		text(flagOIDCClientID, "", "client ID of this console at the provider"),
		text(flagOIDCSecretFile, "", "file with the client secret; omit it for a public client. Or set "+envOIDCSecret+" to the secret itself"),
		text(flagOIDCName, "single sign-on", "name of the provider on the sign-in page"),
		count(flagConnections, "maximum number of open connections to the console; 0 derives it from the limit of open files"),
		count(flagGateConnections, "maximum number of open connections to the gate; 0 derives it from the limit of open files"),
		count(flagPerAddress, "maximum number of open connections to the console from one address, except trusted proxies; 0 stands for 128, or a quarter of all if that is less"),
		count(flagGatePerAddress, "maximum number of open connections to the gate from one address, except loopback and trusted proxies; 0 stands for three quarters of all"),
		text(flagLogLevel, "info", "minimum level of the log: debug, info, warn or error"),
		text(flagLogFormat, "text", "format of the log: text or json"),
		&cli.BoolFlag{Name: flagDemo, Usage: "serve a temporary sample workspace and print how to sign in", Sources: p.source(flagDemo)},
	}
}

// envSource reads the value of a flag from the program's environment.
type envSource struct {
	name string
	env  func(string) (string, bool)
}

// source returns the environment variable of a flag as the source of its value.
func (p program) source(flag string) cli.ValueSourceChain {
	return cli.NewValueSourceChain(envSource{name: envName(flag), env: p.env})
}

// Lookup returns the variable's value, and whether it is set and not empty.
func (s envSource) Lookup() (string, bool) {
	v, ok := s.env(s.name)
	return v, ok && v != ""
}

func (s envSource) String() string   { return "environment variable " + s.name }
func (s envSource) GoString() string { return s.String() }

// IsFromEnv reports true, so that the help names the variable.
func (s envSource) IsFromEnv() bool { return true }

// Key returns the variable's name, for the help.
func (s envSource) Key() string { return s.name }

// secret returns a secret from the variable, or from the file that path or <variable>_FILE names. It returns "" if
// neither is set, and an error if both are. One final line break of the file is not part of the secret.
func (p program) secret(variable, path string) (string, error) {
	value, given := p.env(variable)
	if path == "" {
		path, _ = p.env(variable + "_FILE")
	}
	if given && value != "" {
		if path != "" {
			return "", userError{
				what: variable + " and a file for it are both set.",
				do:   "Set only one of them.",
			}
		}
		return value, nil
	}
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", userError{what: "The file with the secret cannot be read.", do: "Check its path and permissions.", cause: err}
	}
	value = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if value == "" {
		return "", userError{what: "The file " + path + " is empty.", do: "Write the secret to it."}
	}
	return value, nil
}
