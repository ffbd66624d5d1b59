package gate

// haproxyDialect is HAProxy with the Lua script of deploy/haproxy, which sends
// what nginx sends, and gives the whole answer to a denial to the client.
func haproxyDialect() dialect {
	return dialect{
		path:         "/auth/haproxy",
		methodHeader: "X-Original-Method",
		uriHeader:    "X-Original-Uri",
		clientIP:     realIP,
	}
}
