package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keywicket/web/mail"
	"keywicket/web/mailtest"
)

func send(t *testing.T, s *mailtest.Server, m mail.Message) error {
	t.Helper()
	sender, err := mail.New(s.URL, "Keywicket <keys@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	return sender.Send(t.Context(), m)
}

func TestSend(t *testing.T) {
	for name, o := range map[string]mailtest.Options{
		"open": {}, "with a password": {User: "keys@example.com", Password: "a b/c@d:e?%20"},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Start(t, o)
			text := "Grüße, 你好\n\n.\nA line that begins with a dot, and a long one: " + strings.Repeat("http://example.com/", 20) + "\n"
			if err := send(t, s, mail.Message{To: "nina@example.com", Subject: "Join “北京” – now", Text: text}); err != nil {
				t.Fatal(err)
			}
			got := s.Take(t)
			if got.To != "nina@example.com" || got.From != "\"Keywicket\" <keys@example.com>" || got.Subject != "Join “北京” – now" {
				t.Errorf("got %+v", got)
			}
			if strings.TrimSpace(strings.ReplaceAll(got.Text, "\r\n", "\n")) != strings.TrimSpace(text) {
				t.Errorf("the text is %q", got.Text)
			}
			if got.Header.Get("Auto-Submitted") != "auto-generated" || got.Header.Get("Message-Id") == "" {
				t.Errorf("header %v", got.Header)
			}
		})
	}
}

// A name or an address cannot add a header or a second recipient.
func TestNoHeaderIsInjected(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	for name, m := range map[string]mail.Message{
		"subject":         {To: "nina@example.com", Subject: "Hello\r\nBcc: eve@example.com"},
		"subject, bare":   {To: "nina@example.com", Subject: "Hello\nBcc: eve@example.com"},
		"recipient":       {To: "nina@example.com\r\nBcc: eve@example.com", Subject: "Hello"},
		"two recipients":  {To: "nina@example.com, eve@example.com", Subject: "Hello"},
		"a name":          {To: "Nina <nina@example.com>", Subject: "Hello"},
		"no recipient":    {Subject: "Hello"},
		"a command":       {To: "nina@example.com>\r\nRCPT TO:<eve@example.com", Subject: "Hello"},
		"a zero":          {To: "nina@example.com", Subject: "Hello\x00"},
		"an ESMTP option": {To: "nina@example.com> NOTIFY=NEVER", Subject: "Hello"},
	} {
		if err := send(t, s, m); !errors.Is(err, mail.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := send(t, s, mail.Message{To: "nina@example.com", Subject: "=?utf-8?q?Hello=0D=0ABcc:_eve@example.com?=", Text: "Bcc: eve@example.com\r\n.\r\nMAIL FROM:<eve@example.com>"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Take(t); got.Header.Get("Bcc") != "" || got.To != "nina@example.com" || s.Waiting() != 0 {
		t.Errorf("got %+v", got)
	}
}

// trusted holds the files of a certificate for 127.0.0.1 that this process
// trusts.
var trusted struct{ cert, key string }

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mail")
	if err == nil {
		trusted.cert, trusted.key, err = certificate(dir)
	}
	if err == nil {
		err = os.Setenv("SSL_CERT_FILE", trusted.cert) // read once, by the first verification
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// With TLS, from the start or by STARTTLS, mail goes to a server with a trusted
// certificate, and to no other.
func TestTLS(t *testing.T) {
	cert, key, err := certificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"starttls", "tls"} {
		o := mailtest.Options{Mode: mode, Cert: trusted.cert, Key: trusted.key, User: "u", Password: "p"}
		s := mailtest.Start(t, o)
		if err := send(t, s, mail.Message{To: "nina@example.com", Subject: "Hello"}); err != nil || s.Take(t).Subject != "Hello" {
			t.Errorf("%s: %v", mode, err)
		}
		o.Cert, o.Key = cert, key
		err := send(t, mailtest.Start(t, o), mail.Message{To: "nina@example.com", Subject: "Hello"})
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s with an untrusted certificate: %v", mode, err)
		}
	}
}

func certificate(dir string) (cert, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	err = os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	return cert, key, errors.Join(err, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

func TestSendFails(t *testing.T) {
	const password = "correct-horse-battery"
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	right := mailtest.Start(t, mailtest.Options{User: "u", Password: password})
	for name, address := range map[string]string{
		"nobody listens":  "smtp://u:" + password + "@" + closed.Addr().String(),
		"wrong password":  strings.Replace(right.URL, password, "wrong-"+password, 1),
		"TLS from nobody": strings.Replace(right.URL, "smtp://", "smtps://", 1),
	} {
		sender, err := mail.New(address, "keys@example.com")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err = sender.Send(t.Context(), mail.Message{To: "nina@example.com", Subject: "Hello"})
		if err == nil || strings.Contains(err.Error(), password) || time.Since(began) > 5*time.Second {
			t.Errorf("%s after %v: %v", name, time.Since(began), err)
		}
	}
}

// Mails that are sent at once do not share a deadline: a mail whose time is up
// takes none of the others with it. The race detector sees it first.
func TestMailsAtOnceHaveTheirOwnDeadlines(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{User: "u", Password: "p"})
	sender, err := mail.New(s.URL, "keys@example.com")
	if err != nil {
		t.Fatal(err)
	}
	expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	const each = 8
	var sending sync.WaitGroup
	for range each {
		sending.Go(func() {
			if err := sender.Send(t.Context(), mail.Message{To: "nina@example.com", Subject: "Hello"}); err != nil {
				t.Errorf("a mail with time left was not sent: %v", err)
			}
		})
		sending.Go(func() {
			if err := sender.Send(expired, mail.Message{To: "nina@example.com", Subject: "Late"}); err == nil {
				t.Error("a mail was sent after its deadline")
			}
		})
	}
	sending.Wait()
	if n := s.Waiting(); n != each {
		t.Errorf("%d mails arrived, want %d", n, each)
	}
}

// Send does not wait for a server that accepts the connection and stays silent.
func TestSendGivesUpOnAMuteServer(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{Mode: "mute"})
	sender, err := mail.New(s.URL, "keys@example.com")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := sender.Send(ctx, mail.Message{To: "nina@example.com", Subject: "Hello"}); err == nil || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestNew(t *testing.T) {
	for _, address := range []string{
		"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://:secretpw@", "smtp://u:secretpw@host/path", "smtp://host?x=1",
		"smtp://u:secretpw@host:0", "smtp://u:secretpw@host:99999", "smtp://u:secret%zzpw@host", "://u:secretpw@host",
	} {
		if _, err := mail.New(address, "keys@example.com"); !errors.Is(err, mail.ErrURL) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, from := range []string{"", "keys", "keys@example.com\r\nBcc: eve@example.com", "a@example.com, b@example.com"} {
		if _, err := mail.New("smtp://host", from); !errors.Is(err, mail.ErrFrom) {
			t.Errorf("%q: %v", from, err)
		}
	}
	for _, address := range []string{"smtp://host", "smtps://u:p@host", "smtp://[::1]:25", "smtp://user%40example.com:p%2Fw@host:587/"} {
		if _, err := mail.New(address, "keys@example.com"); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Jobs that wait when the server stops are still run. A full queue drops jobs
// and does not block.
func TestQueue(t *testing.T) {
	q := mail.NewQueue(slog.New(slog.DiscardHandler))
	var did atomic.Int32
	for range 200 {
		q.Later(func(context.Context) error { did.Add(1); return errors.New("no matter") })
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Run(ctx); err != nil || did.Load() != 64 {
		t.Errorf("%d done, %v", did.Load(), err)
	}
}
