package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func newTestRing(t testing.TB) *Keyring {
	t.Helper()
	k, err := NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	k := newTestRing(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		id, sealed, err := k.Seal(plain, aad)
		if err != nil || id != k.ActiveID() {
			t.Fatalf("sealed with %q: %v", id, err)
		}
		got, err := k.Open(id, sealed, aad)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %v: %v", got, err)
		}
		_, again, err := k.Seal(plain, aad)
		if err != nil || bytes.Equal(again, sealed) {
			t.Fatalf("sealed twice alike: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")
		sealed[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := k.Open(id, sealed, aad); !errors.Is(err, ErrWrongKey) {
			t.Fatalf("a changed value opens: %v", err)
		}
	})
}

func TestASealedValueOpensInItsRowAlone(t *testing.T) {
	k := newTestRing(t)
	id, sealed, err := k.Seal([]byte(mint(t)), KeyAAD(1, "01J"))
	if err != nil {
		t.Fatal(err)
	}
	for _, aad := range [][]byte{KeyAAD(2, "01J"), KeyAAD(1, "01K"), KeyAAD(1, ""), KeyAAD(-1, "01J"), nil} {
		if _, err := k.Open(id, sealed, aad); !errors.Is(err, ErrWrongKey) {
			t.Errorf("it opens elsewhere: %v", err)
		}
	}
	for _, short := range [][]byte{nil, {}, sealed[:5], sealed[:12], sealed[:len(sealed)-1]} {
		if _, err := k.Open(id, short, KeyAAD(1, "01J")); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%d bytes of it: %v", len(short), err)
		}
	}
	if _, err := newTestRing(t).Open(id, sealed, KeyAAD(1, "01J")); !errors.Is(err, ErrUnknownKEK) {
		t.Errorf("another ring: %v", err)
	}
}

func TestKeyAADIsUnambiguous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, sid := rapid.Int64(), rapid.StringN(0, 5, -1)
		a1, s1, a2, s2 := id.Draw(t, "a1"), sid.Draw(t, "s1"), id.Draw(t, "a2"), sid.Draw(t, "s2")
		if same := a1 == a2 && s1 == s2; bytes.Equal(KeyAAD(a1, s1), KeyAAD(a2, s2)) != same {
			t.Fatalf("%d %q and %d %q", a1, s1, a2, s2)
		}
	})
}

// addActive puts a new master key in front of the ring.
func addActive(t testing.TB, k *Keyring) {
	t.Helper()
	id, err := k.add(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k.activate(id)
}

func TestAddAndActivate(t *testing.T) {
	k := newTestRing(t)
	old, sealed, err := k.Seal([]byte("value"), nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := k.add(rand.Reader)
	if err != nil || k.ActiveID() != old || !cmp.Equal(k.IDs(), []string{old, id}) {
		t.Errorf("a new key changes the active one: %v, %v", k.IDs(), err)
	}
	k.activate(id)
	if !cmp.Equal(k.IDs(), []string{id, old}) {
		t.Errorf("after the rotation: %v", k.IDs())
	}
	if plain, err := k.Open(old, sealed, nil); err != nil || string(plain) != "value" {
		t.Errorf("the retired key opens %q, %v", plain, err)
	}
	if by, _, err := k.Seal(nil, nil); err != nil || by != id {
		t.Errorf("the retired key seals: %v", err)
	}
	other := newTestRing(t)
	other.adopt(k)
	other.adopt(k)
	if want := []string{other.ActiveID(), id, old}; !cmp.Equal(other.IDs(), want) {
		t.Errorf("adopted %v, want %v", other.IDs(), want)
	}
	if _, err := k.add(strings.NewReader("short")); err == nil || len(k.IDs()) != 2 {
		t.Errorf("a poor source makes a key: %v, %v", k.IDs(), err)
	}
	if _, err := NewKeyring(strings.NewReader("")); err == nil {
		t.Error("a poor source makes a ring")
	}
}

func TestMarshalAndParse(t *testing.T) {
	k := newTestRing(t)
	for range 3 {
		addActive(t, k)
	}
	id, sealed, err := k.Seal([]byte("value"), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := k.Marshal()
	for name, form := range map[string][]byte{
		"as it is":               text,
		"with Windows lines":     bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
		"in one line":            bytes.ReplaceAll(bytes.TrimSpace(text[bytes.IndexByte(text, '\n')+1:]), []byte("\n"), []byte(",")),
		"without the last break": bytes.TrimSpace(text),
	} {
		got, err := ParseKeyring(form)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !cmp.Equal(got.IDs(), k.IDs()) {
			t.Errorf("%s: %v, want %v", name, got.IDs(), k.IDs())
		}
		if plain, err := got.Open(id, sealed, nil); err != nil || string(plain) != "value" {
			t.Errorf("%s: opens %q, %v", name, plain, err)
		}
	}
}

func TestParseKeyringRefuses(t *testing.T) {
	k := newTestRing(t)
	line := strings.TrimSpace(string(k.Marshal()[len(keyringHeader)+1:]))
	raw := strings.Fields(line)[2]
	other := strings.TrimSpace(string(newTestRing(t).Marshal()[len(keyringHeader)+1:]))
	for name, text := range map[string]string{
		"nothing":            "",
		"a comment alone":    keyringHeader,
		"rubbish":            "hunter2",
		"two fields":         "active " + raw,
		"an unknown state":   strings.Replace(line, "active", "spare", 1),
		"the wrong id":       "active 000000000000 " + raw,
		"a changed key":      strings.Replace(line, raw, other[len(other)-44:], 1),
		"a short key":        "active " + k.ActiveID() + " " + base64.StdEncoding.EncodeToString([]byte("short")),
		"no base64":          "active " + k.ActiveID() + " " + strings.Repeat("!", 44),
		"two active keys":    line + "\n" + other,
		"no active key":      strings.Replace(line, "active", "retired", 1),
		"a key twice":        line + "\n" + strings.Replace(line, "active", "retired", 1),
		"a line without end": strings.Repeat("x", 100_000),
		"retired before":     strings.Replace(other, "active", "retired", 1) + "\n" + line,
	} {
		_, err := ParseKeyring([]byte(text))
		if !errors.Is(err, ErrBadKeyring) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), raw) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error repeats the secret", name)
		}
	}
}
