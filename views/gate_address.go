package views

import (
	"encoding/json"
	"strings"

	"keywicket/models"
)

// GateAddress is the address of the gate for callers, shown in examples.
type GateAddress struct {
	URL   string // http://127.0.0.1:8081
	Token bool   // callers send X-Keywicket-Token
}

// plainPath reports whether a path names exactly one call and needs no quoting
// in a shell.
func plainPath(path string) bool {
	return strings.Trim(path, "/._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// Command returns PairCommand for a key that is a pair, else VerifyCommand.
func (g GateAddress) Command(k models.Key, value string, a models.API) (string, bool) {
	if k.Pair() {
		return g.PairCommand(k, value, a)
	}
	return g.VerifyCommand(value, a)
}

// VerifyCommand returns a shell command that asks the gate about a request for
// the call, with the value of a key. It returns false if the request needs
// more: an app, or a part of the path.
func (g GateAddress) VerifyCommand(value string, a models.API) (string, bool) {
	if a.AppBound || !plainPath(a.Path) {
		return "", false
	}
	return g.verify(question{Key: value, Method: methodOf(a), Path: a.Path})
}

// PairCommand is VerifyCommand for a key that is a pair of user name and
// secret. In channels without calls, the command asks only about the sign-in.
func (g GateAddress) PairCommand(k models.Key, secret string, a models.API) (string, bool) {
	q := question{Username: k.Username, Credential: secret, Channel: string(k.Channel)}
	if k.Channel != models.ChannelFTP && k.Channel != models.ChannelEmail {
		if a.AppBound || !plainPath(a.Path) {
			return "", false
		}
		q.Method, q.Path = methodOf(a), a.Path
	}
	return g.verify(q)
}

// question is the body of a request to the gate.
type question struct {
	Key        string `json:"key,omitempty"`
	Username   string `json:"username,omitempty"`
	Credential string `json:"credential,omitempty"`
	Channel    string `json:"channel,omitempty"`
	Method     string `json:"method,omitempty"`
	Path       string `json:"path,omitempty"`
}

// methodOf returns a method that the call accepts.
func methodOf(a models.API) string {
	if a.Method == models.AnyMethod {
		return "GET"
	}
	return a.Method
}

// verify returns the command that sends q. It returns false if q cannot be
// quoted.
func (g GateAddress) verify(q question) (string, bool) {
	body, err := json.Marshal(q)
	if err != nil || strings.Contains(string(body), "'") {
		return "", false
	}
	header := ""
	if g.Token {
		header = `-H "X-Keywicket-Token: $TOKEN" `
	}
	return "curl -s " + g.URL + "/v1/verify " + header + "-d '" + string(body) + "'", true
}
