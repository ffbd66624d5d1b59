package gate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"unicode/utf8"
)

// The names that a SOAP message with a WS-Security header has.
const (
	soap11NS       = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12NS       = "http://www.w3.org/2003/05/soap-envelope"
	wsseNS         = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	passwordTypes  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0" //nolint:gosec // a name, not a credential
	passwordText   = passwordTypes + "#PasswordText"
	passwordDigest = passwordTypes + "#PasswordDigest"
)

const (
	// maxEnvelopeDepth is how deep elements may be nested.
	maxEnvelopeDepth = 64
	// bytesPerPart is how many bytes of a message there must be for each
	// element, attribute and comment, beyond the first few: a message that is
	// made of nothing but markup takes long to read for its size.
	bytesPerPart = 16
	fewParts     = 256
)

// envelopeError is the refusal of what is no SOAP message, or could be read as
// two; the text may be shown.
type envelopeError string

func (e envelopeError) Error() string { return string(e) }

// The errors that more than one function returns.
const (
	errNoEnvelope   = envelopeError("The body is no SOAP envelope.")
	errEnvelopeForm = envelopeError("An envelope has at most one Header, then one Body, and nothing else.")
	errEnvelopeXML  = envelopeError("The envelope is not well-formed XML in UTF-8.")
	errEnvelopeDTD  = envelopeError("The envelope may have no DTD and no processing instruction.")
	errEnvelopeDeep = envelopeError("The elements of the envelope stand too deep in each other.")
	errEnvelopeFull = envelopeError("The envelope has too many elements, attributes and comments for its size.")
	errTokenText    = envelopeError("Username and Password hold plain text, and nothing else.")
)

// envelope is what the gate reads of a SOAP message.
type envelope struct {
	soap12     bool
	hasToken   bool // a UsernameToken, whatever is in it
	credential credential
	digest     bool   // its password is a PasswordDigest
	operation  string // local name of the Body's only element; "" where there are several
}

// readEnvelope reads a SOAP 1.1 or 1.2 message strictly: what two programs
// could read in two ways is refused, for the gate might judge one of them and
// the upstream act on the other. Several Security headers or UsernameTokens,
// or one in another place, are ambiguous.
func readEnvelope(body []byte) (envelope, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !utf8.Valid(body) {
		return envelope{}, errEnvelopeXML
	}
	return newEnvelopeReader(body).read()
}

func newEnvelopeReader(body []byte) *envelopeReader {
	return &envelopeReader{dec: xml.NewDecoder(bytes.NewReader(body)), left: fewParts + len(body)/bytesPerPart}
}

func (r *envelopeReader) read() (envelope, error) {
	for {
		at := r.dec.InputOffset()
		token, err := r.dec.Token()
		if errors.Is(err, io.EOF) {
			return r.done()
		}
		if err != nil {
			return r.env, errEnvelopeXML
		}
		if err := r.take(token, at); err != nil {
			return r.env, err
		}
	}
}

// envelopeReader is the state of reading.
type envelopeReader struct {
	dec    *xml.Decoder
	env    envelope
	left   int        // elements, attributes and comments that there may still be
	open   []xml.Name // the elements around
	parts  []string   // Header and Body, as they came
	inBody int        // elements of the Body

	securities, tokens int
	misplaced          bool              // a Security or UsernameToken in another place
	values             map[string]string // Username and Password
	into               string            // the one that is being read
	chunks             int               // of its text
}

func (r *envelopeReader) take(token xml.Token, at int64) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
		r.into = ""
	case xml.CharData:
		return r.text(t)
	case xml.Comment:
		if r.left--; r.left < 0 {
			return errEnvelopeFull
		}
		if r.into != "" {
			return errTokenText
		}
	case xml.ProcInst:
		if t.Target != "xml" || at != 0 {
			return errEnvelopeDTD
		}
	case xml.Directive:
		return errEnvelopeDTD
	}
	return nil
}

// text keeps the text of Username and Password. It refuses text in several
// pieces, such as text and a CDATA section: a program that reads only the
// first piece would get another text.
func (r *envelopeReader) text(data xml.CharData) error {
	if len(r.open) == 0 && len(bytes.TrimSpace(data)) > 0 {
		return errNoEnvelope
	}
	if r.into == "" {
		return nil
	}
	r.chunks++
	r.values[r.into] = string(data)
	if r.chunks > 1 {
		return errTokenText
	}
	return nil
}

