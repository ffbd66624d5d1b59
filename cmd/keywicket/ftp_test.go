package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"

	"keywicket/models"
)

// ftpServer is a running ProFTPD with the files of deploy/proftpd.
type ftpServer struct {
	addr string
	home string
	log  string // what PAM's keywicket said
}

// startFTP runs ProFTPD, which asks the gate through PAM. The edits change the PAM service. PAM reads its services only
// from /etc/pam.d, so the test adds one there under a name of its own, and removes it at the end.
func startFTP(t *testing.T, g *channelGate, gateURL string, edits ...string) ftpServer {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED, AND SO FTP IS NOT TESTED: ProFTPD and /etc/pam.d need root. Run the tests as root before you rely on it.")
	}
	bin, err := exec.LookPath("/usr/sbin/proftpd")
	if err != nil {
		t.Fatal("proftpd is not installed: apt-get install proftpd-core (make deps does)")
	}
	dir := openDir(t)
	s := ftpServer{home: filepath.Join(dir, "home"), log: filepath.Join(dir, "pam.log")}
	if err := os.Mkdir(s.home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(s.home, 33, 33); err != nil {
		t.Fatal(err)
	}
	service := filepath.Base(dir)
	writeFile(t, "/etc/pam.d/"+service, pamService(t, gateURL, s.log, edits))
	t.Cleanup(func() { _ = os.Remove("/etc/pam.d/" + service) })
	users := filepath.Join(dir, "users")
	lines := deployFile(t, "proftpd/keywicket.passwd", map[string]string{"/srv/ftp/warehouse": s.home})
	for name := range g.values {
		if userOf(name) != ftpUser {
			lines += userOf(name) + ":" + fileHash + ":33:33::" + s.home + ":/usr/sbin/nologin\n"
		}
	}
	writeFile(t, users, lines)
	port := freePort(t)
	s.addr = fmt.Sprintf("127.0.0.1:%d", port)
	writeFile(t, dir+"/site.conf", deployFile(t, "proftpd/keywicket.conf", map[string]string{
		"/etc/proftpd/keywicket.passwd": users, "keywicket-ftp": service,
	}))
	writeFile(t, dir+"/proftpd.conf", fmt.Sprintf(`ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
Port %d
User nobody
Group nogroup
DelayEngine off
WtmpLog off
TransferLog none
SystemLog %[2]s/server.log
PidFile %[2]s/pid
ScoreboardFile %[2]s/scores
Include %[2]s/site.conf
`, port, dir))
	runUntilDone(t, s.addr, exec.Command(bin, "-n", "-c", dir+"/proftpd.conf"))
	return s
}

// pamService returns the service file of deploy/ for the tested binary.
func pamService(t *testing.T, gateURL, log string, edits []string) string {
	text := deployFile(t, "proftpd/keywicket-ftp", map[string]string{
		"/usr/local/bin/keywicket": binary, "http://127.0.0.1:8081": gateURL, "/var/log/keywicket-ftp.log": log,
	})
	return strings.NewReplacer(edits...).Replace(text)
}

// openDir returns a temporary folder that other users can enter, unlike those of t.TempDir.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "keywicket-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runUntilDone runs a server until the test ends, and waits until it listens.
func runUntilDone(t *testing.T, addr string, cmd *exec.Cmd) {
	t.Helper()
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), out)
		}
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-gone:
			t.Fatalf("%s ended:\n%s", cmd.Path, out)
		default:
		}
	}
	t.Fatalf("%s does not listen:\n%s", cmd.Path, out)
}

// dial connects from an address.
func (s ftpServer) dial(t *testing.T, from string) *ftp.ServerConn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := ftp.Dial(s.addr, ftp.DialWithDialer(d), ftp.DialWithTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Quit() })
	return conn
}

// login signs in and returns the status of the server: 230, or that of its refusal.
func (s ftpServer) login(t *testing.T, from, user, password string) int {
	t.Helper()
	err := s.dial(t, from).Login(user, password)
	var refused *textproto.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	if err != nil {
		return ftp.StatusBadArguments // the client's word for what it does not know
	}
	return ftp.StatusLoggedIn
}

// said returns what keywicket has written since the last call.
func (s ftpServer) said(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	_ = os.Remove(s.log)
	return string(text)
}

const (
	ftpUser = "warehouse-ftp"
	// fileHash is "a secret of the file" as ProFTPD's users file keeps it.
	fileHash = "$6$keywicket$CGBt5hTeujcBzw6wnQBPzXuPx1L4gdl9GtPUENqgj7XcZ2uRrqj6QLzf.NSeCDHuKG.UeXl0K52XRPrvhrnYw/"
)

