package gate

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"keywicket/models/netaddr"
)

// minTokenLen is the least length of the gate's token.
const minTokenLen = 16

// The refusals of CheckExposure.
var (
	ErrExposed   = errors.New("the gate would listen to other machines with nothing to tell callers apart")
	ErrWeakToken = fmt.Errorf("the gate's token is shorter than %d characters", minTokenLen)
)

// CheckExposure reports whether a gate may listen at the address: on loopback
// always, elsewhere only with a token or a list of allowed addresses. The error's
// text names the remedy.
func CheckExposure(listen, token string, allow []netip.Prefix) error {
	if token != "" && len(token) < minTokenLen {
		return fmt.Errorf("%w: put a longer one into the file, such as the output of: openssl rand -hex 32", ErrWeakToken)
	}
	if token != "" || len(allow) > 0 || isLoopback(listen) {
		return nil
	}
	return fmt.Errorf("%w: %s is not a loopback address. Give --gate-token-file with a secret that callers send as "+
		"X-Keywicket-Token, or --gate-allow with the addresses that may call, or listen on 127.0.0.1", ErrExposed, listen)
}

// isLoopback is false for what cannot be told, such as an empty host, which
// means every address, or a name.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// guard decides who may call the gate.
type guard struct {
	token    [sha256.Size]byte
	hasToken bool
	allow    netaddr.Set // loopback and the configured ones
	hasAllow bool
}

func newGuard(token string, allow []netip.Prefix) guard {
	return guard{
		token: sha256.Sum256([]byte(token)), hasToken: token != "",
		allow: withLoopback(allow), hasAllow: len(allow) > 0,
	}
}

// admits reports whether the caller may ask the gate at all. Where both a token
// and addresses are configured, both must be right.
func (g guard) admits(r *http.Request) bool {
	return g.admitsWith(r, r.Header.Values("X-Keywicket-Token"))
}

// admitsClient is admits for OAuth clients, which authenticate in OAuth's ways:
// the token may also come as a Bearer token, or as the password of
// Basic, whatever the user name.
func (g guard) admitsClient(r *http.Request) bool {
	sent := r.Header.Values("X-Keywicket-Token")
	if len(sent) == 0 {
		if c, ok := fromAuthorization(r.Header.Values("Authorization")); ok {
			sent = []string{c.value}
		}
	}
	return g.admitsWith(r, sent)
}

func (g guard) admitsWith(r *http.Request, sent []string) bool {
	if g.hasAllow && !g.allow.Contains(netaddr.Peer(r.RemoteAddr)) {
		return false
	}
	if !g.hasToken {
		return true
	}
	if len(sent) != 1 {
		return false
	}
	sum := sha256.Sum256([]byte(sent[0]))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}

const callerWords = "This gate answers only callers with its token or an allowed address."

// admit refuses callers that the guard does not let in.
func (s *Server) admit(x *exchange) bool {
	if s.guard.admits(x.r) {
		return true
	}
	clearIdentity(x.Header())
	x.problem(http.StatusForbidden, "caller_denied", callerWords)
	return false
}

// admitClient refuses OAuth clients that the guard does not let in, in the way
// that OAuth has it.
func (s *Server) admitClient(x *exchange) bool {
	if s.guard.admitsClient(x.r) {
		return true
	}
	x.Header().Set("WWW-Authenticate", `Basic realm="keywicket"`)
	x.problem(http.StatusUnauthorized, "caller_denied", callerWords)
	return false
}

// withLoopback returns the set of loopback and the networks.
func withLoopback(networks []netip.Prefix) netaddr.Set {
	return netaddr.NewSet(append(netaddr.Loopback(), networks...)...)
}
