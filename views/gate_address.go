package views

import (
	"encoding/json"
	"strings"

	"keywicket/models"
)

// GateAddress is where callers reach the gate, for examples on pages.
type GateAddress struct {
	URL   string // http://127.0.0.1:8081
	Token bool   // callers send X-Keywicket-Token
}

// plainPath says whether a path is one call alone and needs no quoting in a
// shell.
func plainPath(path string) bool {
	return strings.Trim(path, "/._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// VerifyCommand is the line for a terminal that asks the gate about a request
// of the key with this value for a call. False for a call whose request needs
// more: an app, or a part of the path.
func (g GateAddress) VerifyCommand(value string, a models.API) (string, bool) {
	if a.AppBound || !plainPath(a.Path) {
		return "", false
	}
	method := a.Method
	if method == models.AnyMethod {
		method = "GET"
	}
	body, err := json.Marshal(struct {
		Key    string `json:"key"`
		Method string `json:"method"`
		Path   string `json:"path"`
	}{value, method, a.Path})
	if err != nil || strings.Contains(string(body), "'") {
		return "", false
	}
	header := ""
	if g.Token {
		header = `-H "X-Keywicket-Token: $TOKEN" `
	}
	return "curl -s " + g.URL + "/v1/verify " + header + "-d '" + string(body) + "'", true
}
