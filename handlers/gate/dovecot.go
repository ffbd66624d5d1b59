package gate

import (
	"context"
	"net/http"

	"keywicket/models"
	"keywicket/models/engine"
)

// dovecotIP is the header in which Dovecot sends the mail client's address when
// send_auth_headers is set.
const dovecotIP = "X-Dovecot-Auth-Remote"

// dovecot answers the question that Dovecot's oauth2 passdb asks with
// use_grant_password: a user name and a password, as a mail client sent them.
// It returns no token; the response names the user. Dovecot takes
// invalid_grant for a wrong password, and everything else that is no 200 for
// a fault that may pass.
func (s *Server) dovecot(_ context.Context, x *exchange, o options) {
	q, ok := x.question(o)
	if !ok {
		return
	}
	q.values.Del("client_ip") // of introspection; here the header alone counts
	if q.options.ipHeader == "" {
		q.options.ipHeader = dovecotIP
	}
	if q.options.channel == "" {
		q.options.channel = models.ChannelEmail
	}
	grant := q.field("grant_type")
	req := q.request()
	req.Username, req.Credential = q.field("username"), q.field("password")
	if q.bad || grant != "password" {
		x.invalidForm()
		return
	}
	d, ok := s.decide(x, req)
	if !ok {
		return
	}
	switch {
	case d.Allowed():
		answer := s.introspectionOf(req, d)
		answer.AccessToken = d.Key.Sid()
		x.json(http.StatusOK, "application/json", answer)
	case d.Reason == engine.RateLimited:
		x.oauthError(http.StatusTooManyRequests, "temporarily_unavailable")
	default:
		x.oauthError(http.StatusBadRequest, "invalid_grant")
	}
}
