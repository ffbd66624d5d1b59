package gate

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/netaddr"
)

// oauthQuestion is what an OAuth client asks: a form, and the options in the
// endpoint's address.
type oauthQuestion struct {
	header  http.Header
	values  url.Values
	options options
	bad     bool // something that nobody can read, or that two programs could read in two ways
}

// oauthOptions are the options of the endpoints for OAuth clients.
func oauthOptions() []string { return []string{"channel", "api", "app", "ip"} }

// question reads the form that an OAuth client sends. It returns false when it
// cannot, and has answered.
func (x *exchange) question(o options) (*oauthQuestion, bool) {
	raw, ok := x.body(maxVerifyBody)
	if !ok {
		return nil, false
	}
	values, err := parseQuery(string(raw))
	if err != nil {
		x.invalidForm()
		return nil, false
	}
	return &oauthQuestion{header: x.r.Header, values: values, options: o}, true
}

// invalidForm answers a form that cannot be read.
func (x *exchange) invalidForm() { x.oauthError(http.StatusBadRequest, "invalid_request") }

// oauthError answers with one of OAuth's words.
func (x *exchange) oauthError(status int, word string) {
	x.refusal = word
	x.json(status, "application/json", struct {
		Error string `json:"error"`
	}{word})
}

// field returns a parameter that may be there once.
func (q *oauthQuestion) field(name string) string {
	switch values := q.values[name]; len(values) {
	case 0:
		return ""
	case 1:
		return values[0]
	}
	q.bad = true
	return ""
}

// or returns the option of the endpoint's address, and the parameter where there
// is no option.
func (q *oauthQuestion) or(option, name string) string {
	said := q.field(name)
	if option != "" {
		return option
	}
	return said
}

// request returns the request to judge, without the credential. A question that
// names no API is a log-in to the engine.
func (q *oauthQuestion) request() engine.Request {
	req := engine.Request{
		Channel: q.channel(), API: q.or(q.options.api, "api"), App: q.or(q.options.app, "app"),
		Method: strings.ToUpper(q.field("method")), IP: q.clientIP(),
	}
	path := q.field("path")
	if req.Login = req.API == "" && req.Method == "" && path == ""; req.Login {
		return req
	}
	clean, err := models.CleanPath(path)
	req.Path, req.PathAmbiguous = clean, err != nil && req.API == ""
	return req
}

func (q *oauthQuestion) channel() models.Channel {
	channel, ok := channelOf(q.or(string(q.options.channel), "channel"))
	q.bad = q.bad || !ok
	return channel
}

// clientIP reads the header that the option names, and otherwise the
// parameter. Anything but an address is unknown.
func (q *oauthQuestion) clientIP() netip.Addr {
	said := q.field("client_ip")
	if q.options.ipHeader != "" {
		said, _ = single(q.header.Values(q.options.ipHeader))
		if host, _, err := net.SplitHostPort(said); err == nil {
			said = host
		}
	}
	return netaddr.Parse(said)
}
