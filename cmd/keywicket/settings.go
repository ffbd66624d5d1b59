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

// settings are the checked values of all flags.
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
	sso                sso.Config  // without an Issuer: none
	mail               mail.Sender // nil: none
	links              string      // base URL of links that are handed on; "": as browsers find the console
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
		return s, refusal{what: fmt.Sprintf("Console and gate are both to listen on %s.", s.listen), do: "Give --" + flagListen + " and --" + flagGateListen + " an address each."}
	}
	var err error
	if s.log, err = newLog(p.err, cmd.String(flagLogLevel), cmd.String(flagLogFormat)); err != nil {
		return s, err
	}
	for flag, address := range map[string]string{flagListen: s.listen, flagGateListen: s.gateListen} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return s, refusal{what: fmt.Sprintf("--%s %q is no address.", flag, address), do: "Write host:port, such as 127.0.0.1:8080.", cause: err}
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
			return s, refusal{what: envMasterKey + " and --" + flagMasterKeyFile + " are both given.", do: "Keep one of them."}
		}
		s.masterKey = key
	}
	if s.masterKeyFile == "" {
		s.masterKeyFile = filepath.Join(s.data, "master.key")
	}
	return s, nil
}

// mailSettings makes the sender of mails, or nil where none is configured.
func (p program) mailSettings(cmd *cli.Command, s settings) (mail.Sender, error) {
	address, from := cmd.String(flagSMTPURL), cmd.String(flagMailFrom)
	if file := cmd.String(flagSMTPURLFile); file != "" {
		if address != "" {
			return nil, refusal{what: "--" + flagSMTPURL + " and --" + flagSMTPURLFile + " are both given.", do: "Keep one of them."}
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
		return nil, refusal{what: "A mail server is given without --" + flagMailFrom + ".", do: "Say from which address the mails are, such as keys@example.com."}
	case s.links == "":
		return nil, refusal{what: "A mail server is given without --" + flagBaseURL + ".", do: "Say where browsers find the console: the mails hold links to it."}
	}
	sender, err := mail.New(address, from)
	switch {
	case errors.Is(err, mail.ErrFrom):
		return nil, refusal{what: fmt.Sprintf("--%s %q is no sender.", flagMailFrom, from), do: "Write keys@example.com, or Keywicket <keys@example.com>."}
	case err != nil:
		return nil, refusal{what: "The mail server's address cannot be read.", do: "Write smtp://user:password@mail.example.com:587, with special characters of the password percent-encoded."}
	}
	p.warnOfPassword(cmd, s)
	return sender, nil
}

// warnOfPassword says so when the mail server's password stands in the
// arguments, which everybody on the machine can read.
func (p program) warnOfPassword(cmd *cli.Command, s settings) {
	given := cmd.String(flagSMTPURL)
	if fromEnv, _ := p.env(envName(flagSMTPURL)); given == "" || given == fromEnv {
		return
	}
	if u, err := url.Parse(given); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			s.log.Warn("everybody on this machine can read the mail server's password in the arguments: put the address into " + envName(flagSMTPURL) + " or a file instead")
		}
	}
}

// ssoSettings reads what is said about an OpenID provider.
func (p program) ssoSettings(cmd *cli.Command) (sso.Config, error) {
	c := sso.Config{Issuer: cmd.String(flagOIDCIssuer), ClientID: cmd.String(flagOIDCClientID), Name: strings.TrimSpace(cmd.String(flagOIDCName))}
	if c.Issuer == "" {
		if c.ClientID != "" {
			return c, refusal{what: "--" + flagOIDCClientID + " is given without --" + flagOIDCIssuer + ".", do: "Name the provider's address too."}
		}
		return c, nil
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && (u.Scheme != "http" || !onLoopback(u.Host))) {
		return c, refusal{
			what: fmt.Sprintf("--%s %q is no address of an OpenID provider.", flagOIDCIssuer, c.Issuer),
			do:   "Write it as the provider itself names it, such as https://id.example.com; plain http is for loopback alone.", cause: err,
		}
	}
	if c.ClientID == "" {
		return c, refusal{what: "--" + flagOIDCIssuer + " is given without --" + flagOIDCClientID + ".", do: "Register this console at the provider, and name the id that it gets there."}
	}
	if c.Name == "" {
		return c, refusal{what: "--" + flagOIDCName + " is empty.", do: "Say what people call the provider."}
	}
	c.ClientSecret, err = p.secret(envOIDCSecret, cmd.String(flagOIDCSecretFile))
	return c, err
}

// connections reads how many connections the listeners hold, and refuses more
// than there are files for.
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
			return refusal{what: fmt.Sprintf("--%s %d is negative.", n.flag, asked), do: "Give a number of connections, or 0 for the default."}
		case asked > 0:
			*n.to = asked
		}
	}
	if all := s.consoleConns.All + s.gateConns.All; all > conns.Room(files) {
		return refusal{
			what: fmt.Sprintf("%d connections are more than this process has files for: it may open %d, and needs some for the database.", all, files),
			do:   fmt.Sprintf("Lower --%s and --%s to %d together, or raise the limit of open files (ulimit -n, LimitNOFILE).", flagConnections, flagGateConnections, conns.Room(files)),
		}
	}
	s.consoleConns.Exempt = s.trusted
	s.gateConns.Exempt = append(netaddr.Loopback(), s.trusted...)
	return nil
}

// newLog makes the log: text or JSON lines, from the level on, made safe by
// logs.NewHandler.
func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, refusal{what: fmt.Sprintf("--%s %q is no level.", flagLogLevel, level), do: "Use debug, info, warn or error."}
	}
	opts := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(logs.NewHandler(slog.NewTextHandler(w, opts))), nil
	case "json":
		return slog.New(logs.NewHandler(slog.NewJSONHandler(w, opts))), nil
	default:
		return nil, refusal{what: fmt.Sprintf("--%s %q is no format.", flagLogFormat, format), do: "Use text or json."}
	}
}

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
	return nil, refusal{what: fmt.Sprintf("--%s %q is no base URL.", flagBaseURL, s), do: "Write scheme and host only, such as https://keys.example.com."}
}

// proxies parses the networks of proxies, and refuses everybody as one.
func proxies(values []string) ([]netip.Prefix, error) {
	all, err := networks(flagTrustedProxies, values)
	for _, n := range all {
		if n.Bits() == 0 {
			return nil, refusal{
				what: fmt.Sprintf("--%s %s would let every caller say which address it comes from, and so walk around every IP Whitelist.", flagTrustedProxies, n),
				do:   "Name the addresses of your own proxies only.",
			}
		}
	}
	return all, err
}

// networks parses networks as netaddr.ParseNetwork does; empty values are none.
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
			return nil, refusal{what: fmt.Sprintf("--%s %s holds every IPv4 address.", flag, v), do: "Write the IPv4 network that you mean, such as 10.0.0.0/8."}
		case err != nil:
			return nil, refusal{what: fmt.Sprintf("--%s %q is no network.", flag, v), do: "Write networks such as 10.0.0.0/8, separated by commas."}
		}
		all = append(all, n)
	}
	return all, nil
}

// addressURL is the http:// address at which this machine reaches a listener;
// an unspecified host is reached through loopback.
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

// browserURL is the base URL of a console that nobody gave one: at loopback by
// its name, for browsers make passkeys for names alone.
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
