package secret

import (
	"bytes"
	"crypto/rand"
	"errors"
	"hash/crc32"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mint makes a value for a test.
func mint(t testing.TB) string {
	t.Helper()
	v, err := Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMint(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		v := mint(t)
		if len(v) != 41 || !strings.HasPrefix(v, "kw_") || !WellFormed(v) {
			t.Fatalf("%d characters, well formed: %v", len(v), WellFormed(v))
		}
		if seen[v] {
			t.Fatal("the same value twice")
		}
		seen[v] = true
	}
}

// oracleChecksum computes the checksum with the standard library and big
// numbers: base 62 with digits first and capitals before small letters.
func oracleChecksum(s string) string {
	n := new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(s))))
	text := n.Text(62) // digits, small letters, capitals
	swap := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}
	return strings.Repeat("0", 6-len(text)) + strings.Map(swap, text)
}

func TestChecksumAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9A-Za-z]{32}`).Draw(t, "body")
		sum := checksum("kw_" + body)
		if want := oracleChecksum("kw_" + body); string(sum[:]) != want {
			t.Fatalf("checksum is %s, want %s", sum, want)
		}
		if !WellFormed("kw_" + body + string(sum[:])) {
			t.Fatal("not well formed")
		}
	})
}

func TestAKnownValue(t *testing.T) {
	const body = "kw_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	v := body + oracleChecksum(body)
	if !WellFormed(v) {
		t.Errorf("%s is not well formed", v)
	}
	if p, l := Parts(v); p != "kw_0123" || l != v[37:] {
		t.Errorf("Parts = %q, %q", p, l)
	}
}

func TestWellFormedRefusesEveryTypo(t *testing.T) {
	v := mint(t)
	for i := range v {
		for _, c := range []byte("0Zz_-é\x00 ") {
			if c == v[i] {
				continue
			}
			if bad := v[:i] + string([]byte{c}) + v[i+1:]; WellFormed(bad) {
				t.Errorf("well formed with %q at %d", c, i)
			}
		}
	}
	// Neighbours swapped, as when typing in a hurry.
	for i := 3; i+1 < len(v); i++ {
		if v[i] == v[i+1] {
			continue
		}
		b := []byte(v)
		b[i], b[i+1] = b[i+1], b[i]
		if WellFormed(string(b)) {
			t.Errorf("well formed with %d and %d swapped", i, i+1)
		}
	}
	for _, bad := range []string{"", "kw_", v[1:], v + "0", v[:40], " " + v, v + " ", strings.ToUpper(v), "KW_" + v[3:], "kw-" + v[3:], strings.Repeat("0", 41)} {
		if WellFormed(bad) {
			t.Errorf("well formed: %d characters", len(bad))
		}
	}
}

func TestWellFormedDoesNotAllocate(t *testing.T) {
	good, bad := mint(t), strings.Repeat("x", 41)
	if n := testing.AllocsPerRun(1000, func() { _ = WellFormed(good); _ = WellFormed(bad) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMintIsUnbiased(t *testing.T) {
	// Every byte value comes equally often; then so does every character.
	var all bytes.Buffer
	r := mrand.New(mrand.NewPCG(1, 2))
	for range 2000 {
		for _, b := range r.Perm(256) {
			all.WriteByte(byte(b))
		}
	}
	counts := map[byte]int{}
	total := 0
	for {
		chunk, err := appendRandom(nil, &all, 40, alphabet)
		if err != nil {
			break
		}
		for _, c := range chunk {
			counts[c]++
			total++
		}
	}
	if len(counts) != 62 {
		t.Fatalf("%d different characters", len(counts))
	}
	for c, n := range counts {
		if want := total / 62; n < want*9/10 || n > want*11/10 {
			t.Errorf("%c came %d times, others about %d", c, n, want)
		}
	}
}

func TestMintFailsWithItsSource(t *testing.T) {
	if _, err := Mint(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short source gives %v", err)
	}
	if _, err := Mint(endless(0xff)); !errors.Is(err, errPoorRandom) {
		t.Errorf("a source of unusable bytes gives %v", err)
	}
}

// endless returns one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestParts(t *testing.T) {
	v := mint(t)
	if p, l := Parts(v); p != v[:7] || l != v[37:] {
		t.Errorf("Parts = %q, %q", p, l)
	}
	for _, other := range []string{"", "kw_", "hunter2", v[:20], v + v} {
		if p, l := Parts(other); p != "" || l != "" {
			t.Errorf("Parts shows %q and %q of %d characters", p, l, len(other))
		}
	}
}

func FuzzKey(f *testing.F) {
	const body = "kw_0123456789ABCDEFGHIJKLMNOPQRSTUV"
	f.Add(body+oracleChecksum(body), []byte("seed"))
	f.Add("kw_", bytes.Repeat([]byte{7}, 64))
	f.Add(strings.Repeat("k", 41), bytes.Repeat([]byte{0xff, 0, 100, 248}, 64))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, value string, random []byte) {
		if WellFormed(value) {
			if len(value) != ValueLen || oracleChecksum(value[:35]) != value[35:] || strings.Trim(value[3:], alphabet) != "" {
				t.Fatalf("%q is well formed", value)
			}
		}
		if clean := Redact(value); WellFormed(value) && clean != redactedKey {
			t.Fatalf("%q is redacted to %q", value, clean)
		}
		if p, l := Parts(value); len(p)+len(l) > 11 {
			t.Fatalf("%q and %q are shown of %q", p, l, value)
		}
		if v, err := Mint(bytes.NewReader(random)); err == nil && !WellFormed(v) {
			t.Fatalf("minted %q", v)
		}
	})
}
