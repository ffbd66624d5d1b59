package gate_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	authzv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3" // so that it is known
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3" // so that it is known
	"google.golang.org/protobuf/encoding/protojson"
	"gopkg.in/yaml.v3"

	"keywicket/models/engine"
)

// envoyFilter reads a file of deploy/envoy as Envoy does: against the types of
// its configuration, where a name that does not exist is a mistake, and
// against their rules. Envoy itself does not run here.
func envoyFilter(t *testing.T, file string) (*authzv3.ExtAuthz, *hcmv3.HttpConnectionManager) {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(deployed(t, "envoy/"+file, nil)), &tree); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var boot bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(asJSON, &boot); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if err := boot.ValidateAll(); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	checkClusters(t, &boot)
	manager, filter := &hcmv3.HttpConnectionManager{}, &authzv3.ExtAuthz{}
	chain := boot.GetStaticResources().GetListeners()[0].GetFilterChains()[0]
	for _, err := range []error{
		chain.GetFilters()[0].GetTypedConfig().UnmarshalTo(manager),
		manager.GetHttpFilters()[0].GetTypedConfig().UnmarshalTo(filter),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{manager.ValidateAll(), filter.ValidateAll()} {
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	return filter, manager
}

func checkClusters(t *testing.T, boot *bootstrapv3.Bootstrap) {
	t.Helper()
	want := map[string]string{"keywicket": deployGate, "api": deployUpstream}
	for _, cluster := range boot.GetStaticResources().GetClusters() {
		a := cluster.GetLoadAssignment().GetEndpoints()[0].GetLbEndpoints()[0].GetEndpoint().GetAddress().GetSocketAddress()
		if got := fmt.Sprintf("%s:%d", a.GetAddress(), a.GetPortValue()); got != want[cluster.GetName()] {
			t.Errorf("cluster %s is at %s", cluster.GetName(), got)
		}
	}
}

// What both files must say for the gate to hold.
func checkEnvoyFilter(t *testing.T, filter *authzv3.ExtAuthz, manager *hcmv3.HttpConnectionManager) {
	t.Helper()
	if filter.GetFailureModeAllow() || filter.GetStatusOnError().GetCode() != 503 {
		t.Error("it is open, or says 403, when the gate is down")
	}
	if !manager.GetUseRemoteAddress().GetValue() {
		t.Error("it believes the client's X-Forwarded-For")
	}
	if manager.GetCommonHttpProtocolOptions().GetHeadersWithUnderscoresAction().String() != "DROP_HEADER" {
		t.Error("headers with underscores reach the upstream")
	}
	if b := filter.GetWithRequestBody(); b.GetMaxRequestBytes() != 1<<20 || !b.GetAllowPartialMessage() {
		t.Errorf("bodies: %v", b)
	}
	if name := manager.GetHttpFilters()[1].GetName(); len(manager.GetHttpFilters()) != 2 || name != "envoy.filters.http.router" {
		t.Errorf("another filter: %s", name)
	}
}

func TestEnvoyHTTPFile(t *testing.T) {
	filter, manager := envoyFilter(t, "keywicket-http.yaml")
	checkEnvoyFilter(t, filter, manager)
	service := filter.GetHttpService()
	var upstream, sent []string
	for _, p := range service.GetAuthorizationResponse().GetAllowedUpstreamHeaders().GetPatterns() {
		upstream = append(upstream, p.GetExact())
	}
	for _, p := range filter.GetAllowedHeaders().GetPatterns() {
		sent = append(sent, p.GetExact())
	}
	for _, name := range identity() {
		if !slices.Contains(upstream, strings.ToLower(name)) {
			t.Errorf("allowed_upstream_headers lacks %s", name)
		}
	}
	for _, name := range []string{"x-api-key", "x-api-secret", "content-type", "content-encoding", "x-forwarded-for"} {
		if !slices.Contains(sent, name) {
			t.Errorf("allowed_headers lacks %s", name)
		}
	}
	// The prefix is one that the gate takes.
	w := newFixture(t)
	c := call{method: "GET", target: service.GetPathPrefix() + "/ping", headers: []string{"X-Forwarded-For: " + outsider}}
	checkRealDenied(t, engine.KeyMissing, c.send(t, w.listen()))
}

func TestEnvoyGRPCFile(t *testing.T) {
	filter, manager := envoyFilter(t, "keywicket-grpc.yaml")
	checkEnvoyFilter(t, filter, manager)
	if filter.GetGrpcService().GetEnvoyGrpc().GetClusterName() != "keywicket" || !filter.GetEncodeRawHeaders() || !filter.GetWithRequestBody().GetPackAsBytes() {
		t.Errorf("%v", filter)
	}
	if len(filter.GetAllowedHeaders().GetPatterns()) > 0 {
		t.Error("it sends but a part of the headers")
	}
	perRoute := &authzv3.ExtAuthzPerRoute{}
	route := manager.GetRouteConfig().GetVirtualHosts()[0].GetRoutes()[0]
	if err := route.GetTypedPerFilterConfig()["envoy.filters.http.ext_authz"].UnmarshalTo(perRoute); err != nil {
		t.Fatal(err)
	}
	w := newFixture(t)
	q := call{target: "/ping", key: w.key["good"]}.checked()
	q.Attributes.ContextExtensions = perRoute.GetCheckSettings().GetContextExtensions()
	if got := check(t, dialGate(t, w.listen()), q); got.GetOkResponse() == nil {
		t.Errorf("%v", got)
	}
}