func TestRealFTPTransfer(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	s := startFTP(t, g, g.url)
	conn := s.dial(t, listedClient)
	if err := conn.Login(ftpUser, chosenSecret); err != nil {
		t.Fatalf("%v\n%s", err, s.said(t))
	}
	if err := conn.Stor("order.csv", strings.NewReader("4711;12")); err != nil {
		t.Fatal(err)
	}
	r, err := conn.Retr("order.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || string(text) != "4711;12" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(s.home, "order.csv")); err != nil {
		t.Error(err)
	}
}

func TestRealFTPDenied(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	s := startFTP(t, g, g.url)
	for _, c := range []struct {
		name, from, user, password, reason string
	}{
		{"good", otherClient, ftpUser, chosenSecret, "allowed"},
		{"user name in other letters", otherClient, "Warehouse-FTP", chosenSecret, ""},
		{"wrong secret", otherClient, ftpUser, chosenSecret + "!", "key_unknown"},
		{"another's secret", otherClient, ftpUser, g.values["good"][:20], "key_malformed"},
		{"no password", otherClient, ftpUser, "", "key_missing"},
		{"disabled", otherClient, userOf("disabled"), chosenSecret, "key_disabled"},
		{"expired", otherClient, userOf("expired"), chosenSecret, "key_expired"},
		{"from a listed address", listedClient, userOf("listed"), chosenSecret, "allowed"},
		{"from another address", otherClient, userOf("listed"), chosenSecret, "ip_denied"},
		{"suspended", otherClient, userOf("suspended"), chosenSecret, "account_suspended"},
		{"for another channel", otherClient, userOf("other channel"), chosenSecret, "channel_denied"},
		{"some calls", otherClient, userOf("some calls"), chosenSecret, "api_denied"},
		{"rate", otherClient, userOf("once an hour"), chosenSecret, "allowed"},
		{"rate, again", otherClient, userOf("once an hour"), chosenSecret, "rate_limited"},
		{"token", otherClient, userOf("good"), g.values["good"], "allowed"},
		{"token of another channel", otherClient, userOf("good"), g.values["other channel"], "channel_denied"},
	} {
		want := ftp.StatusNotLoggedIn
		if c.reason == "allowed" {
			want = ftp.StatusLoggedIn
		}
		code, said := s.login(t, c.from, c.user, c.password), s.said(t)
		if code != want || c.reason != "" && !strings.Contains(said, c.reason+": ") {
			t.Errorf("%s: %d, want %d for %s; the log:\n%s", c.name, code, want, c.reason, said)
		}
		if c.password != "" && strings.Contains(said, c.password) {
			t.Errorf("%s: the credential is in the log", c.name)
		}
	}
}

// A user without a folder on the server cannot sign in with any key.
func TestRealFTPUnknownUser(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	s := startFTP(t, g, g.url)
	for _, user := range []string{"nobody-ftp", "root", "../root", strings.Repeat("x", 300)} {
		if code := s.login(t, otherClient, user, chosenSecret); code == ftp.StatusLoggedIn {
			t.Errorf("%q: %d", user, code)
		}
	}
}

// The file of users only names folders. A password in it lets nobody in.
func TestRealFTPFileDecidesNothing(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	s := startFTP(t, g, g.url)
	if code := s.login(t, otherClient, userOf("good"), "a secret of the file"); code != ftp.StatusNotLoggedIn {
		t.Errorf("by the file's password: %d\n%s", code, s.said(t))
	}
	if code := s.login(t, otherClient, userOf("good"), chosenSecret); code != ftp.StatusLoggedIn {
		t.Errorf("by a key: %d\n%s", code, s.said(t))
	}
}

func TestRealFTPGateDown(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	s := startFTP(t, g, fmt.Sprintf("http://127.0.0.1:%d", freePort(t)))
	code, said := s.login(t, otherClient, ftpUser, chosenSecret), s.said(t)
	if code != ftp.StatusNotLoggedIn || !strings.Contains(said, "no decision from the gate") {
		t.Errorf("%d\n%s", code, said)
	}
}

// The settings of docs/ftp.md that let everyone in while the gate is down do so, and change nothing while it is up.
func TestRealFTPOpenWhenTheGateIsDown(t *testing.T) {
	_, script, _ := strings.Cut(readRoot(t, filepath.Join("docs", "ftp.md")), "```sh\n#!")
	script, _, _ = strings.Cut(script, "```")
	wrapper := filepath.Join(openDir(t), "keywicket-or-open")
	writeFile(t, wrapper, "#!"+strings.ReplaceAll(script, "/usr/local/bin/keywicket", binary))
	if err := os.Chmod(wrapper, 0o755); err != nil {
		t.Fatal(err)
	}
	g := newChannelGate(t, models.ChannelFTP)
	for gateURL, want := range map[string]int{
		g.url: ftp.StatusNotLoggedIn, fmt.Sprintf("http://127.0.0.1:%d", freePort(t)): ftp.StatusLoggedIn,
	} {
		s := startFTP(t, g, gateURL, binary+" check", wrapper+" check")
		if code := s.login(t, otherClient, userOf("disabled"), chosenSecret); code != want {
			t.Errorf("%s: %d, want %d\n%s", gateURL, code, want, s.said(t))
		}
	}
}

