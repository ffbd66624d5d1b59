package gate_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/handlers/gate"
	"keywicket/models"
)

// mailProxy is a real nginx with deploy/nginx/keywicket-mail.conf, and the
// mail servers behind it.
type mailProxy struct {
	smtp, imap, pop3 string // host and port of each
	delivery         string // of the SMTP server behind
	maildir          string
	backend          *mailbox
}

// startMail runs all of it in front of a gate; edits change the file.
func startMail(t *testing.T, gateAddr string, edits ...string) mailProxy {
	t.Helper()
	return startMailServers(t).front(t, gateAddr, edits...)
}

// startMailServers runs the servers behind nginx.
func startMailServers(t *testing.T) mailProxy {
	t.Helper()
	p := mailProxy{maildir: filepath.Join(t.TempDir(), "mail"), backend: startMailbox(t)}
	p.delivery = startSMTP(t, p.maildir).addr
	return p
}

// front puts nginx before the servers.
func (p mailProxy) front(t *testing.T, gateAddr string, edits ...string) mailProxy {
	t.Helper()
	const module = "/usr/lib/nginx/modules/ngx_mail_module.so"
	if _, err := os.Stat(module); err != nil {
		t.Fatal("nginx has no mail module: apt-get install libnginx-mod-mail (make deps does)")
	}
	bin := program(t, "nginx", "nginx-light libnginx-mod-mail")
	p.smtp = started(t, func(dir, addr string) *exec.Cmd {
		p.imap, p.pop3 = freeAddr(t), freeAddr(t)
		write(t, dir+"/mail.conf", deployed(t, "nginx/keywicket-mail.conf", edited(map[string]string{
			deployGate: gateAddr, "listen 587;": "listen " + addr + ";", "listen 143;": "listen " + p.imap + ";", "listen 110;": "listen " + p.pop3 + ";",
			"127.0.0.1:2525": p.delivery, "127.0.0.1:1143": p.backend.imap, "127.0.0.1:1110": p.backend.pop3,
		}, edits)))
		write(t, dir+"/nginx.conf", fmt.Sprintf("load_module %s;\ndaemon off; master_process off; pid %[2]s/pid; error_log stderr info;\nevents {}\ninclude %[2]s/mail.conf;\n", module, dir))
		return exec.Command(bin, "-e", "stderr", "-p", dir, "-c", dir+"/nginx.conf")
	}).addr
	return p
}

// startNginxSite runs nginx with site in its http block and returns the
// address it listens on, which replaces the one in the line listen.
func startNginxSite(t *testing.T, listen, site string) string {
	t.Helper()
	if !strings.Contains(site, listen) {
		t.Fatalf("no %s in\n%s", listen, site)
	}
	bin := program(t, "nginx", "nginx-light")
	return started(t, func(dir, addr string) *exec.Cmd {
		write(t, dir+"/site.conf", strings.ReplaceAll(site, listen, "listen "+addr+";"))
		write(t, dir+"/nginx.conf", nginxMain("", dir))
		return exec.Command(bin, "-e", "stderr", "-p", dir, "-c", dir+"/nginx.conf")
	}).addr
}

// startSMTP runs a real SMTP server that puts what it takes into a maildir.
func startSMTP(t *testing.T, maildir string) proxied {
	t.Helper()
	const python = "/usr/bin/python3" // Debian's, which has the package
	if err := exec.Command(python, "-c", "import aiosmtpd").Run(); err != nil {
		t.Fatal("aiosmtpd is not installed: apt-get install python3-aiosmtpd (make deps does)")
	}
	return started(t, func(_, addr string) *exec.Cmd {
		return exec.Command(python, "-m", "aiosmtpd", "-n", "-l", addr, "-c", "aiosmtpd.handlers.Mailbox", maildir)
	})
}

