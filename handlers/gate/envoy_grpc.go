package gate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"keywicket/models/netaddr"
)

// envoyCheckPath is the one method of Envoy's ext_authz over gRPC.
const envoyCheckPath = authv3.Authorization_Check_FullMethodName

// exchangeKey is the key of the exchange in the context of a gRPC call.
type exchangeKey struct{}

// envoyChecker answers Envoy's ext_authz over gRPC.
type envoyChecker struct {
	authv3.UnimplementedAuthorizationServer
	s *Server
}

// newGRPC makes the server of the one method. It listens nowhere: the gate's
// own listener hands its requests to it.
func (s *Server) newGRPC() *grpc.Server {
	g := grpc.NewServer(grpc.MaxRecvMsgSize(maxAuthBody + 2*MaxHeaderBytes))
	authv3.RegisterAuthorizationServer(g, envoyChecker{s: s})
	return g
}

// envoyCheck answers a gRPC call.
func (s *Server) envoyCheck(ctx context.Context, x *exchange, _ options) {
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	s.grpc.ServeHTTP(x.ResponseWriter, x.r.WithContext(ctx))
	if x.status == 0 {
		x.status = http.StatusOK // the outcome is in gRPC's trailer
	}
}

// Check judges a request as Envoy describes it. A fault is the gRPC status
// UNAVAILABLE, which is no denial to Envoy.
func (e envoyChecker) Check(ctx context.Context, question *authv3.CheckRequest) (answer *authv3.CheckResponse, err error) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, status.Error(codes.Internal, "The gate was called another way than by its listener.")
	}
	defer func() {
		if fault := recover(); fault != nil {
			e.s.log.ErrorContext(ctx, "gate fault", "request_id", x.id, "fault", fmt.Sprint(fault))
			x.refusal = "unavailable"
			answer, err = nil, status.Error(codes.Unavailable, "The gate has a fault. Try again.")
		}
	}()
	return e.s.check(ctx, x, question), nil
}

func (s *Server) check(ctx context.Context, x *exchange, question *authv3.CheckRequest) *authv3.CheckResponse {
	opts, err := contextOptions(question.GetAttributes().GetContextExtensions())
	if err != nil {
		return x.refuseCheck("endpoint_options", "The gate knows the context extensions channel and plugin.")
	}
	if peer := netaddr.Peer(x.r.RemoteAddr); !s.trusted.Contains(peer) {
		s.log.WarnContext(ctx, "the peer is no trusted proxy: add it to --trusted-proxies if it is yours",
			"request_id", x.id, "peer", peer.String(), "endpoint", envoyCheckPath)
		return x.refuseCheck("proxy_untrusted", "The gate does not know this proxy.")
	}
	client, ok := clientRequest(question.GetAttributes().GetRequest().GetHttp())
	if !ok {
		return x.refuseCheck("proxy_headers", "The proxy does not describe the request as this endpoint needs it.")
	}
	orig := original{
		method: client.Method, uri: client.RequestURI,
		ip: sourceIP(question.GetAttributes().GetSource().GetAddress().GetSocketAddress()),
	}
	req, look := authRequest(client, orig, opts), lookupIn(client, orig, opts)
	look.body = readBody(client, maxAuthBody)
	req.AppLookup = look
	d := s.engine.Decide(req)
	if d.Busy {
		return x.busyCheck()
	}
	s.record(x, req, d)
	if d.Allowed() {
		h := http.Header{}
		setIdentity(h, d)
		return allowCheck(h)
	}
	reply := denialOf(d, s.bodies(d))
	h := http.Header{"Content-Type": {reply.contentType}}
	setDenial(h, d)
	return denyCheck(reply, h)
}

// busyCheck answers what the gate could not judge: its own fault, for which no
// client is to be told that their key is wrong.
func (x *exchange) busyCheck() *authv3.CheckResponse {
	x.refusal = "unavailable"
	reply := denial{
		http.StatusServiceUnavailable, "application/problem+json",
		asciiJSON(newProblem(http.StatusServiceUnavailable, x.refusal, busyWords)),
	}
	return denyCheck(reply, http.Header{"Content-Type": {reply.contentType}, "Retry-After": {"1"}})
}

