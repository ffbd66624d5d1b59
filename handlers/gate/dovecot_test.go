package gate_test

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keywicket/handlers/gate"
	"keywicket/models"
	"keywicket/models/engine"
)

// dovecotMain is what Dovecot needs in addition to the files of deploy/dovecot to run
// in a folder of its own.
const dovecotMain = `base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = /dev/stderr
auth_verbose = yes
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = %[3]s
default_login_user = %[4]s
default_internal_group = %[5]s
auth_failure_delay = 0
service imap-login {
  chroot =
  inet_listener imap {
    port = %[2]s
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
mail_location = maildir:~/Maildir
userdb {
  driver = static
  args = uid=%[6]s gid=%[7]s home=%[1]s/mail/%%u allow_all_users=yes
}
!include %[1]s/keywicket.conf
`

// startDovecot runs Dovecot with the files of deploy/dovecot, and returns the
// address of its IMAP. It needs root, as Dovecot does that serves mailboxes of
// several people.
func startDovecot(t *testing.T, gateAddr string, edits ...string) string {
	t.Helper()
	bin := program(t, "dovecot", "dovecot-imapd")
	p := started(t, func(_, addr string) *exec.Cmd {
		dir := dovecotDir(t)
		for _, file := range []string{"keywicket.conf", "keywicket-password.conf.ext", "keywicket-token.conf.ext"} {
			text := deployed(t, "dovecot/"+file, nil)
			for _, e := range append(pairsOf(edits), [2]string{"/etc/dovecot/", dir + "/"}, [2]string{deployGate, gateAddr}) {
				text = strings.ReplaceAll(text, e[0], e[1])
			}
			write(t, dir+"/"+file, text)
		}
		_, port, _ := net.SplitHostPort(addr)
		write(t, dir+"/dovecot.conf", fmt.Sprintf(dovecotMain, dir, port, "dovecot", "dovenull", "dovecot", "nobody", "nogroup"))
		return exec.Command(bin, "-F", "-c", dir+"/dovecot.conf")
	})
	return p.addr
}

func pairsOf(edits []string) (pairs [][2]string) {
	for i := 0; i+1 < len(edits); i += 2 {
		pairs = append(pairs, [2]string{edits[i], edits[i+1]})
	}
	return pairs
}

// dovecotDir is a folder that Dovecot's users can reach, with one for mail.
func dovecotDir(t *testing.T) string {
	t.Helper()
	if me, err := user.Current(); err != nil || me.Uid != "0" {
		t.Skip("SKIPPED, AND SO DOVECOT IS NOT TESTED: it needs root, for it changes to other users. Run the tests as root before you rely on it.")
	}
	dir, err := os.MkdirTemp("", "dc") // short, for sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, err := range []error{os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "mail"), 0o777), os.Chmod(filepath.Join(dir, "mail"), 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// imapLogin is a mail client's log-in; from is its address.
type imapLogin struct {
	command string
	from    string
}

// plainLogin, saslPlain, oauthBearer and xoauth2 are what mail clients send.
func plainLogin(user, secret string) string { return fmt.Sprintf("LOGIN %q %q", user, secret) }

func saslPlain(user, secret string) string {
	return "AUTHENTICATE PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+secret))
}

func oauthBearer(user, token string) string {
	return "AUTHENTICATE OAUTHBEARER " + base64.StdEncoding.EncodeToString(
		[]byte("n,a="+user+",\x01host=localhost\x01port=143\x01auth=Bearer "+token+"\x01\x01"))
}

func xoauth2(user, token string) string {
	return "AUTHENTICATE XOAUTH2 " + base64.StdEncoding.EncodeToString([]byte("user="+user+"\x01auth=Bearer "+token+"\x01\x01"))
}

// try signs in and returns what the server says: "" for a log-in, and otherwise
// its word, such as AUTHENTICATIONFAILED.
func (l imapLogin) try(t *testing.T, addr string) string {
	t.Helper()
	from := l.from
	if from == "" {
		from = outsider
	}
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := fmt.Fprintf(conn, "a %s\r\n", l.command); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%.20s: %v", l.command, err)
		}
		switch {
		case strings.HasPrefix(line, "+"): // tells an OAuth client what was wrong; it answers with nothing
			_, _ = conn.Write([]byte("\r\n"))
		case strings.HasPrefix(line, "a OK"):
			return ""
		case strings.HasPrefix(line, "a "):
			_, word, _ := strings.Cut(line, "[")
			word, _, _ = strings.Cut(word, "]")
			return word
		}
	}
}

