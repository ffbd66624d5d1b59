package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	v := mint(t)
	for in, want := range map[string]string{
		"":                       "",
		"nothing":                "nothing",
		v:                        "kw_[redacted]",
		"Bearer " + v + ",":      "Bearer kw_[redacted],",
		v + " " + v:              "kw_[redacted] kw_[redacted]",
		"a" + v + "_" + v:        "akw_[redacted]_kw_[redacted]",
		"?api_key=" + v + "&x=1": "?api_key=kw_[redacted]&x=1",
		"?k=" + strings.Replace(v, "_", "%5F", 1): "?k=kw_[redacted]",
		"?k=" + strings.Replace(v, "_", "%5f", 1): "?k=kw_[redacted]",
		v[:20]:              "kw_[redacted]",
		v[:8]:               "kw_[redacted]",
		v[:7]:               v[:7],
		"kw_8fQ2…":          "kw_8fQ2…",
		"kw_":               "kw_",
		"kw_kw_" + v[3:]:    "kw_kw_[redacted]",
		"kw keywicket kw%5": "kw keywicket kw%5",
		v[:40] + "!":        "kw_[redacted]!",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact of %d characters = %q, want %q", len(in), got, want)
		}
	}
}

func TestRedactFindsAKeyAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9A-Za-z]{38}`).Draw(t, "body")
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		got := Redact(before + "kw_" + body + after)
		if strings.Contains(got, body[:10]) && !strings.Contains(before+after, body[:10]) {
			t.Fatalf("the key stands in %q", got)
		}
		if Redact(got) != got {
			t.Fatalf("redacted again, %q changes", got)
		}
	})
}

type keyed struct{ Inner struct{ Value string } }

type valuer struct{ v string }

func (v valuer) LogValue() slog.Value { return slog.StringValue(v.v) }

func TestRedactHandler(t *testing.T) {
	v := mint(t)
	var k keyed
	k.Inner.Value = v
	for name, make := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var out bytes.Buffer
		log := slog.New(NewRedactHandler(make(&out)))
		log.Info("came with "+v, "key", v, "url", &url.URL{Path: "/x", RawQuery: "api_key=" + v})
		log.With("with", v, slog.Group("g", "in", v)).WithGroup("group").Info("m",
			"err", fmt.Errorf("bad: %w", errors.New(v)), "bytes", []byte(v), "struct", k, "pointer", &k,
			"list", []string{v}, "map", map[string]string{v: v}, "valuer", valuer{v}, v, 1,
			slog.Group("deep", slog.Group("deeper", "k", v)))
		log.Info("plain", "n", 7, "took", time.Second, "ok", true, "nil", nil)
		log.Debug("not shown", "key", v)
		text := out.String()
		if strings.Contains(text, v) || strings.Contains(text, v[3:15]) {
			t.Errorf("%s: the key stands in the log:\n%s", name, text)
		}
		for _, want := range []string{"kw_[redacted]", "came with", "plain", "took", "7", "group"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in the log:\n%s", name, want, text)
			}
		}
		if strings.Contains(text, "not shown") {
			t.Errorf("%s: the level is not kept", name)
		}
	}
}

func TestRedactHandlerPassesErrorsOn(t *testing.T) {
	h := NewRedactHandler(failing{})
	if err := h.Handle(context.Background(), slog.Record{}); !errors.Is(err, errFull) {
		t.Errorf("Handle gives %v", err)
	}
}

var errFull = errors.New("disk full")

type failing struct{ slog.Handler }

func (failing) Handle(context.Context, slog.Record) error { return errFull }

// Who sends the text must not choose how long this takes: at the square of
// its length, this one would take a day.
func TestRedactGoesOnceOverTheText(t *testing.T) {
	in := strings.Repeat("kw_", 4<<20)
	if got := Redact(in); got != in {
		t.Error("beginnings of keys with nothing behind them were changed")
	}
}
