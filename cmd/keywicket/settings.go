package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"keywicket/models/logs"
	"keywicket/models/netaddr"
	"keywicket/web/conns"
	"keywicket/web/mail"
	"keywicket/web/sso"
)

// settings holds the checked values of all flags.
type settings struct {
	listen, gateListen string
	data               string
	baseURL            *url.URL // nil: http:// and the console's address
	trusted            []netip.Prefix
	gateAllow          []netip.Prefix
	gateToken          string
	masterKeyFile      string
	masterKey          string // the keyring itself, from the environment
	demo               bool
	sso                sso.Config  // no Issuer: no single sign-on
	mail               mail.Sender // nil: no mail server
	links              string      // base URL of links in mail; "" where none is set
	log                *slog.Logger

	consoleConns, gateConns conns.Limits
}

// settings reads and checks the flags of cmd.
func (p program) settings(cmd *cli.Command) (settings, error) {
	s := settings{
		listen: cmd.String(flagListen), gateListen: cmd.String(flagGateListen),
		data: cmd.String(flagData), masterKeyFile: cmd.String(flagMasterKeyFile),
		demo: cmd.Bool(flagDemo),
	}
	if _, port, _ := net.SplitHostPort(s.listen); s.listen == s.gateListen && port != "0" {
		return s, userError{what: fmt.Sprintf("The console and the gate cannot both listen on %s.", s.listen), do: "Set --" + flagListen + " and --" + flagGateListen + " to different addresses."}
	}
	var err error
	if s.log, err = newLog(p.err, cmd.String(flagLogLevel), cmd.String(flagLogFormat)); err != nil {
		return s, err
	}
	for flag, address := range map[string]string{flagListen: s.listen, flagGateListen: s.gateListen} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return s, userError{what: fmt.Sprintf("--%s %q is not an address.", flag, address), do: "Use host:port, such as 127.0.0.1:8080.", cause: err}
		}
	}
	if s.baseURL, err = parseBaseURL(cmd.String(flagBaseURL)); err != nil {
		return s, err
	}
	if s.trusted, err = proxies(cmd.StringSlice(flagTrustedProxies)); err != nil {
		return s, err
	}
	if s.gateAllow, err = networks(flagGateAllow, cmd.StringSlice(flagGateAllow)); err != nil {
		return s, err
	}
	if err := s.connections(cmd, conns.Files()); err != nil {
		return s, err
	}
	if s.gateToken, err = p.secret(envGateToken, cmd.String(flagGateTokenFile)); err != nil {
		return s, err
	}
	if s.baseURL != nil {
		s.links = s.baseURL.String()
	}
	if s.mail, err = p.mailSettings(cmd, s); err != nil {
		return s, err
	}
	if s.sso, err = p.ssoSettings(cmd); err != nil {
		return s, err
	}
	if key, ok := p.env(envMasterKey); ok && key != "" {
		if s.masterKeyFile != "" {
			return s, userError{what: envMasterKey + " and --" + flagMasterKeyFile + " are both set.", do: "Set only one of them."}
		}
		s.masterKey = key
	}
	if s.masterKeyFile == "" {
		s.masterKeyFile = filepath.Join(s.data, "master.key")
	}
	return s, nil
}

// mailSettings returns the sender of mail, or nil if no mail server is set.
func (p program) mailSettings(cmd *cli.Command, s settings) (mail.Sender, error) {
	address, from := cmd.String(flagSMTPURL), cmd.String(flagMailFrom)
	if file := cmd.String(flagSMTPURLFile); file != "" {
		if address != "" {
			return nil, userError{what: "--" + flagSMTPURL + " and --" + flagSMTPURLFile + " are both set.", do: "Set only one of them."}
		}
		var err error
		if address, err = p.secret("", file); err != nil {
			return nil, err
		}
	}
	switch {
	case address == "":
		return nil, nil //nolint:nilnil // no mail is a setting, not an error
	case from == "":
		return nil, userError{what: "A mail server requires --" + flagMailFrom + ".", do: "Set it to the sender's address, such as keys@example.com."}
	case s.links == "":
		return nil, userError{what: "A mail server requires --" + flagBaseURL + ".", do: "Set it to the URL of the console: mail contains links to it."}
	}
	sender, err := mail.New(address, from)
	switch {
	case errors.Is(err, mail.ErrFrom):
		return nil, userError{what: fmt.Sprintf("--%s %q is not a sender.", flagMailFrom, from), do: "Use keys@example.com or Keywicket <keys@example.com>."}
	case err != nil:
		return nil, userError{what: "The URL of the mail server is invalid.", do: "Use smtp://user:password@mail.example.com:587, with special characters of the password percent-encoded."}
	}
	p.warnPassword(cmd, s)
	return sender, nil
}

// warnPassword logs a warning if the arguments contain the password of the mail server.
func (p program) warnPassword(cmd *cli.Command, s settings) {
	given := cmd.String(flagSMTPURL)
	if fromEnv, _ := p.env(envName(flagSMTPURL)); given == "" || given == fromEnv {
		return
	}
	if u, err := url.Parse(given); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			s.log.Warn("every user of this machine can read the mail server's password in the arguments: use " + envName(flagSMTPURL) + " or a file instead")
		}
	}
}