// lftp, a client that people use, signs in.
func TestRealFTPWithLftp(t *testing.T) {
	bin, err := exec.LookPath("lftp")
	if err != nil {
		t.Fatal("lftp is not installed: apt-get install lftp (make deps does)")
	}
	g := newChannelGate(t, models.ChannelFTP)
	s := startFTP(t, g, g.url)
	file := filepath.Join(t.TempDir(), "stock.csv")
	writeFile(t, file, "1;2;3")
	upload := func(from, password string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		script := fmt.Sprintf("set net:socket-bind-ipv4 %s; set net:max-retries 1; set ftp:ssl-allow no; open -u %s,'%s' ftp://%s; put %s",
			from, userOf("listed"), password, s.addr, file)
		cmd := exec.CommandContext(ctx, bin, "-c", script)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		return out.String(), err
	}
	if out, err := upload(otherClient, chosenSecret); err == nil || !strings.Contains(out, "530") {
		t.Errorf("from another address: %v\n%s", err, out)
	}
	if out, err := upload(listedClient, chosenSecret); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, s.said(t))
	}
	if text, err := os.ReadFile(filepath.Join(s.home, "stock.csv")); string(text) != "1;2;3" {
		t.Errorf("%q, %v", text, err)
	}
}

// Other servers ask PAM as pamtester does.
func TestRealPAM(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED, AND SO PAM IS NOT TESTED: /etc/pam.d needs root. Run the tests as root before you rely on it.")
	}
	bin, err := exec.LookPath("pamtester")
	if err != nil {
		t.Fatal("pamtester is not installed: apt-get install pamtester (make deps does)")
	}
	g := newChannelGate(t, models.ChannelFTP)
	dir := openDir(t)
	service, log := filepath.Base(dir), filepath.Join(dir, "pam.log")
	writeFile(t, "/etc/pam.d/"+service, pamService(t, g.url, log, nil))
	t.Cleanup(func() { _ = os.Remove("/etc/pam.d/" + service) })
	for _, c := range []struct {
		rhost, key string
		ok         bool
	}{
		{listedClient, "listed", true}, {otherClient, "listed", false}, {"client.example", "listed", false}, {"", "listed", false},
		{otherClient, "good", true}, {"", "good", true}, {otherClient, "disabled", false},
	} {
		cmd := exec.CommandContext(t.Context(), bin, "-I", "rhost="+c.rhost, service, userOf(c.key), "authenticate", "acct_mgmt", "open_session")
		cmd.Stdin = strings.NewReader(chosenSecret + "\n")
		if out, err := cmd.CombinedOutput(); (err == nil) != c.ok {
			t.Errorf("%q from %q: %v\n%s", c.key, c.rhost, err, out)
		}
	}
}

// A key with chosen credentials from the console opens the FTP server at once, and no longer opens it once it is
// disabled.
func TestRealFTPFromTheConsole(t *testing.T) {
	console, gateURL, out := serveHere(t, "--data", filepath.Join(t.TempDir(), "data"))
	_, link, _ := strings.Cut(out.String(), "/setup/")
	b := newBrowser(t, console)
	account := b.setUp(console + "/setup/" + strings.TrimSpace(link))
	s := startFTP(t, newChannelGate(t, models.ChannelFTP), gateURL)
	if code := s.login(t, otherClient, ftpUser, chosenSecret); code != ftp.StatusNotLoggedIn {
		t.Errorf("before there is a key: %d\n%s", code, s.said(t))
	}
	made := b.submit(b.get(account+"/keys/new?channel=ftp"), "/keys/new", url.Values{
		"name": {"Warehouse"}, "channel": {"ftp"}, "credential": {"chosen"}, "username": {"Warehouse-FTP"}, "secret": {chosenSecret},
	})
	if made.status != 200 {
		t.Fatalf("making the key: %d", made.status)
	}
	if code := s.login(t, otherClient, ftpUser, chosenSecret); code != ftp.StatusLoggedIn {
		t.Errorf("with the key: %d\n%s", code, s.said(t))
	}
	details := b.get(account+"/keys").Find(`a[href^="`+account+`/keys/0"]`).First().AttrOr("href", "")
	b.submit(b.get(details), details+"/status", nil)
	if code := s.login(t, otherClient, ftpUser, chosenSecret); code != ftp.StatusNotLoggedIn {
		t.Errorf("with the disabled key: %d\n%s", code, s.said(t))
	}
}
