package gate

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"keywicket/models"
)

// errOptions reports an endpoint address with unknown or repeated options.
var errOptions = errors.New("unknown option in the endpoint's address")

// options describe a proxy in the endpoint's address, as its admin writes it:
// /auth/nginx/channel=http/plugin=X-Plugin. They are in the path because a proxy
// may pass the client's own query on to the endpoint; Caddy does.
type options struct {
	channel      models.Channel // "" without the option
	pluginHeader string         // set by the proxy on requests of plugins; may hold the plugin's id
	bodyHeader   string         // holds the request's body, for proxies that cannot send it as one
	ipHeader     string         // holds the client's address
	api          string         // the API, by its name
	app          string
	servers      map[string]netip.AddrPort // of a mail proxy, by protocol
	limit        int64                     // of the body; 0 without the option
	operation    string                    // where a SOAP message names its API: body or action; "" for the path
}

// parseOptions reads the options that follow the endpoint's path. It returns
// errOptions for one that is not known, is repeated or has a wrong value.
func parseOptions(rest string, known ...string) (options, error) {
	o := options{}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(strings.Trim(rest, "/"), "/") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if seen[name] || !slices.Contains(known, name) || !o.set(name, value) {
			return options{}, errOptions
		}
		seen[name] = true
	}
	return o, nil
}

// optionWords returns a sentence that lists the options of an endpoint.
func optionWords(known []string) string {
	words := make([]string, len(known))
	for i, name := range known {
		words[i] = name + "="
		switch name {
		case "limit":
			words[i] += " (such as 512KiB)"
		case "smtp", "imap", "pop3":
			words[i] += " (an address and a port)"
		}
	}
	last := len(words) - 1
	return "The endpoint knows the options " + strings.Join(words[:last], ", ") + " and " + words[last] + ", each once."
}

func (o *options) set(name, value string) (ok bool) {
	if value == "" {
		return false
	}
	switch name {
	case "channel":
		o.channel, ok = channelOf(value)
	case "plugin":
		o.pluginHeader, ok = value, true
	case "body":
		o.bodyHeader, ok = value, true
	case "ip":
		o.ipHeader, ok = value, true
	case "api":
		o.api, ok = value, true
	case "app":
		o.app, ok = value, true
	case "smtp", "imap", "pop3":
		ok = o.setServer(name, value)
	case "limit":
		o.limit, ok = parseLimit(value)
	case "operation":
		o.operation, ok = value, value == "body" || value == "action"
	}
	return ok
}

// parseLimit reads how large a body may be, such as 512KiB: at most what every
// other endpoint takes.
func parseLimit(value string) (int64, bool) {
	digits, ok := strings.CutSuffix(value, "KiB")
	kib, err := strconv.ParseUint(digits, 10, 16)
	limit := int64(kib) << 10
	return limit, ok && err == nil && limit > 0 && limit <= maxAuthBody
}

// plugin reports whether the proxy calls the caller a plugin, and which one, if
// its header names a single one as plugins are named.
func (o *options) plugin(h http.Header) (caller bool, id string) {
	if o.pluginHeader == "" {
		return false, ""
	}
	values := h.Values(o.pluginHeader)
	caller = strings.Join(values, "") != ""
	if len(values) == 1 && models.IsPluginID(values[0]) {
		id = values[0]
	}
	return caller, id
}

// channelOrREST is the channel of a proxy's requests.
func (o *options) channelOrREST() models.Channel {
	if o.channel == "" {
		return models.ChannelREST
	}
	return o.channel
}
