package gate

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/netaddr"
	"keywicket/models/secret"
)

// verifyAnswer is the body of POST /v1/verify.
type verifyAnswer struct {
	Allowed bool       `json:"allowed"`
	Reason  string     `json:"reason"`
	Failed  []string   `json:"failed"`
	Status  int        `json:"status"`
	Message string     `json:"message"`
	Plugin  string     `json:"plugin,omitempty"` // as the question named it
	Key     *verifyKey `json:"key"`              // null unless the credential exists
}

type verifyKey struct {
	Sid     string `json:"sid"`
	Name    string `json:"name"`
	Account string `json:"account"`
}

// verify answers a program's question with 200 and the decision, also when that is
// a denial. It answers a question that cannot be read with a problem.
func (s *Server) verify(_ context.Context, x *exchange, _ options) {
	raw, ok := x.body(maxVerifyBody)
	if !ok {
		return
	}
	q, err := parseVerify(raw)
	if err != nil {
		x.badQuestion(err)
		return
	}
	req := q.request()
	d, ok := s.decide(x, req)
	if !ok {
		return
	}
	rateHeaders(x.Header(), d)
	x.json(http.StatusOK, "application/json", verifyAnswerOf(req, d))
}

func (x *exchange) badQuestion(err error) {
	p := newProblem(http.StatusBadRequest, "bad_request", "The body must be one JSON object.")
	var bad *fieldError
	if errors.As(err, &bad) {
		p.Field, p.Detail = secret.Redact(bad.field), bad.detail // a caller may send a key as a name
	}
	x.refusal = p.Reason
	x.json(p.Status, "application/problem+json", p)
}

// request returns the engine's request for the question. The method and the path
// may be as in an HTTP request. The app is believed.
func (q verifyQuestion) request() engine.Request {
	path, err := models.CleanPath(q.path)
	return engine.Request{
		Credential:    q.key,
		Username:      q.username,
		Channel:       q.channel,
		Method:        strings.ToUpper(q.method),
		Path:          path,
		PathAmbiguous: err != nil && q.api == "" && !q.login(),
		API:           q.api,
		Login:         q.login(),
		App:           q.app,
		IP:            netaddr.Parse(q.ip),
		Plugin:        q.plugin,
		PluginID:      q.pluginID,
	}
}

// login reports whether the question is about a log-in to a file or mail server,
// and names no API.
func (q verifyQuestion) login() bool {
	return isLoginChannel(q.channel) && q.method == "" && q.path == "" && q.api == ""
}

// isLoginChannel reports whether servers of the channel ask once, at the log-in.
func isLoginChannel(c models.Channel) bool {
	return c == models.ChannelFTP || c == models.ChannelEmail
}

func verifyAnswerOf(req engine.Request, d engine.Decision) verifyAnswer {
	a := verifyAnswer{
		Allowed: d.Allowed(),
		Reason:  d.Reason.String(),
		Failed:  words(d.Failed),
		Status:  d.Reason.Status(),
		Message: message(d),
		Plugin:  req.PluginID,
	}
	if d.Key != nil {
		a.Key = &verifyKey{Sid: d.Key.Sid(), Name: d.Key.Name(), Account: d.Account().Slug}
	}
	return a
}
