// Package gate is the gate's HTTP side: it turns what a proxy or a program
// sends into a request for the engine, and the engine's decision into the
// answer that the caller understands.
//
// Every dialect is one endpoint in one file: POST /v1/verify for programs,
// /auth/nginx for nginx's auth_request, /auth/haproxy for HAProxy,
// /auth/forwarded for Traefik and Caddy, /auth/envoy and gRPC for Envoy,
// /auth/soap for Web Services, /auth/mail for nginx's mail proxy, /auth/sftpgo
// for SFTPGo's hooks, POST /oauth/introspect as RFC 7662 has it, and
// /auth/dovecot for Dovecot's password grant. The families of proxy headers exclude each other: an
// endpoint reads those of its own family and no others, and only from a
// trusted peer, because each kind of proxy passes on whatever a client sends
// in the other kind's headers.
//
// A denial is a result, with the status of the gate's table. A fault of ours
// is 503, and never "invalid key".
package gate
