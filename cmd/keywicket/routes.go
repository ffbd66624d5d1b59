package main

import (
	"keywicket/handlers"
	"keywicket/handlers/gate"
)

// allRoutes returns the routes of both servers, from the tables that they serve. The access "gate" stands for a caller
// on loopback, in an allowed network or with the token.
func allRoutes() []routeLine {
	var lines []routeLine
	for _, r := range handlers.Routes(handlers.Deps{}) {
		lines = append(lines, routeLine{Server: "console", Method: r.Method, Path: r.Path, Name: r.Name, Access: r.Access.String()})
	}
	lines = append(lines, routeLine{Server: "console", Method: "GET", Path: "/static/*", Name: "static", Access: "public"})
	for _, e := range gate.Endpoints() {
		lines = append(lines, routeLine{Server: "gate", Method: e.Method, Path: e.Path, Name: e.Name, Access: e.Access})
	}
	return lines
}
