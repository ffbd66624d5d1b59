package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gatehttp "keywicket/handlers/gate"
	"keywicket/models"
)

func TestCheck(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	pam := func(rhost string) []string {
		return cleanEnv("PAM_USER=warehouse-ftp", "PAM_RHOST="+rhost, "PAM_TYPE=auth")
	}
	for _, c := range []struct {
		name, key, end string
		env            []string
		args           []string
		want           string
	}{
		{name: "as PAM asks", key: "listed", end: "\x00", env: pam(listedClient), want: "allowed"},
		{name: "as PAM asks, another address", key: "listed", end: "\x00", env: pam(otherClient), want: "ip_denied"},
		{name: "as PAM asks, a host name", key: "listed", end: "\x00", env: pam("ftp.example"), want: "ip_denied"},
		{name: "as PAM asks, mapped", key: "listed", end: "\x00", env: pam("::ffff:" + listedClient), want: "allowed"},
		{name: "a flag wins", key: "listed", env: pam(otherClient), args: []string{"--ip", listedClient}, want: "allowed"},
		{name: "an empty flag too", key: "listed", env: pam(listedClient), args: []string{"--ip="}, want: "ip_denied"},
		{name: "nothing at the end", key: "good", want: "allowed"},
		{name: "a line", key: "good", end: "\n", want: "allowed"},
		{name: "a line of Windows", key: "good", end: "\r\n", want: "allowed"},
		{name: "two lines", key: "good", end: "\n\n", want: "key_malformed"},
		{name: "a space", key: "good", end: " ", want: "key_malformed"},
		{name: "a line before the NUL", key: "good", end: "\n\x00", want: "key_malformed"},
		{name: "no credential", want: "key_missing"},
		{name: "another channel", key: "good", args: []string{"--channel", "email"}, want: "channel_denied"},
		{name: "some calls", key: "some calls", want: "api_denied"},
		{name: "some calls, by name", key: "some calls", args: []string{"--api", "files.transfer"}, want: "allowed"},
		{name: "no such call", key: "good", args: []string{"--api", "files.delete"}, want: "api_unknown"},
		{name: "suspended", key: "suspended", want: "account_suspended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, value := c.env, g.values[c.key]
			if env == nil {
				env = cleanEnv()
			}
			args := append([]string{"check", "--gate-url", g.url + "/", "--channel", "ftp"}, c.args...)
			r := command(t, env, value+c.end, args...)
			code := exitDenied
			if c.want == "allowed" {
				code = 0
			}
			if r.code != code || !strings.HasPrefix(r.out, c.want+": ") || r.err != "" {
				t.Errorf("exit code %d, want %d for %s\n%s%s", r.code, code, c.want, r.out, r.err)
			}
			if value != "" && strings.Contains(r.out+r.err, value) {
				t.Error("it shows the credential")
			}
		})
	}
}

func TestCheckJSON(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	r := command(t, cleanEnv(), g.values["listed"], "check", "--gate-url", g.url, "--channel", "ftp", "--json")
	var answer checkAnswer
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || r.code != exitDenied {
		t.Fatalf("%v, exit code %d\n%s", err, r.code, r.out)
	}
	if answer.Allowed || answer.Reason != "ip_denied" || fmt.Sprint(answer.Failed) != "[ip_denied]" || answer.Key == nil || answer.Key.Name != "listed" {
		t.Errorf("%s", r.out)
	}
}