func (r *envelopeReader) start(e xml.StartElement) error {
	r.left -= 1 + len(e.Attr)
	switch {
	case r.left < 0:
		return errEnvelopeFull
	case r.into != "":
		return errTokenText
	case len(r.open) >= maxEnvelopeDepth:
		return errEnvelopeDeep
	case !plainNames(e):
		return errEnvelopeXML
	}
	err := r.place(e)
	r.open = append(r.open, e.Name)
	return err
}

// plainNames reports whether no name has two colons, and no attribute comes
// twice: Go's reader lets both pass, and others do not.
func plainNames(e xml.StartElement) bool {
	var seen map[xml.Name]bool
	if len(e.Attr) > 1 {
		seen = make(map[xml.Name]bool, len(e.Attr))
	}
	for _, a := range e.Attr {
		if seen[a.Name] || bytes.ContainsRune([]byte(a.Name.Local), ':') {
			return false
		}
		if seen != nil {
			seen[a.Name] = true
		}
	}
	return !bytes.ContainsRune([]byte(e.Name.Local), ':')
}

// place handles an element by where it is in the envelope.
func (r *envelopeReader) place(e xml.StartElement) error {
	depth := len(r.open)
	inHeader := depth > 1 && r.open[1].Local == "Header"
	inToken := depth == 4 && r.open[3].Local == "UsernameToken" && r.inSecurity()
	switch {
	case depth == 0:
		return r.root(e.Name)
	case depth == 1:
		return r.part(e.Name)
	case inHeader && depth == 2 && e.Name == wsse("Security"):
		r.securities++
	case inHeader && depth == 3 && r.inSecurity() && e.Name == wsse("UsernameToken"):
		r.tokens++
		r.values = map[string]string{}
	case e.Name == wsse("Security") || e.Name.Local == "UsernameToken":
		r.misplaced = true
	case inToken && r.tokens == 1 && (e.Name == wsse("Username") || e.Name == wsse("Password")):
		return r.value(e)
	case depth == 2 && !inHeader:
		r.inBody++
		r.env.operation = e.Name.Local
	}
	return nil
}

// inSecurity reports whether the element two below the Envelope is the Security
// header.
func (r *envelopeReader) inSecurity() bool {
	return len(r.open) > 2 && r.open[1].Local == "Header" && r.open[2] == wsse("Security")
}

func wsse(local string) xml.Name { return xml.Name{Space: wsseNS, Local: local} }

func (r *envelopeReader) root(name xml.Name) error {
	if len(r.parts) > 0 || name.Local != "Envelope" || name.Space != soap11NS && name.Space != soap12NS {
		return errNoEnvelope
	}
	r.env.soap12 = name.Space == soap12NS
	r.parts = []string{name.Space}
	return nil
}

// part is an element of the Envelope: a Header first, where there is one, and
// a Body last.
func (r *envelopeReader) part(name xml.Name) error {
	last := r.parts[len(r.parts)-1]
	body := name.Local == "Body" && last != "Body"
	header := name.Local == "Header" && len(r.parts) == 1
	if name.Space != r.parts[0] || !body && !header {
		return errEnvelopeForm
	}
	r.parts = append(r.parts, name.Local)
	return nil
}

// value begins a Username or Password.
func (r *envelopeReader) value(e xml.StartElement) error {
	name := e.Name.Local
	if _, twice := r.values[name]; twice {
		r.misplaced = true
		return nil
	}
	r.into, r.chunks, r.values[name] = name, 0, ""
	for _, a := range e.Attr {
		switch {
		case name != "Password" || a.Name.Local != "Type":
		case a.Name.Space == "" && a.Value == passwordDigest:
			r.env.digest = true
		case a.Name.Space != "" || a.Value != passwordText:
			return envelopeError("A Password is of the type PasswordText.")
		}
	}
	return nil
}

// done returns what was read of a message that has ended.
func (r *envelopeReader) done() (envelope, error) {
	if len(r.parts) == 0 {
		return r.env, errNoEnvelope
	}
	if r.parts[len(r.parts)-1] != "Body" || len(r.open) > 0 {
		return r.env, errEnvelopeForm
	}
	if r.inBody != 1 {
		r.env.operation = ""
	}
	r.env.hasToken = r.tokens > 0 || r.misplaced
	switch {
	case r.misplaced || r.tokens > 1 || r.securities > 1:
		r.env.credential = credential{value: ambiguous}
		r.env.hasToken = true
	case r.values["Password"] == "":
		r.env.credential = credential{value: r.values["Username"]}
	default:
		r.env.credential = credential{value: r.values["Password"], username: r.values["Username"]}
	}
	return r.env, nil
}
