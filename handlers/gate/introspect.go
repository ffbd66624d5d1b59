package gate

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"keywicket/models"
	"keywicket/models/engine"
)

// defaultIssuer is the iss of an answer where the configuration names none.
const defaultIssuer = "keywicket"

// introspection is the response to a question about a token. For a denied one,
// only Active is set.
type introspection struct {
	Active    bool           `json:"active"`
	Scope     string         `json:"scope,omitempty"`
	ClientID  string         `json:"client_id,omitempty"`
	Username  string         `json:"username,omitempty"`
	TokenType string         `json:"token_type,omitempty"`
	Exp       int64          `json:"exp,omitempty"`
	Iat       int64          `json:"iat,omitempty"`
	Sub       string         `json:"sub,omitempty"`
	Iss       string         `json:"iss,omitempty"`
	Jti       string         `json:"jti,omitempty"`
	Name      string         `json:"name,omitempty"`
	Channel   models.Channel `json:"channel,omitempty"`
	API       string         `json:"api,omitempty"`
	App       string         `json:"app,omitempty"`
	// AccessToken is for Dovecot, whose password grant wants one. It is the
	// Sid, which opens nothing.
	AccessToken string `json:"access_token,omitempty"`
}

// introspect answers, in the form of RFC 7662, whether a token may do what the
// question describes. The response to a decision is always 200.
func (s *Server) introspect(_ context.Context, x *exchange, o options) {
	q, ok := x.question(o)
	if !ok {
		return
	}
	req := q.request()
	req.Credential, req.Username = tokenOf(q.values["token"], q.field("username"))
	if q.bad {
		x.invalidForm()
		return
	}
	d, ok := s.decide(x, req)
	if !ok {
		return
	}
	answer := introspection{}
	if d.Allowed() {
		answer = s.introspectionOf(req, d)
	}
	x.json(http.StatusOK, "application/json", answer)
}

// tokenOf reads the token. A pair may come as user name and secret with a
// colon between them, for callers that can send a token alone.
func tokenOf(tokens []string, username string) (credential, user string) {
	credential, _ = single(tokens)
	if username != "" || strings.HasPrefix(credential, models.TokenPrefix) {
		return credential, username
	}
	if user, secret, ok := strings.Cut(credential, ":"); ok {
		return secret, user
	}
	return credential, ""
}

// introspectionOf returns the response to an allowed request. The scope is the
// channel, and the API where the request names one.
func (s *Server) introspectionOf(req engine.Request, d engine.Decision) introspection {
	sid, channel := d.Key.Sid(), req.Channel
	if channel == "" {
		channel = models.ChannelREST
	}
	a := introspection{
		Active: true, Scope: strings.TrimSpace(string(channel) + " " + apiName(d)), ClientID: d.Account().Slug,
		Username: usernameOf(req, d), TokenType: "Bearer", Iat: madeAt(sid), Sub: sid, Iss: s.issuer, Jti: sid,
		Name: d.Key.Name(), Channel: channel, API: apiName(d), App: d.App,
	}
	if at, ok := d.Key.Expires(); ok {
		a.Exp = at.Unix()
	}
	return a
}

// usernameOf is the user name of the pair that was used, in the case in which
// user names are compared. A single token has none of its own: whatever the
// caller sent with it, it is its Sid.
func usernameOf(req engine.Request, d engine.Decision) string {
	if req.Username == "" || strings.HasPrefix(req.Credential, models.TokenPrefix) {
		return d.Key.Sid()
	}
	return strings.ToLower(req.Username)
}

// madeAt returns when the key was created, in Unix seconds, from its Sid; 0 for a
// Sid that holds no time.
func madeAt(sid string) int64 {
	id, err := ulid.ParseStrict(sid)
	if err != nil {
		return 0
	}
	return ulid.Time(id.Time()).Truncate(time.Second).Unix()
}
