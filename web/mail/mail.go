// Package mail sends the console's mails, invitations and password resets, as
// plain text over SMTP.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is one mail to one person.
type Message struct {
	To      string // one address, without a name
	Subject string // one line
	Text    string
}

// Sender sends mails.
type Sender interface {
	// Send hands the message to the mail server. It returns nil once the server
	// has accepted it, and an error after Timeout at the latest.
	Send(ctx context.Context, m Message) error
}

// Timeout bounds the sending of one mail, from looking up the server's address
// to its answer.
const Timeout = 10 * time.Second

// Errors of New and Send. None of them contains the password.
var (
	ErrURL     = errors.New("the mail server is no address: write smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start")
	ErrFrom    = errors.New("the sender is no mail address: write keys@example.com, or Keywicket <keys@example.com>")
	ErrMessage = errors.New("the recipient or the subject cannot stand in a mail's header")
)

// SMTP sends mails through an SMTP server, each over its own connection. It is
// safe for concurrent use.
type SMTP struct {
	host    string
	tls     bool            // from the start, not by STARTTLS
	options []gomail.Option // of every mail; never changed once New returns
	from    string
}

// New returns a sender for an address such as
// smtp://user:password@mail.example.com:587. It returns ErrURL for an address
// that it cannot use, and ErrFrom for a sender that is not one mail address.
//
// With smtps:// the connection uses TLS from the start. With smtp:// it uses
// STARTTLS where the server offers it. An address with a password requires
// STARTTLS, so that the password never crosses the network in the clear; only a
// server on the loopback interface is exempt.
func New(address, from string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrURL // the cause would repeat the password
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil || strings.ContainsFunc(from, unicode.IsControl) {
		return nil, ErrFrom
	}
	s := &SMTP{host: u.Hostname(), from: sender.String(), options: []gomail.Option{gomail.WithTimeout(Timeout)}}
	if err := s.encrypt(u); err != nil {
		return nil, err
	}
	s.authenticate(u.User)
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, ErrURL
	}
	return s, nil
}

// encrypt sets the port and the TLS policy from the address.
func (s *SMTP) encrypt(u *url.URL) error {
	port := map[string]int{"smtp": 587, "smtps": 465}[u.Scheme]
	if port == 0 {
		return ErrURL
	}
	if text := u.Port(); text != "" {
		var err error
		if port, err = strconv.Atoi(text); err != nil {
			return ErrURL
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	policy := gomail.TLSOpportunistic
	switch {
	case u.Scheme == "smtps":
		s.tls, policy = true, gomail.NoTLS // dialUntil makes the TLS connection
	case u.User != nil && !loopback(s.host):
		policy = gomail.TLSMandatory
	}
	s.options = append(s.options, gomail.WithTLSPolicy(policy))
	return nil
}

// authenticate sets the user and the password, if the address has any.
func (s *SMTP) authenticate(user *url.Userinfo) {
	if user == nil {
		return
	}
	password, _ := user.Password()
	kind := gomail.SMTPAuthAutoDiscover
	if s.tls || loopback(s.host) {
		kind = gomail.SMTPAuthPlainNoEnc // go-mail does not see the TLS around it
	}
	s.options = append(s.options, gomail.WithSMTPAuth(kind), gomail.WithUsername(user.Username()), gomail.WithPassword(password))
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Send hands the message to the mail server, as Sender describes. It returns
// ErrMessage for a recipient that is not one bare address, and for a recipient
// or a subject with control characters.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	// Concat copies: mails that are sent at the same time must not share a dialer.
	options := slices.Concat(s.options, []gomail.Option{gomail.WithDialContextFunc(s.dialUntil(ctx))})
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// dialUntil returns a dialer whose connections end at ctx's deadline, also when
// the server stops answering in the middle of a conversation.
func (s *SMTP) dialUntil(ctx context.Context) gomail.DialContextFunc {
	deadline, _ := ctx.Deadline()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if s.tls {
			conn = tls.Client(conn, &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12})
		}
		return limited{conn, deadline}, conn.SetDeadline(deadline)
	}
}

// limited is a connection whose deadline cannot be moved past until.
type limited struct {
	net.Conn
	until time.Time
}

func (l limited) SetDeadline(t time.Time) error { return l.Conn.SetDeadline(l.earlier(t)) }

func (l limited) SetReadDeadline(t time.Time) error { return l.Conn.SetReadDeadline(l.earlier(t)) }

func (l limited) SetWriteDeadline(t time.Time) error { return l.Conn.SetWriteDeadline(l.earlier(t)) }

func (l limited) earlier(t time.Time) time.Time {
	if t.IsZero() || t.After(l.until) {
		return l.until
	}
	return t
}

// compose returns the mail. It refuses control characters, which could end a
// header's line and start another header.
func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	if strings.ContainsFunc(m.To+m.Subject, unicode.IsControl) {
		return nil, ErrMessage
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Address != m.To {
		return nil, ErrMessage
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(s.from); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if err := msg.To(to.Address); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	// RFC 3834: automatic responders do not answer such a mail.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}
