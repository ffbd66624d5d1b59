package main

import (
	"keywicket/handlers"
)

// allRoutes lists both servers' routes. The console's come from the very table
// that it serves.
func allRoutes() []routeLine {
	var lines []routeLine
	for _, r := range handlers.Routes(handlers.Deps{}) {
		lines = append(lines, routeLine{Server: "console", Method: r.Method, Path: r.Path, Name: r.Name, Access: r.Access.String()})
	}
	lines = append(lines, routeLine{Server: "console", Method: "GET", Path: "/static/*", Name: "static", Access: "public"})
	return append(lines, gateRoutes()...)
}

// gateRoutes are the gate's endpoints. "gate" means whoever the gate lets ask:
// loopback, the allowed networks, holders of the token.
func gateRoutes() []routeLine {
	line := func(method, path, name, access string) routeLine {
		return routeLine{Server: "gate", Method: method, Path: path, Name: name, Access: access}
	}
	return []routeLine{
		line("POST", "/v1/verify", "verify", "gate"),
		line("ANY", "/auth/nginx", "auth.nginx", "gate"),
		line("ANY", "/auth/forwarded", "auth.forwarded", "gate"),
		line("ANY", "/auth/mail", "auth.mail", "gate"),
		line("ANY", "/auth/soap", "auth.soap", "gate"),
		line("POST", "/auth/sftpgo/password", "auth.sftpgo.password", "gate"),
		line("POST", "/auth/sftpgo/user", "auth.sftpgo.user", "gate"),
		line("GET", "/healthz", "health", "public"),
		line("GET", "/readyz", "ready", "public"),
	}
}