// messages are those that arrived.
func (p mailProxy) messages(t *testing.T) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(p.maildir, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// send sends a message with swaks, and returns what both sides said.
func (p mailProxy) send(t *testing.T, from, mechanism, user, password, subject string) string {
	t.Helper()
	host, port, _ := strings.Cut(p.smtp, ":")
	cmd := exec.CommandContext(t.Context(), program(t, "swaks", "swaks"), "--server", host, "--port", port, "--local-interface", from,
		"--auth", mechanism, "--auth-user", user, "--auth-password", password, "--helo", "client.example",
		"--from", "orders@client.example", "--to", "desk@example.com", "--header", "Subject: "+subject, "--body", "48 boxes", "--timeout", "30")
	out, _ := cmd.CombinedOutput() // a refusal is an exit code too
	return string(out)
}

const mailUser = "orders@client.example"

func TestRealMailDelivered(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	p := startMail(t, w.listen())
	for i, mechanism := range []string{"PLAIN", "LOGIN"} {
		subject := "Order " + mechanism
		if out := p.send(t, insider, mechanism, mailUser, w.key["email listed"], subject); !strings.Contains(out, "235 ") {
			t.Fatal(out)
		}
		got := p.messages(t)
		if len(got) != i+1 || !strings.Contains(strings.Join(got, ""), "Subject: "+subject) || !strings.Contains(strings.Join(got, ""), "48 boxes") {
			t.Errorf("%d messages: %q", len(got), got)
		}
		if strings.Contains(strings.Join(got, ""), w.key["email listed"]) {
			t.Error("the key went with the message")
		}
	}
}

func TestRealMailDenied(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	p := startMail(t, w.listen())
	if out := p.send(t, outsider, "PLAIN", mailUser, w.key["email once"], "the first"); !strings.Contains(out, "235 ") {
		t.Fatal(out)
	}
	var clients sync.WaitGroup // nginx makes each of them wait: all at once
	for _, c := range []struct{ name, password, want string }{
		{"disabled", w.key["email off"], "535 5.7.0 The API key is disabled."},
		{"expired", w.key["email old"], "535 5.7.0 The API key has expired."},
		{"not listed", w.key["email listed"], "535 5.7.0 The client's address is not in the IP Whitelist of the API key."},
		{"suspended", w.key["email suspended"], "535 5.7.0 The account of the API key is suspended."},
		{"another channel", w.key["good"], "535 5.7.0 The API key is for another channel."},
		{"no such key", unknownKey(t), "535 5.7.0 The API key is not valid."},
		{"wrong secret", "a wrong secret %41 + 名字", "535 5.7.0 The API key is not valid."},
		{"some calls", w.key["email some"], "535 5.7.0 The API is not in the Scope (API) of the API key."},
		{"rate", w.key["email once"], "454 4.7.0 Too many requests. Try again in 3600 s."},
	} {
		clients.Go(func() {
			if out := p.send(t, outsider, "PLAIN", mailUser, c.password, c.name); !strings.Contains(out, "<** "+c.want) {
				t.Errorf("%s: want %s\n%s", c.name, c.want, out)
			}
		})
	}
	clients.Wait()
	p.checkNoLogin(t)
	if got := p.messages(t); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
}

// checkNoLogin holds that nobody sends without a log-in.
func (p mailProxy) checkNoLogin(t *testing.T) {
	t.Helper()
	c := dialLines(t, p.smtp, outsider)
	c.expect("220 ")
	c.say("EHLO x")
	for !strings.HasPrefix(c.line(), "250 ") {
	}
	c.say("MAIL FROM:<a@example.com>")
	if got := c.line(); strings.HasPrefix(got, "2") {
		t.Errorf("without a log-in: %s", got)
	}
}

// IMAP and POP3: nginx hands user name and secret on to the server behind it.
func TestRealMailboxes(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	p := startMail(t, w.listen())
	key := w.key["email listed"]

	imap := dialLines(t, p.imap, insider)
	imap.expect("* OK")
	imap.say(`a1 LOGIN "` + mailUser + `" "` + key + `"`)
	imap.expect("a1 OK")
	pop := dialLines(t, p.pop3, insider)
	pop.expect("+OK")
	pop.say("USER " + mailUser)
	pop.expect("+OK")
	pop.say("PASS " + key)
	pop.expect("+OK")
	for range 2 {
		if got := <-p.backend.logins; got != mailUser+" "+key {
			t.Errorf("the server behind got %q", got)
		}
	}

	imap = dialLines(t, p.imap, outsider)
	imap.expect("* OK")
	imap.say("a1 LOGIN " + mailUser + " " + key)
	imap.expect("a1 NO The client's address is not in the IP Whitelist")
	imap.say("a2 LOGIN " + mailUser + " " + w.key["email good"])
	imap.expect("a2 OK")
	pop = dialLines(t, p.pop3, outsider)
	pop.expect("+OK")
	pop.say("USER " + mailUser)
	pop.expect("+OK")
	pop.say("PASS " + w.key["email off"])
	pop.expect("-ERR The API key is disabled.")
}

// Without the gate nobody passes, and no client is told that its credentials
// are wrong.
func TestRealMailGateDown(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	for name, gateAddr := range map[string]string{"down": freeAddr(t), "fault": listenTo(t, (&spy{panics: "broken"}).server())} {
		t.Run(name, func(t *testing.T) {
			p := startMail(t, gateAddr)
			if out := p.send(t, outsider, "PLAIN", mailUser, w.key["email good"], "x"); !strings.Contains(out, "451 4.3.2 Internal server error") || len(p.messages(t)) > 0 {
				t.Error(out)
			}
			imap := dialLines(t, p.imap, outsider)
			imap.expect("* OK")
			imap.say("a1 LOGIN " + mailUser + " " + w.key["email good"])
			imap.expect("* BAD internal server error")
			pop := dialLines(t, p.pop3, outsider)
			pop.expect("+OK")
			pop.say("USER " + mailUser)
			pop.expect("+OK")
			pop.say("PASS " + w.key["email good"])
			pop.expect("-ERR internal server error")
		})
	}
}

func TestRealMailToken(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	gateAddr := w.listen(func(c *gate.Config) { c.Token = gateToken })
	p := startMail(t, gateAddr, `X-Keywicket-Token "";`, `X-Keywicket-Token "`+gateToken+`";`)
	if out := p.send(t, outsider, "PLAIN", mailUser, w.key["email good"], "x"); !strings.Contains(out, "235 ") {
		t.Errorf("with the token:\n%s", out)
	}
	p = startMail(t, gateAddr)
	if out := p.send(t, outsider, "PLAIN", mailUser, w.key["email good"], "x"); !strings.Contains(out, "451 4.3.2") {
		t.Errorf("without:\n%s", out)
	}
}

// The lines of docs/mail.md that let everybody through do so.
func TestRealMailOpenWhenTheGateIsDown(t *testing.T) {
	found := blocks(document(t, "docs/mail.md"), "nginx")
	if len(found) != 1 {
		t.Fatalf("docs/mail.md has %d blocks of nginx", len(found))
	}
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	for name, c := range map[string]struct{ gateAddr, want string }{"down": {freeAddr(t), "235 "}, "up": {w.listen(), "535 5.7.0"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startMailServers(t)
			p = p.front(t, startNginxSite(t, "listen 127.0.0.1:8082;", strings.NewReplacer(deployGate, c.gateAddr, "127.0.0.1:2525", p.delivery).Replace(found[0])))
			if out := p.send(t, outsider, "PLAIN", mailUser, w.key["email off"], "x"); !strings.Contains(out, c.want) {
				t.Errorf("want %s\n%s", c.want, out)
			}
		})
	}
}

