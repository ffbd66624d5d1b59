package gate

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/turns"
)

// Limits of reading SOAP messages.
const (
	defaultSOAPBody = int64(128 << 10) // where the endpoint has no option limit=
	parsesWaiting   = 256
	parseWait       = 2 * time.Second
)

// newParses returns the turns of reading envelopes, on half of the processors.
func newParses() *turns.Turns { return turns.New(runtime.GOMAXPROCS(0)/2, parsesWaiting) }

// soapDialect is nginx in front of a Web Service. It describes the request as in
// nginxDialect, and sends the body too.
func soapDialect() dialect {
	d := nginxDialect()
	d.path = "/auth/soap"
	return d
}

// soapMessage is a client's request as the gate reads it.
type soapMessage struct {
	soap   bool // the client speaks SOAP, in the version of the envelope
	soap12 bool
	unread bool // the headers have a token that no key has, so nobody read the message
	envelope
}

// soap answers a proxy's question about a request to a Web Service: the
// credential is in the envelope, or in a header as for any other request.
func (s *Server) soap(ctx context.Context, x *exchange, opts options) {
	orig, ok := s.describe(ctx, x, soapDialect())
	if !ok {
		return
	}
	m, err := s.readSOAP(ctx, x, orig, opts)
	switch {
	case errors.Is(err, turns.ErrBusy):
		x.busy()
		return
	case err != nil:
		x.soapUnreadable(m, err)
		return
	}
	req := soapRequest(x.r, orig, opts, m)
	req.Dry = m.unread
	decision, ok := s.decide(x, req)
	switch {
	case !ok:
		return
	case decision.Allowed() && m.unread: // the key was made this very moment
		x.busy()
		return
	case decision.Allowed():
		x.allow(decision)
		return
	}
	x.soapDenied(decision, m, s.bodies(decision))
}

// readSOAP reads the body. A request without one, such as that for the WSDL,
// is no SOAP message, and one whose headers have a token that no key has is
// denied whatever its message says, so nobody reads it.
func (s *Server) readSOAP(ctx context.Context, x *exchange, orig original, opts options) (soapMessage, error) {
	limit := cmp.Or(opts.limit, defaultSOAPBody)
	body, err := readAtMost(x.r, limit)
	kind, _, soap := soapType(x.r.Header)
	m := soapMessage{soap: soap, soap12: kind == "application/soap+xml"}
	switch {
	case errors.Is(err, errBodyTooLarge):
		return m, envelopeError(fmt.Sprintf("The body may hold %d KiB.", limit>>10))
	case err != nil:
		return m, envelopeError("The body did not arrive.")
	case len(body) == 0:
		m.soap = false
		return m, nil
	case !soap:
		return m, envelopeError("The body must be text/xml or application/soap+xml in UTF-8, and not compressed.")
	case s.unknownToken(x.r, orig, opts):
		m.unread = true
		return m, nil
	}
	m.envelope, err = s.parse(ctx, orig.ip, body)
	if !errors.Is(err, errNoEnvelope) && !errors.Is(err, turns.ErrBusy) {
		m.soap12 = m.envelope.soap12
	}
	return m, err
}

// unknownToken reports whether the headers have a token that leads to no key.
func (s *Server) unknownToken(r *http.Request, orig original, opts options) bool {
	req := authRequest(r, orig, opts)
	req.Dry, req.Login = true, true
	return strings.HasPrefix(req.Credential, models.TokenPrefix) && s.engine.Decide(req).Key == nil
}

// parse reads an envelope when it is the client's turn: reading XML takes a
// hundred times as long as a decision, and an unauthenticated client must not keep
// the processors from the decisions of others.
func (s *Server) parse(ctx context.Context, from netip.Addr, body []byte) (envelope, error) {
	ctx, cancel := context.WithTimeout(turns.WithClient(ctx, from, turns.Fresh), parseWait)
	defer cancel()
	leave, err := s.parses.Enter(ctx)
	if err != nil {
		return envelope{}, turns.ErrBusy
	}
	defer leave()
	return readEnvelope(body)
}

// soapType reads the media type of a body that every upstream reads as the
// same XML.
func soapType(h http.Header) (kind, action string, ok bool) {
	types := h.Values("Content-Type")
	if len(types) != 1 || len(h.Values("Content-Encoding")) > 0 {
		return "", "", false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	if err != nil {
		return "", "", false
	}
	if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return "", "", false
	}
	return kind, params["action"], kind == "text/xml" || kind == "application/soap+xml" || kind == "application/xml"
}

