package gate

// forwardedFor is the header of a list of addresses, to which each proxy adds
// the address that it saw.
const forwardedFor = "X-Forwarded-For"

// forwardedDialect is Traefik's ForwardAuth and Caddy's forward_auth, which send
// X-Forwarded-Uri, X-Forwarded-Method and X-Forwarded-For. Both pass the whole
// response to a denial on to the client.
func forwardedDialect() dialect {
	return dialect{
		path:         "/auth/forwarded",
		methodHeader: "X-Forwarded-Method",
		uriHeader:    "X-Forwarded-Uri",
		ipHeader:     forwardedFor,
	}
}