// contextOptions reads the options from the filter's context extensions, which
// are the admin's.
func contextOptions(extensions map[string]string) (options, error) {
	parts := make([]string, 0, len(extensions))
	for name, value := range extensions {
		if strings.Contains(value, "/") {
			return options{}, errOptions
		}
		parts = append(parts, name+"="+value)
	}
	return parseOptions(strings.Join(parts, "/"), "channel", "plugin")
}

// clientRequest returns the part of the client's request that the gate reads:
// method, target, headers and body. It returns false without method or target.
func clientRequest(a *authv3.AttributeContext_HttpRequest) (*http.Request, bool) {
	if a.GetMethod() == "" || a.GetPath() == "" {
		return nil, false
	}
	body := a.GetRawBody()
	if len(body) == 0 {
		body = []byte(a.GetBody())
	}
	return &http.Request{
		Method: a.GetMethod(), RequestURI: a.GetPath(), Header: clientHeader(a), Body: io.NopCloser(bytes.NewReader(body)),
	}, true
}

// clientHeader reads the headers, which Envoy sends as a map, lines of one name
// joined, or line by line where encode_raw_headers says so.
func clientHeader(a *authv3.AttributeContext_HttpRequest) http.Header {
	h := http.Header{}
	for name, value := range a.GetHeaders() {
		h.Add(name, value)
	}
	for _, line := range a.GetHeaderMap().GetHeaders() {
		value := line.GetValue()
		if raw := line.GetRawValue(); len(raw) > 0 {
			value = string(raw)
		}
		h.Add(line.GetKey(), value)
	}
	return h
}

// sourceIP is the client's address, as Envoy found it.
func sourceIP(a *corev3.SocketAddress) netip.Addr { return netaddr.Parse(a.GetAddress()) }

// allowCheck puts the identity headers in place of the client's, all of them,
// and takes away what an upstream may read as one of them.
func allowCheck(identity http.Header) *authv3.CheckResponse {
	remove := []string{strings.ToLower("X-Keywicket-Token")}
	for _, name := range identityHeaders() {
		lower := strings.ToLower(name)
		remove = append(remove, strings.ReplaceAll(lower, "-", "_"), strings.Replace(lower, "x-k", "x_k", 1), strings.Replace(lower, "keywicket-", "keywicket_", 1))
	}
	return &authv3.CheckResponse{
		Status: &rpcstatus.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{
			Headers: replacing(identity), HeadersToRemove: remove,
		}},
	}
}

func denyCheck(reply denial, h http.Header) *authv3.CheckResponse {
	code := codes.PermissionDenied
	if reply.status == http.StatusUnauthorized {
		code = codes.Unauthenticated
	}
	return &authv3.CheckResponse{
		Status: &rpcstatus.Status{Code: int32(code)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status:  &typev3.HttpStatus{Code: typev3.StatusCode(reply.status)}, //nolint:gosec // an HTTP status
			Headers: replacing(h), Body: string(reply.body),
		}},
	}
}

// refuseCheck answers a question that cannot be judged.
func (x *exchange) refuseCheck(reason, detail string) *authv3.CheckResponse {
	x.refusal = reason
	reply := denial{http.StatusForbidden, "application/problem+json", asciiJSON(newProblem(http.StatusForbidden, reason, detail))}
	return denyCheck(reply, http.Header{"Content-Type": {reply.contentType}, headerReason: {reason}})
}

// replacing are headers that Envoy puts in place of those that are there,
// empty ones too.
func replacing(h http.Header) []*corev3.HeaderValueOption {
	var list []*corev3.HeaderValueOption
	for _, name := range slices.Sorted(maps.Keys(h)) {
		list = append(list, &corev3.HeaderValueOption{
			Header:         &corev3.HeaderValue{Key: strings.ToLower(name), Value: h.Get(name)},
			AppendAction:   corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
			KeepEmptyValue: true,
		})
	}
	return list
}
