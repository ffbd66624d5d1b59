package logs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"keywicket/models/logs"
	"keywicket/models/secret"
)

// forms are the handlers that a log can end in.
func forms() map[string]func(*bytes.Buffer) slog.Handler {
	return map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
}

func token(t *testing.T) string {
	t.Helper()
	seed := sha256.Sum256([]byte("randomness"))
	token, _, err := secret.NewToken(bytes.NewReader(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

const key = "kw_0123456789abcdefghijABCDEFGHIJ01234567"

type keyed struct{ Inner struct{ Value string } }

type valuer struct{ v string }

func (v valuer) LogValue() slog.Value { return slog.StringValue(v.v) }

// Whatever kind of value holds a secret, no line shows it.
func TestHandlerMasksEveryKindOfValue(t *testing.T) {
	for _, v := range []string{key, token(t)} {
		var k keyed
		k.Inner.Value = v
		for name, form := range forms() {
			var out bytes.Buffer
			log := slog.New(logs.NewHandler(form(&out)))
			log.Info("came with "+v, "key", v, "url", &url.URL{Path: "/x", RawQuery: "code=" + v})
			log.With("with", v, slog.Group("g", "in", v)).WithGroup("group").Info("m",
				"err", fmt.Errorf("bad: %w", errors.New(v)), "bytes", []byte(v), "struct", k, "pointer", &k,
				"list", []string{v}, "map", map[string]string{v: v}, "valuer", valuer{v}, v, 1,
				slog.Group("deep", slog.Group("deeper", "k", v)))
			log.Info("plain", "n", 7, "took", time.Second, "ok", true, "nil", nil)
			log.Debug("not shown", "key", v)
			text := out.String()
			if strings.Contains(text, v[3:15]) {
				t.Errorf("%s: the secret is in the log:\n%s", name, text)
			}
			for _, want := range []string{"came with", "plain", "took", "7", "group"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %q is missing in the log:\n%s", name, want, text)
				}
			}
			if strings.Contains(text, "not shown") {
				t.Errorf("%s: the level is not kept", name)
			}
		}
	}
}

func TestHandlerPassesErrorsOn(t *testing.T) {
	h := logs.NewHandler(failing{})
	if err := h.Handle(context.Background(), slog.Record{}); !errors.Is(err, errFull) {
		t.Errorf("Handle returns %v", err)
	}
}

var errFull = errors.New("disk full")

type failing struct{ slog.Handler }

func (failing) Handle(context.Context, slog.Record) error { return errFull }

// A token is masked in every spelling that an error can quote it in.
func TestTextMasksTokens(t *testing.T) {
	v := token(t)
	for _, in := range []string{
		v, "/invite/" + v, "/Invite/" + v + "/", "//invite//" + v, `Get "http://x/reset/` + v + `": EOF`,
		"?token=" + v, "?code=short&state=1", "token=" + v, "x-token: " + v + ".", "a\u202e" + v, v + "\x00",
		strings.Replace(v, v[5:6], fmt.Sprintf("%%%02X", v[5]), 1), v[:20] + "\r" + v[20:],
	} {
		got := logs.Text(in)
		if strings.Contains(got, v[:15]) || strings.Contains(got, v[25:]) || strings.Contains(got, "short") {
			t.Errorf("Text(%q) = %q", in, got)
		}
	}
}

func TestTextKeepsWhatNamesThings(t *testing.T) {
	for _, in := range []string{
		"", "disk full", "01JDXW4V5K8Z9QF3M2N1B0C7TA", "4f9d2c1e-8a7b-4c6d-9e0f-1a2b3c4d5e6f", "4f9d2c1e8a7b4c6d9e0f1a2b3c4d5e6f",
		"open /var/lib/keywicket/keywicket.db: no such file", "密钥管理 gate", "really? yes", "a\nb\tc",
	} {
		if got := logs.Text(in); got != in {
			t.Errorf("Text(%q) = %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"a\x1b[31mb": "a<U+001B>[31mb", "\u009b": "<U+009B>", "a\u202eb\u2066": "a<U+202E>b<U+2066>",
		"\u2028\u2029\ufeff\x7f": "<U+2028><U+2029><U+FEFF><U+007F>", "\xff\xc0a": "<0xFF><0xC0>a",
		"?a=1 ?b": "?… ?b",
	} {
		if got := logs.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

// Whatever is logged, in either form: one line, bounded, all of it visible.
func TestLinesAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(
			rapid.String(), rapid.StringMatching(`[A-Za-z0-9_-]{30,60}`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"\u202e", "\u2066", "\u0085", "\u009b31m", "\x1b[2J", "\r\n", "\u2028", "\ufeff", "\U000e0041", "\ue000", "\"", "\\"}),
			rapid.Map(rapid.IntRange(1, 3000), func(n int) string { return strings.Repeat("\u009b\"", n) }),
		), 1, 6).Draw(t, "parts")
		in := strings.Join(parts, "")
		for name, form := range forms() {
			var out bytes.Buffer
			slog.New(logs.NewHandler(form(&out))).Info(in, "value", in, "error", errors.New(in), in, 1)
			line, ended := strings.CutSuffix(out.String(), "\n")
			if !ended || len(line) > 9000 || !utf8.ValidString(line) {
				t.Fatalf("%s: %d bytes: %q", name, len(line), line)
			}
			for _, r := range line {
				if !unicode.IsPrint(r) {
					t.Fatalf("%s: %U in %q", name, r, line)
				}
			}
			if name == "json" && !json.Valid([]byte(line)) {
				t.Fatalf("not JSON: %q", line)
			}
		}
	})
}

func TestPath(t *testing.T) {
	v := token(t)
	for in, want := range map[string]string{
		"/":                                 "/",
		"/api/v5/app/entry/data/create":     "/api/v5/app/entry/data/create",
		"/wp-login.php":                     "/wp-login.php",
		"/auth/nginx/plugin=X-Plugin":       "/auth/nginx/plugin=X-Plugin",
		"/member.getList/1234567890":        "/member.getList/1234567890",
		"/Invite/" + v + "/":                "/Invite/…/",
		"//invite//" + v:                    "//invite//…",
		"/invite;" + v:                      "/invite;…",
		"/in\x00vite\u202e/\xff/a b/%41":    "/…/…/…/…",
		"/" + v[:12] + "/" + v[12:30] + "/": "/…/…/",
	} {
		if got := logs.Path(in); got != want {
			t.Errorf("Path(%q) = %q, want %q", in, got, want)
		}
	}
	if got := logs.Path(strings.Repeat("/ab", 5000)); len(got) > 200 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long path is logged in %d bytes", len(got))
	}
}

// A token that is cut into parts is as hidden as a whole one.
func TestPathHidesATokenInParts(t *testing.T) {
	token := strings.Repeat("MBQZ7KXWJ4VDTRC2PYHNGL5FSAEU3I6O", 2)
	for _, separator := range []string{"/", ",", ";", "="} {
		for size := 5; size <= 20; size++ {
			var parts []string
			for part := range slices.Chunk([]byte(token), size) {
				parts = append(parts, string(part))
			}
			path := logs.Path("/" + strings.Join(parts, separator))
			shown := 0
			for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r > unicode.MaxASCII || strings.ContainsRune("/,;=", r) }) {
				shown += len(part)
			}
			if shown > size {
				t.Errorf("in parts of %d, %d characters of a token are shown: %s", size, shown, path)
			}
		}
	}
}