// ssoSettings returns the settings of the OpenID provider, without an Issuer if none is set.
func (p program) ssoSettings(cmd *cli.Command) (sso.Config, error) {
	c := sso.Config{Issuer: cmd.String(flagOIDCIssuer), ClientID: cmd.String(flagOIDCClientID), Name: strings.TrimSpace(cmd.String(flagOIDCName))}
	if c.Issuer == "" {
		if c.ClientID != "" {
			return c, userError{what: "--" + flagOIDCClientID + " requires --" + flagOIDCIssuer + ".", do: "Set the issuer URL of the provider too."}
		}
		return c, nil
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && (u.Scheme != "http" || !onLoopback(u.Host))) {
		return c, userError{
			what: fmt.Sprintf("--%s %q is not an issuer URL.", flagOIDCIssuer, c.Issuer),
			do:   "Use the provider's own issuer URL, such as https://id.example.com. Plain http is for loopback only.", cause: err,
		}
	}
	if c.ClientID == "" {
		return c, userError{what: "--" + flagOIDCIssuer + " requires --" + flagOIDCClientID + ".", do: "Register this console at the provider, and set the client ID that you get."}
	}
	if c.Name == "" {
		return c, userError{what: "--" + flagOIDCName + " is empty.", do: "Set the provider's name."}
	}
	c.ClientSecret, err = p.secret(envOIDCSecret, cmd.String(flagOIDCSecretFile))
	return c, err
}

// connections sets how many connections the listeners accept at once. It returns an error if the limit of open files is
// too low for them.
func (s *settings) connections(cmd *cli.Command, files int) error {
	s.consoleConns, s.gateConns = conns.Defaults(files)
	for _, n := range []struct {
		flag string
		to   *int
	}{
		{flagConnections, &s.consoleConns.All}, {flagGateConnections, &s.gateConns.All},
		{flagPerAddress, &s.consoleConns.PerClient}, {flagGatePerAddress, &s.gateConns.PerClient},
	} {
		switch asked := cmd.Int(n.flag); {
		case asked < 0:
			return userError{what: fmt.Sprintf("--%s %d is negative.", n.flag, asked), do: "Use a number of connections, or 0 for the default."}
		case asked > 0:
			*n.to = asked
		}
	}
	if all := s.consoleConns.All + s.gateConns.All; all > conns.Room(files) {
		return userError{
			what: fmt.Sprintf("%d connections are too many for the limit of %d open files, some of which the database needs.", all, files),
			do:   fmt.Sprintf("Lower --%s and --%s to %d in total, or raise the limit of open files (ulimit -n, LimitNOFILE).", flagConnections, flagGateConnections, conns.Room(files)),
		}
	}
	s.consoleConns.Exempt = s.trusted
	s.gateConns.Exempt = append(netaddr.Loopback(), s.trusted...)
	return nil
}

// newLog returns a log of text or JSON lines. logs.NewHandler masks the secrets in them.
func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, userError{what: fmt.Sprintf("--%s %q is not a log level.", flagLogLevel, level), do: "Use debug, info, warn or error."}
	}
	opts := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(logs.NewHandler(slog.NewTextHandler(w, opts))), nil
	case "json":
		return slog.New(logs.NewHandler(slog.NewJSONHandler(w, opts))), nil
	default:
		return nil, userError{what: fmt.Sprintf("--%s %q is not a log format.", flagLogFormat, format), do: "Use text or json."}
	}
}

// parseBaseURL returns a base URL without a path, or nil for "".
func parseBaseURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // no base URL is a setting, not an error
	}
	u, err := url.Parse(s)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" {
		u.Path = ""
		return u, nil
	}
	return nil, userError{what: fmt.Sprintf("--%s %q is not a base URL.", flagBaseURL, s), do: "Use scheme and host only, such as https://keys.example.com."}
}

// proxies parses the networks of trusted proxies. It returns an error if one of them is the whole Internet.
func proxies(values []string) ([]netip.Prefix, error) {
	all, err := networks(flagTrustedProxies, values)
	for _, n := range all {
		if n.Bits() == 0 {
			return nil, userError{
				what: fmt.Sprintf("--%s %s would let every caller choose its client address and so bypass every IP Whitelist.", flagTrustedProxies, n),
				do:   "List only the addresses of your own proxies.",
			}
		}
	}
	return all, err
}

// networks parses values as netaddr.ParseNetwork does. It ignores empty values.
func networks(flag string, values []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, v := range values {
		v = strings.TrimSpace(v)
		if v == "" {
			continue
		}
		n, err := netaddr.ParseNetwork(v)
		switch {
		case errors.Is(err, netaddr.ErrMapped):
			return nil, userError{what: fmt.Sprintf("--%s %s contains every IPv4 address.", flag, v), do: "Use the IPv4 network that you mean, such as 10.0.0.0/8."}
		case err != nil:
			return nil, userError{what: fmt.Sprintf("--%s %q is not a network.", flag, v), do: "Use networks such as 10.0.0.0/8, separated by commas."}
		}
		all = append(all, n)
	}
	return all, nil
}

// addressURL returns the URL at which this machine reaches a listener. An unspecified host is reached through
// loopback.
func addressURL(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "http://" + address
	}
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
		if err == nil && ip.Is6() {
			host = "::1"
		}
	}
	return "http://" + net.JoinHostPort(host, port)
}

// browserURL returns the default base URL of a console. It uses the name localhost for 127.0.0.1, because browsers
// create passkeys for names only.
func browserURL(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && host == "127.0.0.1" {
		return "http://" + net.JoinHostPort("localhost", port)
	}
	return addressURL(address)
}

// onLoopback reports whether only this machine reaches the address.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
