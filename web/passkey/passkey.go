// Package passkey implements the two ceremonies of WebAuthn: registering a passkey
// and signing in with one. The caller stores a ceremony's state on the server
// between its two steps.
//
// Passkeys are discoverable and require user verification: the browser finds them
// without a user name, and asks for a fingerprint, a face or a PIN.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"keywicket/models"
)

// ErrRefused is returned for a browser's answer that is not valid: it has another
// challenge or site, a wrong signature, or comes from a passkey that was copied.
// It is wrapped with its cause, which is for the log.
var ErrRefused = errors.New("the passkey's answer is not valid")

// Ceremonies performs the ceremonies for one address of the console. It is safe for
// concurrent use.
type Ceremonies struct {
	web *webauthn.WebAuthn
}

// Possible reports whether browsers support passkeys for pages at the address. They
// require HTTPS or localhost, and a host name rather than an IP address.
func Possible(base *url.URL) bool {
	if base == nil || base.Hostname() == "" {
		return false
	}
	host := strings.ToLower(base.Hostname())
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	return base.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// New returns the ceremonies for the console at the address. Browsers show name for
// it. The passkeys are valid for the address's host alone. New returns an error
// if Possible reports false.
func New(base *url.URL, name string) (*Ceremonies, error) {
	if !Possible(base) {
		return nil, fmt.Errorf("passkeys: browsers make none for %v", base)
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: base.Hostname(), RPDisplayName: name, RPOrigins: []string{base.Scheme + "://" + base.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Ceremonies{web: w}, nil
}

// person implements webauthn.User for a user with their passkeys.
type person struct {
	user models.User
	keys []webauthn.Credential
}

func newPerson(user models.User, passkeys []models.Passkey) (person, error) {
	p := person{user: user}
	for _, k := range passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return p, fmt.Errorf("read passkey %d: %w", k.ID, err)
		}
		p.keys = append(p.keys, c)
	}
	return p, nil
}

func (p person) WebAuthnID() []byte                         { return fmt.Appendf(nil, "keywicket:%d", p.user.ID) }
func (p person) WebAuthnName() string                       { return p.user.Email }
func (p person) WebAuthnDisplayName() string                { return p.user.Name }
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.keys }

// BeginNew returns the options with which a browser creates a passkey for the
// user, and the state for FinishNew. The browser creates none on a device that
// already has one of the passkeys in have.
func (c *Ceremonies) BeginNew(user models.User, have []models.Passkey) (options any, state []byte, err error) {
	p, err := newPerson(user, have)
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := c.web.BeginRegistration(p, webauthn.WithExclusions(webauthn.Credentials(p.keys).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	state, err = json.Marshal(session)
	return creation.Response, state, err
}

// FinishNew verifies the browser's answer and returns the new passkey, without a
// name. It returns ErrRefused when the answer is not valid.
func (c *Ceremonies) FinishNew(user models.User, state []byte, answer string) (models.Passkey, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return models.Passkey{}, fmt.Errorf("read the state: %w", err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return models.Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	made, err := c.web.CreateCredential(person{user: user}, session, parsed)
	if err != nil {
		return models.Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	data, err := json.Marshal(made)
	return models.Passkey{UserID: user.ID, CredentialID: made.ID, Credential: data, SignCount: int64(made.Authenticator.SignCount)}, err
}

// Begin returns the options with which a browser signs in with a passkey, and the
// state for Finish. Any passkey for this site is accepted, or only those in have
// if it is not empty.
func (c *Ceremonies) Begin(user models.User, have []models.Passkey) (options any, state []byte, err error) {
	uv := webauthn.WithUserVerification(protocol.VerificationRequired)
	var assertion *protocol.CredentialAssertion
	var session *webauthn.SessionData
	if len(have) == 0 {
		assertion, session, err = c.web.BeginDiscoverableLogin(uv)
	} else {
		p, failed := newPerson(user, have)
		if failed != nil {
			return nil, nil, failed
		}
		assertion, session, err = c.web.BeginLogin(p, uv)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("begin a sign-in by passkey: %w", err)
	}
	state, err = json.Marshal(session)
	return assertion.Response, state, err
}

// Finder returns the user of a passkey with all of the user's passkeys, and
// CodeNotFound for an unknown passkey.
type Finder func(credentialID []byte) (models.User, []models.Passkey, error)

// Finish verifies the browser's answer. It returns the user, and the passkey to
// store, which has a new signature counter. It returns ErrRefused when the answer
// is not valid.
func (c *Ceremonies) Finish(state []byte, answer string, find Finder) (models.User, models.Passkey, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return models.User{}, models.Passkey{}, fmt.Errorf("read the state: %w", err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return models.User{}, models.Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	user, passkeys, err := find(parsed.RawID)
	if models.CodeOf(err) == models.CodeNotFound {
		err = fmt.Errorf("%w: nobody has this passkey", ErrRefused)
	}
	if err != nil {
		return models.User{}, models.Passkey{}, err
	}
	p, err := newPerson(user, passkeys)
	if err != nil {
		return models.User{}, models.Passkey{}, err
	}
	used, err := c.validate(p, session, parsed)
	if err != nil {
		return models.User{}, models.Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return p.keep(passkeys, used)
}

func (c *Ceremonies) validate(p person, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	if len(session.UserID) > 0 {
		return c.web.ValidateLogin(p, session, parsed)
	}
	_, used, err := c.web.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return p, nil }, session, parsed)
	return used, err
}

// keep returns the passkey that was used, with its new signature counter. A counter
// that went back means that the passkey was copied.
func (p person) keep(passkeys []models.Passkey, used *webauthn.Credential) (models.User, models.Passkey, error) {
	if used.Authenticator.CloneWarning {
		return models.User{}, models.Passkey{}, fmt.Errorf("%w: its signature counter went back", ErrRefused)
	}
	for i, k := range p.keys {
		if string(k.ID) == string(used.ID) {
			data, err := json.Marshal(used)
			kept := passkeys[i]
			kept.Credential, kept.SignCount = data, int64(used.Authenticator.SignCount)
			return p.user, kept, err
		}
	}
	return models.User{}, models.Passkey{}, fmt.Errorf("%w: it is another passkey", ErrRefused)
}
