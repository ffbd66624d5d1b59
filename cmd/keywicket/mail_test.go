package main

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keywicket/web/mailtest"
)

// linkIn matches a link in a mail.
var linkIn = regexp.MustCompile(`http://\S+/(?:invite|reset)/[\w-]+`)

// freeAddress returns a loopback address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// Mail goes through a real mail server. Its links work, for invitations and for forgotten passwords, in both languages.
func TestMails(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{User: "keys@larkfield.example", Password: "mail/password:1"})
	address := freeAddress(t)
	r := startWith(t, cleanEnv(envName(flagSMTPURL)+"="+server.URL), "--data", filepath.Join(t.TempDir(), "data"),
		"--listen", address, "--gate-listen", "127.0.0.1:0", "--base-url", "http://"+address, "--mail-from", "Keywicket <keys@larkfield.example>")
	owner := newBrowser(t, r.console)
	account := owner.setUp(r.setupLink())
	const invitePage = "/settings/members/invite"

	made := owner.submit(owner.get(account+invitePage), invitePage, url.Values{"role": {"admin"}, "email": {"nina@larkfield.example"}})
	if !strings.Contains(made.Text(), "was sent to nina@larkfield.example") {
		t.Errorf("the page says %q", made.Text())
	}
	got := server.Take(t)
	link := linkIn.FindString(got.Text)
	if got.To != "nina@larkfield.example" || got.Subject != "Join Larkfield Supply on Keywicket" || !strings.Contains(got.Text, "Maya Lindqvist invited you") {
		t.Fatalf("the invitation is %+v", got)
	}
	nina := newBrowser(t, r.console)
	const password = "brown-kettle-lighthouse-7"
	joined := nina.submit(nina.get(link), link[strings.LastIndex(link, "/invite/"):], url.Values{
		"name": {"Nina Sørli"}, "password": {password}, "password_again": {password},
	})
	if joined.url.Path != account+"/keys" {
		t.Fatalf("joining led to %s (status %d)", joined.url, joined.status)
	}

	// In Chinese, which she chose.
	nina.submit(nina.get("/profile"), "/preferences", url.Values{"language": {"zh-CN"}})
	visitor := newBrowser(t, r.console)
	visitor.submit(visitor.get("/forgot"), "/forgot", url.Values{"email": {"nobody@larkfield.example"}})
	asked := visitor.submit(visitor.get("/forgot"), "/forgot", url.Values{"email": {"NINA@larkfield.example"}})
	if asked.status != 200 {
		t.Errorf("asking gave %d", asked.status)
	}
	reset := server.Take(t)
	if reset.To != "nina@larkfield.example" || reset.Subject != "重设您的 Keywicket 密码" || !strings.Contains(reset.Text, "Nina Sørli，您好") {
		t.Fatalf("the mail is %+v", reset)
	}
	link = linkIn.FindString(reset.Text)
	const next = "green-harbour-teapot-44"
	done := visitor.submit(visitor.get(link), link[strings.LastIndex(link, "/reset/"):], url.Values{"password": {next}, "password_again": {next}})
	if done.url.Path != "/login" {
		t.Fatalf("the new password led to %s (status %d)", done.url, done.status)
	}
	// The link may have been used by somebody else: she hears of it.
	if said := server.Take(t); said.To != "nina@larkfield.example" || said.Subject != "您的 Keywicket 密码已修改" {
		t.Errorf("the mail about the new password is %+v", said)
	}
	if p := nina.get(account + "/keys"); p.url.Path != "/login" {
		t.Errorf("her session goes on at %s", p.url)
	}
	in := visitor.submit(done, "/login", url.Values{"email": {"nina@larkfield.example"}, "password": {next}})
	if in.url.Path != account+"/keys" {
		t.Errorf("the log-in led to %s (status %d)", in.url, in.status)
	}
	if n := server.Waiting(); n != 0 {
		t.Errorf("%d mails more", n)
	}
	r.stop()
	for _, secret := range []string{"mail/password:1", "mail%2Fpassword%3A1", link[strings.LastIndex(link, "/")+1:]} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

func TestMailSettings(t *testing.T) {
	base := []string{"--base-url", "https://keys.example.com", "--mail-from", "keys@example.com"}
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		want string // "" for a sender, "-" for none
	}{
		"none":             {nil, nil, "-"},
		"variable":         {map[string]string{"KEYWICKET_SMTP_URL": "smtp://u:secretword@mail.example.com"}, base, ""},
		"flag":             {nil, append([]string{"--smtp-url", "smtps://mail.example.com"}, base...), ""},
		"no sender":        {map[string]string{"KEYWICKET_SMTP_URL": "smtp://mail.example.com"}, base[:2], "--mail-from"},
		"no base URL":      {map[string]string{"KEYWICKET_SMTP_URL": "smtp://mail.example.com"}, base[2:], "--base-url"},
		"no address":       {map[string]string{"KEYWICKET_SMTP_URL": "u:secretword@mail.example.com"}, base, "is invalid"},
		"a wrong sender":   {map[string]string{"KEYWICKET_SMTP_URL": "smtp://mail.example.com", "KEYWICKET_MAIL_FROM": "keys"}, base[:2], "is not a sender"},
		"a file and a URL": {map[string]string{"KEYWICKET_SMTP_URL": "smtp://mail.example.com", "KEYWICKET_SMTP_URL_FILE": "x"}, base, "both set"},
	} {
		s, err := parse(t, tt.env, tt.args...)
		said := fmt.Sprint(err)
		switch {
		case strings.Contains(said, "secretword"):
			t.Errorf("%s: the error shows the password", name)
		case tt.want == "" && (err != nil || s.mail == nil), tt.want == "-" && (err != nil || s.mail != nil):
			t.Errorf("%s: %v, %v", name, s.mail, err)
		case len(tt.want) > 1 && !strings.Contains(said, tt.want):
			t.Errorf("%s: %v", name, err)
		}
	}
}