func TestCheckRubbishIsDenied(t *testing.T) {
	g := newChannelGate(t, models.ChannelFTP)
	good := g.values["good"]
	for name, stdin := range map[string]string{
		"no UTF-8": "\xff\xfe", "NUL inside": good + "\x00" + good, "two NULs": good + "\x00\x00", "NUL before": "\x00" + good,
		"long": strings.Repeat("x", maxCredential+1), "endless": strings.Repeat("\x00", 1<<20),
	} {
		if r := command(t, cleanEnv(), stdin, "check", "--gate-url", g.url, "--channel", "ftp"); r.code != exitDenied {
			t.Errorf("%s: exit code %d\n%s%s", name, r.code, r.out, r.err)
		}
	}
	env := cleanEnv("PAM_USER=\xff", "PAM_RHOST="+otherClient)
	if r := command(t, env, good, "check", "--gate-url", g.url, "--channel", "ftp"); r.code != exitDenied {
		t.Errorf("user name: exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestCheckToken(t *testing.T) {
	const token = "a-token-of-enough-length"
	g := newChannelGate(t, models.ChannelFTP, func(c *gatehttp.Config) { c.Token = token })
	file := filepath.Join(t.TempDir(), "token")
	writeFile(t, file, token+"\n")
	args := []string{"check", "--gate-url", g.url, "--channel", "ftp"}
	for name, c := range map[string]struct {
		env  []string
		args []string
		code int
	}{
		"none":     {cleanEnv(), nil, exitFault},
		"by file":  {cleanEnv(), []string{"--gate-token-file", file}, 0},
		"variable": {cleanEnv("KEYWICKET_GATE_TOKEN=" + token), nil, 0},
		"wrong":    {cleanEnv("KEYWICKET_GATE_TOKEN=" + token + "x"), nil, exitFault},
		"no file":  {cleanEnv(), []string{"--gate-token-file", file + "x"}, exitFault},
	} {
		if r := command(t, c.env, g.values["good"], append(args, c.args...)...); r.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", name, r.code, c.code, r.out, r.err)
		}
	}
}

// A fault is never a denial, and only the yes of a gate lets anyone in.
func TestCheckFaults(t *testing.T) {
	const yes = `{"allowed":true,"reason":"allowed","failed":[],"status":200,"message":"","key":null}`
	answers := map[string]http.HandlerFunc{
		"fault":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"no content": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/yes" {
				_, _ = w.Write([]byte(yes))
				return
			}
			http.Redirect(w, r, "/yes", http.StatusTemporaryRedirect)
		},
		"slow": func(http.ResponseWriter, *http.Request) { time.Sleep(3 * time.Second) },
	}
	for name, body := range map[string]string{
		"nothing": "", "a page": "<html>", "no object": "true", "no reason": `{"allowed":true}`, "another reason": `{"allowed":true,"reason":"ip_denied"}`,
		"a failed check": `{"allowed":true,"reason":"allowed","failed":["ip_denied"]}`, "cut off": yes[:20], "no word": `{"allowed":false,"reason":"allowed"}`,
		"a string": `{"allowed":"true","reason":"allowed"}`,
	} {
		answers[name] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	for name, answer := range answers {
		srv := httptest.NewServer(answer)
		t.Cleanup(srv.Close)
		if r := command(t, cleanEnv(), "kw_x", "check", "--gate-url", srv.URL, "--timeout", "1s"); r.code != exitFault {
			t.Errorf("%s: exit code %d\n%s%s", name, r.code, r.out, r.err)
		}
	}
	for name, args := range map[string][]string{
		"gate down": {"--gate-url", fmt.Sprintf("http://127.0.0.1:%d", freePort(t))}, "no address": {"--gate-url", "127.0.0.1"},
		"an address with a secret": {"--gate-url", "http://me:secret@127.0.0.1"},
		"a word":                   {"kw_x"}, "unknown flag": {"--credential", "kw_x"}, "no time": {"--timeout", "0s"}, "no channel": {"--channel", "pigeon"},
	} {
		r := command(t, cleanEnv(), "kw_x", append([]string{"check", "--gate-url", answersYes(t)}, args...)...)
		if name == "no channel" {
			r = command(t, cleanEnv(), "kw_x", append([]string{"check", "--gate-url", newChannelGate(t, models.ChannelFTP).url}, args...)...)
		}
		if r.code != exitFault || r.err == "" {
			t.Errorf("%s: exit code %d\n%s%s", name, r.code, r.out, r.err)
		}
	}
	if r := command(t, cleanEnv("HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1"), "kw_x", "check", "--gate-url", answersYes(t)); r.code != 0 {
		t.Errorf("a gate that says yes: exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// answersYes returns the address of a gate that allows everything.
func answersYes(t *testing.T) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"allowed":true,"reason":"allowed","failed":[],"message":"","key":null}`))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}