// lines is a connection on which both sides speak in lines.
type lines struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func dialLines(t *testing.T, addr, from string) *lines {
	t.Helper()
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0))}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	return &lines{t, conn, bufio.NewReader(conn)}
}

func (l *lines) say(text string) {
	if _, err := io.WriteString(l.conn, text+"\r\n"); err != nil {
		l.t.Error(err)
	}
}

func (l *lines) line() string {
	text, err := l.r.ReadString('\n')
	if err != nil {
		l.t.Fatalf("after %q: %v", text, err)
	}
	return strings.TrimRight(text, "\r\n")
}

func (l *lines) expect(begin string) {
	l.t.Helper()
	if got := l.line(); !strings.HasPrefix(got, begin) {
		l.t.Errorf("got %q, want %q", got, begin)
	}
}

// mailbox is an IMAP and a POP3 server that let everybody in and tell who came.
type mailbox struct {
	imap, pop3 string
	logins     chan string
}

func startMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{logins: make(chan string, 100)}
	m.imap = acceptLines(t, "* OK ready", m.imapLogin)
	m.pop3 = acceptLines(t, "+OK ready", m.popLogin)
	return m
}

// imapLogin takes a log-in as nginx sends it: in literals, each announced by
// its length in braces.
func (m *mailbox) imapLogin() func(string) string {
	var said []string
	return func(line string) string {
		text, announced := line, false
		if i := strings.LastIndex(line, "{"); i >= 0 && strings.HasSuffix(line, "}") {
			text, announced = line[:i], true
		}
		said = append(said, strings.Fields(text)...)
		if announced {
			return "+ go on"
		}
		if len(said) == 4 && said[1] == "LOGIN" {
			m.logins <- said[2] + " " + said[3]
		}
		return said[0] + " OK done"
	}
}

func (m *mailbox) popLogin() func(string) string {
	user := ""
	return func(line string) string {
		if u, ok := strings.CutPrefix(line, "USER "); ok {
			user = u
		}
		if secret, ok := strings.CutPrefix(line, "PASS "); ok {
			m.logins <- user + " " + secret
		}
		return "+OK"
	}
}

// acceptLines is a server that answers each line of each connection.
func acceptLines(t *testing.T, greeting string, answers func() func(string) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = fmt.Fprintf(conn, "%s\r\n", greeting)
				answer := answers()
				for s := bufio.NewScanner(conn); s.Scan(); {
					if s.Text() != "" {
						_, _ = fmt.Fprintf(conn, "%s\r\n", answer(s.Text()))
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}