func TestMethod(t *testing.T) {
	for in, want := range map[string]string{"GET": "GET", "PROPFIND": "PROPFIND", "": "…", "get": "…", "ABCDEFGHIJKL": "…", key: "…"} {
		if got := logs.Method(in); got != want {
			t.Errorf("Method(%q) = %q, want %q", in, got, want)
		}
	}
}

// A flood writes so many lines and no more, and hides neither the lines of
// other clients nor errors.
func TestLimit(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	log := logs.Limit(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), func() time.Time { return now })
	from := func(ip string) context.Context {
		return logs.WithClient(context.Background(), netip.MustParseAddr(ip))
	}
	lines := func(do func()) int {
		out.Reset()
		do()
		return strings.Count(out.String(), "\n")
	}
	flood := func(level slog.Level, ip func(i int) string) func() {
		return func() {
			for i := range 5000 {
				log.Log(from(ip(i)), level, strings.Repeat("x", 5000))
			}
		}
	}
	one := func(i int) string { return fmt.Sprintf("2001:db8::%x", i) } // one client has the /64
	many := func(i int) string { return fmt.Sprintf("10.0.%d.%d", i/250, i%250) }

	if n := lines(flood(slog.LevelWarn, one)); n != 20 || out.Len() > 20_000 {
		t.Errorf("a client's flood wrote %d lines of %d bytes", n, out.Len())
	}
	if n := lines(func() { log.InfoContext(from("192.0.2.1"), "other") }); n != 1 || !strings.Contains(out.String(), `"left_out":4980`) {
		t.Errorf("another client's line: %s", out.String())
	}
	if n := lines(flood(slog.LevelInfo, many)); n != 79 {
		t.Errorf("a flood from everywhere wrote %d more lines", n)
	}
	if n := lines(flood(slog.LevelError, one)); n != 5 {
		t.Errorf("behind a flood, a client's errors wrote %d lines", n)
	}
	if n := lines(flood(slog.LevelError, many)); n != 5 {
		t.Errorf("behind a flood, all errors wrote %d more lines", n)
	}
	if n := lines(flood(slog.LevelDebug, one)); n != 5000 {
		t.Errorf("%d of 5000 debug lines were written", n)
	}
	now = now.Add(time.Second)
	if n := lines(func() { log.InfoContext(from(one(0)), "again") }); n != 1 {
		t.Error("the limit lasts longer than its second")
	}
}

// Whatever takes part in a listener shares the listener's limit.
func TestLimitOfALimitedLoggerIsTheSame(t *testing.T) {
	log := logs.Limit(slog.New(slog.DiscardHandler), nil)
	if logs.Limit(log, nil) != log {
		t.Error("a limited logger is limited again")
	}
}
