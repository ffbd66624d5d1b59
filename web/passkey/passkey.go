// Package passkey holds the two ceremonies of WebAuthn: a browser makes a
// passkey, and signs a challenge with it. What the challenge was is kept by the
// caller, on the server, between a ceremony's two halves.
//
// Passkeys are made so that they stand alone: the browser finds them without a
// name being typed, and unlocks them with a finger, a face or a PIN.
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

// ErrRefused is for an answer of a browser that does not hold: another
// challenge or site, a wrong signature, or a passkey that was copied. It is
// wrapped with its cause, which is for the log.
var ErrRefused = errors.New("the passkey's answer does not hold")

// Ceremonies are those of one address of the console. It is safe for
// concurrent use.
type Ceremonies struct {
	web *webauthn.WebAuthn
}

// Possible reports whether browsers make passkeys for pages at the address: they
// want https, or this machine's own localhost, and a name, not a number.
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

// New makes the ceremonies of the console at the address; name is what
// browsers call it. Passkeys hold for the address's host alone.
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

// person is somebody with their passkeys, as the library asks for them.
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

// BeginNew returns what a browser has to know to make a passkey for the person,
// and the state that FinishNew asks for. It makes none beside those that they
// have in the same device.
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

// FinishNew reads what the browser made. The passkey has no name yet.
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

// Begin returns what a browser has to know to sign with a passkey: with any that
// it has for this site, or, where have is not empty, with one of those.
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

// Finder returns the person of a passkey, with all of theirs; CodeNotFound for
// an unknown one.
type Finder func(credentialID []byte) (models.User, []models.Passkey, error)

// Finish reads what the browser signed, and gives the person whose passkey it
// was, and the passkey as it is to be kept: it counts its uses.
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

// keep returns the passkey that was used, with its new count. One whose count
// went back was copied.
func (p person) keep(passkeys []models.Passkey, used *webauthn.Credential) (models.User, models.Passkey, error) {
	if used.Authenticator.CloneWarning {
		return models.User{}, models.Passkey{}, fmt.Errorf("%w: its count went back", ErrRefused)
	}
	for i, k := range p.keys {
		if string(k.ID) == string(used.ID) {
			data, err := json.Marshal(used)
			kept := passkeys[i]
			kept.Credential, kept.SignCount = data, int64(used.Authenticator.SignCount)
			return p.user, kept, err
		}
	}
	return models.User{}, models.Passkey{}, fmt.Errorf("%w: it is another one", ErrRefused)
}
