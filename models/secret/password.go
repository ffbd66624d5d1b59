package secret

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"keywicket/models"
	"keywicket/models/turns"
)

// ErrBadPasswordHash means that a stored password hash cannot be parsed.
var ErrBadPasswordHash = errors.New("the stored password hash is damaged")

// argonParams are the costs of one argon2id hash.
type argonParams struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

const (
	saltLen = 16
	hashLen = 32
	// Limits for stored hashes, so that a planted one cannot exhaust the memory.
	maxArgonMemory  = 256 * 1024
	maxArgonTime    = 10
	maxArgonThreads = 8
)

// defaultArgon returns the first of OWASP's equivalent parameters for argon2id.
func defaultArgon() argonParams { return argonParams{memory: 19 * 1024, time: 2, threads: 1} }

// The length of the queue of a Passwords.
const (
	waitingPerSlot = 64
	longestWait    = 5 * time.Second
)

// Passwords hashes and verifies passwords with argon2id. It limits how many run at once, because each takes 19 MiB.
// Networks take turns, and clients that got a password right before go first. It returns CodeUnavailable if a request
// gets no turn within 5 seconds, or if the queue is full. It is safe for concurrent use.
type Passwords struct {
	turns   *turns.Turns
	history *turns.History
	derive  func(password, salt []byte, a argonParams, n uint32) []byte
}

// NewPasswords returns a Passwords that runs at most maxAtOnce hashes at once, and at least one.
func NewPasswords(maxAtOnce int) *Passwords {
	slots := max(1, maxAtOnce)
	return &Passwords{
		turns: turns.New(slots, slots*waitingPerSlot), history: turns.NewHistory(),
		derive: func(password, salt []byte, a argonParams, n uint32) []byte {
			return argon2.IDKey(password, salt, a.time, a.memory, a.threads, n)
		},
	}
}

// Hash returns the argon2id hash of a password in PHC form, with a new salt. It waits for its turn until ctx ends.
func (p *Passwords) Hash(ctx context.Context, password string) (phc string, err error) {
	return p.HashLike(ctx, "", password)
}

// HashLike hashes a password with the salt and the costs of the hash like, so
// that VerifyAny checks a password against both in the time of one. With like ""
// it is Hash. It returns ErrBadPasswordHash if like cannot be read.
func (p *Passwords) HashLike(ctx context.Context, like, password string) (phc string, err error) {
	a, salt := defaultArgon(), make([]byte, saltLen)
	if like == "" {
		if _, err := rand.Read(salt); err != nil {
			return "", fmt.Errorf("hash a password: %w", err)
		}
	} else if a, salt, _, err = parsePHC(like); err != nil {
		return "", err
	}
	sum, err := p.work(ctx, like, password, salt, a, hashLen)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		a.memory, a.time, a.threads, enc.EncodeToString(salt), enc.EncodeToString(sum)), nil
}

// Verify reports whether the password matches the hash. With phc "", for an unknown person, it takes as long and
// returns false. It returns ErrBadPasswordHash if the hash cannot be parsed. Waiting ends with ctx.
func (p *Passwords) Verify(ctx context.Context, phc, password string) (ok bool, err error) {
	if phc == "" {
		_, err := p.work(ctx, phc, password, make([]byte, saltLen), defaultArgon(), hashLen)
		if err == nil {
			p.history.Note(ctx, phc, false)
		}
		return false, err
	}
	a, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	got, err := p.work(ctx, phc, password, salt, a, len(want))
	if err != nil {
		return false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1
	p.history.Note(ctx, phc, ok)
	return ok, nil
}

// VerifyAny returns the index of the hash that the password matches, or -1. Hashes made by HashLike from each other
// take no longer than one, and no hashes take as long as one. Its errors are those of Verify.
func (p *Passwords) VerifyAny(ctx context.Context, phcs []string, password string) (int, error) {
	if len(phcs) == 0 {
		_, err := p.Verify(ctx, "", password)
		return -1, err
	}
	var a argonParams
	var salt, got []byte
	found := -1
	for i, phc := range phcs {
		costs, itsSalt, want, err := parsePHC(phc)
		if err != nil {
			return -1, err
		}
		if got == nil || costs != a || !bytes.Equal(itsSalt, salt) || len(got) != len(want) {
			a, salt = costs, itsSalt
			if got, err = p.work(ctx, phc, password, salt, a, len(want)); err != nil {
				return -1, err
			}
		}
		if subtle.ConstantTimeCompare(got, want) == 1 && found < 0 {
			found = i
		}
	}
	return found, nil
}

// work runs argon2id when it is the turn of an attempt at the hash. It normalises the password to NFC, so that it does
// not depend on the keyboard.
func (p *Passwords) work(ctx context.Context, phc, password string, salt []byte, a argonParams, n int) ([]byte, error) {
	wait, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	leave, err := p.history.Enter(wait, p.turns, phc)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	case err != nil:
		return nil, models.Refuse(models.CodeUnavailable, "", "errors.busy").Because(err)
	}
	defer leave()
	length := uint32(n) //nolint:gosec // parsePHC allows at most 64
	return p.derive([]byte(norm.NFC.String(password)), salt, a, length), nil
}

// parsePHC parses $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func parsePHC(phc string) (a argonParams, salt, sum []byte, err error) {
	f := strings.Split(phc, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" || f[2] != "v="+strconv.Itoa(argon2.Version) {
		return a, nil, nil, ErrBadPasswordHash
	}
	costs := strings.Split(f[3], ",")
	if len(costs) != 3 {
		return a, nil, nil, ErrBadPasswordHash
	}
	m, okM := parseCost(costs[0], "m=", maxArgonMemory)
	t, okT := parseCost(costs[1], "t=", maxArgonTime)
	n, okN := parseCost(costs[2], "p=", maxArgonThreads)
	salt, saltErr := base64.RawStdEncoding.DecodeString(f[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(f[5])
	switch {
	case !okM || !okT || !okN || saltErr != nil || sumErr != nil,
		len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64:
		return a, nil, nil, ErrBadPasswordHash
	}
	return argonParams{memory: m, time: t, threads: uint8(n)}, salt, sum, nil //nolint:gosec // at most maxArgonThreads
}

func parseCost(s, name string, most uint64) (uint32, bool) {
	digits, ok := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil && n >= 1 && n <= most
}
