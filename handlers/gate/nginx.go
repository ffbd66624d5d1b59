package gate

// nginxDialect is nginx's auth_request with X-Original-URI, X-Original-Method
// and X-Real-IP, which the admin's configuration sets. nginx takes no denial but
// 401 and 403, and drops the response's body: the client's status is in
// X-Keywicket-Status, and its body in X-Keywicket-Body.
func nginxDialect() dialect {
	return dialect{
		path:           "/auth/nginx",
		methodHeader:   "X-Original-Method",
		uriHeader:      "X-Original-Uri",
		ipHeader:       "X-Real-Ip",
		onlyAuthStatus: true,
	}
}
