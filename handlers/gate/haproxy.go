package gate

// haproxyDialect is HAProxy with the Lua script of deploy/haproxy. It sends what
// nginx sends, and passes the whole response to a denial on to the client.
func haproxyDialect() dialect {
	d := nginxDialect()
	d.path, d.onlyAuthStatus = "/auth/haproxy", false
	return d
}