// soapRequest describes the client's request to the engine.
func soapRequest(r *http.Request, orig original, opts options, m soapMessage) engine.Request {
	if opts.channel == "" {
		opts.channel = models.ChannelWebService
	}
	req := authRequest(r, orig, opts)
	req.AppLookup = lookupIn(r, orig, opts)
	if m.hasToken {
		cred := m.credential
		if req.Credential != "" {
			cred = choose([]credential{{value: req.Credential, username: req.Username, fromQuery: req.FromQuery}, m.credential})
		}
		req.Credential, req.Username, req.FromQuery = cred.value, cred.username, cred.fromQuery
	}
	if m.digest {
		req.Credential, req.Username = ambiguous, ""
	}
	req.API, req.App = opts.api, opts.app
	if opts.operation != "" {
		name, ok := m.operationName(opts.operation, r.Header)
		req.API, req.PathAmbiguous = name, req.PathAmbiguous || !ok
	}
	return req
}

// operationName is the operation as the catalogue writes names: in small
// letters. It returns false when the message names none, or several.
func (m soapMessage) operationName(where string, h http.Header) (string, bool) {
	name := m.operation
	if where == "action" {
		name = soapAction(h)
	}
	return strings.ToLower(name), name != ""
}

// soapAction is the last part of the action: of the header SOAPAction, or of
// the media type's parameter. If both are there, they must be the same.
func soapAction(h http.Header) string {
	headers := h.Values("Soapaction")
	_, action, _ := soapType(h)
	if len(headers) > 1 {
		return ""
	}
	if said := strings.Trim(strings.Join(headers, ""), `" `); said != "" {
		if action != "" && action != said {
			return ""
		}
		action = said
	}
	return action[strings.LastIndexAny(action, "/#:")+1:]
}

// soapUnreadable refuses what is no SOAP message. It is the client's fault, so
// 400 is what the client is to get.
func (x *exchange) soapUnreadable(m soapMessage, err error) {
	x.refusal = "envelope_unreadable"
	x.Header().Set(headerReason, x.refusal)
	x.sendSOAP(denial{
		status: http.StatusBadRequest, contentType: m.contentType(),
		body: m.fault(http.StatusBadRequest, x.refusal, err.Error()),
	})
}

// soapDenied answers a denied request: a client that speaks SOAP gets a SOAP fault,
// any other the same as elsewhere.
func (x *exchange) soapDenied(d engine.Decision, m soapMessage, bodies models.ErrorDialect) {
	if !m.soap {
		x.deny(d, bodies, soapDialect())
		return
	}
	text := message(d)
	if m.digest && d.Reason == engine.KeyMalformed {
		text = "The gate cannot check a PasswordDigest. Send the secret as PasswordText."
	}
	h, status := x.Header(), d.Reason.Status()
	h.Set(headerReason, d.Reason.String())
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="keywicket", charset="UTF-8"`)
	}
	rateHeaders(h, d)
	if d.Reason == engine.RateLimited {
		h.Set("Retry-After", strconv.FormatInt(retrySeconds(d), 10))
	}
	x.sendSOAP(denial{status, m.contentType(), m.fault(status, d.Reason.String(), text)})
}

// sendSOAP sends a denial in the way that nginx hands on.
func (x *exchange) sendSOAP(answer denial) {
	h := x.Header()
	h.Set(headerStatus, strconv.Itoa(answer.status))
	h.Set(headerBody, string(answer.body))
	x.send(authStatus(answer.status), answer.contentType, answer.body)
}

func (m soapMessage) contentType() string {
	switch {
	case !m.soap:
		return "application/problem+json"
	case m.soap12:
		return "application/soap+xml; charset=utf-8"
	}
	return "text/xml; charset=utf-8"
}

// fault is the body of a denial, in the client's version of SOAP. Where the
// gate could not tell, it is a problem.
func (m soapMessage) fault(status int, reason, text string) []byte {
	if !m.soap {
		return asciiJSON(newProblem(status, reason, text))
	}
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a Builder takes everything
	detail := `<reason xmlns="urn:keywicket">` + reason + `</reason>`
	if m.soap12 {
		return []byte(`<soap:Envelope xmlns:soap="` + soap12NS + `"><soap:Body><soap:Fault>` +
			`<soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code>` +
			`<soap:Reason><soap:Text xml:lang="en">` + escaped.String() + `</soap:Text></soap:Reason>` +
			`<soap:Detail>` + detail + `</soap:Detail></soap:Fault></soap:Body></soap:Envelope>`)
	}
	return []byte(`<soap:Envelope xmlns:soap="` + soap11NS + `"><soap:Body><soap:Fault>` +
		`<faultcode>soap:Client</faultcode><faultstring>` + escaped.String() + `</faultstring>` +
		`<detail>` + detail + `</detail></soap:Fault></soap:Body></soap:Envelope>`)
}