// mailKeys are keys of the channel Email.
func (w *fixture) mailKeys() {
	past := noon.Add(-time.Second)
	for name, change := range map[string]func(*engine.KeyData){
		"mail":          func(*engine.KeyData) {},
		"mail off":      func(k *engine.KeyData) { k.Key.Enabled = false },
		"mail old":      func(k *engine.KeyData) { k.Key.ExpiresAt = &past },
		"mail listed":   func(k *engine.KeyData) { k.IPs = []string{insider} },
		"mail once":     func(k *engine.KeyData) { k.Key.RateRequests, k.Key.RateWindowSec = 1, 3600 },
		"mail some api": func(k *engine.KeyData) { k.Key.ScopeAPIs = models.ScopeSome },
	} {
		w.add(name, acme, func(k *engine.KeyData) {
			k.Key.Channel = models.ChannelEmail
			change(k)
		})
	}
}

// The words of IMAP for a wrong password, and for a fault that may pass.
const (
	imapWrong = "AUTHENTICATIONFAILED"
	imapLater = "UNAVAILABLE"
)

func mechanisms() map[string]func(user, secret string) string {
	return map[string]func(user, secret string) string{
		"LOGIN": plainLogin, "PLAIN": saslPlain, "OAUTHBEARER": oauthBearer, "XOAUTH2": xoauth2,
	}
}

func TestRealDovecot(t *testing.T) {
	w := newFixture(t)
	w.mailKeys()
	addr := startDovecot(t, w.listen())
	for mechanism, command := range mechanisms() {
		for _, c := range []struct {
			name, key, user, from, want string
		}{
			{"allowed", "mail", "", "", ""},
			{"another's mailbox", "mail", "ulla", "", imapWrong},
			{"unknown", "", "ulla", "", imapWrong},
			{"disabled", "mail off", "", "", imapWrong},
			{"expired", "mail old", "", "", imapWrong},
			{"of another channel", "good", "", "", imapWrong},
			{"of no call", "mail some api", "", "", imapWrong},
			{"from the whitelist", "mail listed", "", insider, ""},
			{"from elsewhere", "mail listed", "", "127.0.0.2", imapWrong},
		} {
			t.Run(mechanism+" "+c.name, func(t *testing.T) {
				t.Parallel()
				key, user := w.key[c.key], cmp.Or(c.user, w.sid[c.key])
				if c.key == "" {
					key = unknownKey(t)
				}
				if got := (imapLogin{command(user, key), c.from}).try(t, addr); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		}
	}
	// Too many log-ins pass again later: a client need not ask for a new password.
	once := imapLogin{command: plainLogin(w.sid["mail once"], w.key["mail once"])}
	if got := once.try(t, addr); got != "" {
		t.Errorf("first log-in: %q", got)
	}
	if got := once.try(t, addr); got != imapLater {
		t.Errorf("second log-in: %q, want %q", got, imapLater)
	}
}

// Without an answer of the gate nobody signs in, and no client is told that
// its password is wrong.
func TestRealDovecotWithoutTheGate(t *testing.T) {
	w := newFixture(t)
	w.mailKeys()
	for name, gateAddr := range map[string]string{
		"gone":          freeAddr(t),
		"broken":        listenTo(t, (&spy{panics: "broken"}).server()),
		"not for us":    w.listen(func(c *gate.Config) { c.Token = gateToken }),
		"another place": upstream(t),
	} {
		t.Run(name, func(t *testing.T) {
			addr := startDovecot(t, gateAddr)
			for mechanism, command := range mechanisms() {
				if got := (imapLogin{command: command(w.sid["mail"], w.key["mail"])}).try(t, addr); got != imapLater {
					t.Errorf("%s: %q, want %q", mechanism, got, imapLater)
				}
			}
		})
	}
}

// With the token in the addresses, as the files say, the gate answers.
func TestRealDovecotToken(t *testing.T) {
	w := newFixture(t)
	w.mailKeys()
	gateAddr := w.listen(func(c *gate.Config) { c.Token = gateToken })
	addr := startDovecot(t, gateAddr, "http://127.0.0.1:8081", "http://dovecot:"+gateToken+"@"+gateAddr)
	for mechanism, command := range mechanisms() {
		if got := (imapLogin{command: command(w.sid["mail"], w.key["mail"])}).try(t, addr); got != "" {
			t.Errorf("%s: %q", mechanism, got)
		}
	}
}
