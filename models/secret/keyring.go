package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Errors of a Keyring.
var (
	// ErrUnknownKEK means that the ring has no master key with the id of a sealed value.
	ErrUnknownKEK = errors.New("the value was sealed with a master key that is not in the key file")
	// ErrWrongKey means that a sealed value does not open: it was changed, or belongs to another row.
	ErrWrongKey = errors.New("the sealed value does not open with its master key")
	// ErrBadKeyring means that a key file cannot be read.
	ErrBadKeyring = errors.New("the key file is damaged")
)

const (
	kekLen        = 32
	stateActive   = "active"
	stateRetired  = "retired"
	keyringHeader = "# Keywicket master keys. Keep this file secret and keep a copy apart from the database."
)

// kek is one master key (key-encryption key).
type kek struct {
	id   string
	raw  [kekLen]byte
	aead cipher.AEAD
}

// newKEK returns a master key. Its id is derived from the key, so that a damaged line is noticed.
func newKEK(raw []byte) (kek, error) {
	k := kek{}
	if copy(k.raw[:], raw) != kekLen || len(raw) != kekLen {
		return kek{}, ErrBadKeyring
	}
	sum := sha256.Sum256(append([]byte("keywicket master key id\x00"), raw...))
	k.id = hex.EncodeToString(sum[:6])
	block, err := aes.NewCipher(raw)
	if err != nil {
		return kek{}, err
	}
	if k.aead, err = cipher.NewGCM(block); err != nil {
		return kek{}, err
	}
	return k, nil
}

// Keyring holds the active master key, which seals, and any number of retired ones, which only open. Concurrent reads
// are safe, changes are not. Use a Box for both.
type Keyring struct {
	keys []kek // the active one first
}

// NewKeyring returns a ring of one new master key.
func NewKeyring(rand io.Reader) (*Keyring, error) {
	k := &Keyring{}
	if _, err := k.add(rand); err != nil {
		return nil, err
	}
	return k, nil
}

// ParseKeyring parses the output of Marshal. Commas can separate the entries too, so that a ring fits into an
// environment variable. Its errors are ErrBadKeyring with what is wrong, and never repeat the text.
func ParseKeyring(text []byte) (*Keyring, error) {
	k := &Keyring{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		for entry := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(entry) == "" {
				continue
			}
			if err := k.addEntry(entry); err != nil {
				return nil, fmt.Errorf("%w: line %d: %w", ErrBadKeyring, n, err)
			}
		}
	}
	if len(k.keys) == 0 {
		return nil, fmt.Errorf("%w: it holds no key", ErrBadKeyring)
	}
	return k, nil
}

// addEntry parses "active ID BASE64" or "retired ID BASE64", and adds the key.
func (k *Keyring) addEntry(entry string) error {
	f := strings.Fields(entry)
	if len(f) != 3 {
		return errors.New("not of the form STATE ID KEY")
	}
	raw, err := base64.StdEncoding.DecodeString(f[2])
	if err != nil {
		return errors.New("the key is not base64")
	}
	key, err := newKEK(raw)
	switch {
	case err != nil:
		return errors.New("the key has not 32 bytes")
	case key.id != f[1]:
		return errors.New("key and id do not belong together")
	case k.find(key.id) != nil:
		return errors.New("a key stands there twice")
	case f[0] == stateRetired:
		if len(k.keys) == 0 {
			return errors.New("the active key must come first")
		}
		k.keys = append(k.keys, key)
	case f[0] == stateActive:
		if len(k.keys) > 0 {
			return errors.New("there must be one active key, and it must come first")
		}
		k.keys = append(k.keys, key)
	default:
		return errors.New("the state is neither active nor retired")
	}
	return nil
}

// Marshal returns the ring as text. Write it only to a file of mode 0600.
func (k *Keyring) Marshal() []byte {
	var b bytes.Buffer
	b.WriteString(keyringHeader + "\n")
	for i, key := range k.keys {
		state := stateRetired
		if i == 0 {
			state = stateActive
		}
		b.WriteString(state + " " + key.id + " " + base64.StdEncoding.EncodeToString(key.raw[:]) + "\n")
	}
	return b.Bytes()
}

// ActiveID returns the id of the active master key.
func (k *Keyring) ActiveID() string { return k.keys[0].id }

// IDs returns the ids of the master keys, the active one first.
func (k *Keyring) IDs() []string {
	ids := make([]string, len(k.keys))
	for i, key := range k.keys {
		ids[i] = key.id
	}
	return ids
}

func (k *Keyring) find(id string) *kek {
	for i := range k.keys {
		if k.keys[i].id == id {
			return &k.keys[i]
		}
	}
	return nil
}

// add adds a new master key to the end of the ring, where it opens but does not seal yet, and returns its id.
func (k *Keyring) add(rand io.Reader) (id string, err error) {
	var raw [kekLen]byte
	if _, err := io.ReadFull(rand, raw[:]); err != nil {
		return "", fmt.Errorf("make a master key: %w", err)
	}
	key, err := newKEK(raw[:])
	if err != nil {
		return "", err
	}
	k.keys = append(k.keys, key)
	return key.id, nil
}

// activate makes the master key with the id the active one, and retires the one before.
func (k *Keyring) activate(id string) {
	i := slices.IndexFunc(k.keys, func(key kek) bool { return key.id == id })
	key := k.keys[i]
	k.keys = slices.Insert(slices.Delete(k.keys, i, i+1), 0, key)
}

// adopt adds the master keys of other that k lacks, as retired ones.
func (k *Keyring) adopt(other *Keyring) {
	for _, key := range other.keys {
		if k.find(key.id) == nil {
			k.keys = append(k.keys, key)
		}
	}
}

// Seal encrypts plain with the active master key (AES-256-GCM, random nonce). Opening it requires the same aad, which
// is not stored.
func (k *Keyring) Seal(plain, aad []byte) (kekID string, sealed []byte, err error) {
	key := &k.keys[0]
	nonce := make([]byte, key.aead.NonceSize(), key.aead.NonceSize()+len(plain)+key.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", nil, fmt.Errorf("seal: %w", err)
	}
	return key.id, key.aead.Seal(nonce, nonce, plain, aad), nil
}

// Open decrypts the output of Seal. It returns ErrUnknownKEK or ErrWrongKey when that fails.
func (k *Keyring) Open(kekID string, sealed, aad []byte) ([]byte, error) {
	key := k.find(kekID)
	if key == nil {
		return nil, ErrUnknownKEK
	}
	n := key.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrWrongKey
	}
	plain, err := key.aead.Open(nil, sealed[:n], sealed[n:], aad)
	if err != nil {
		return nil, ErrWrongKey
	}
	return plain, nil
}

// KeyAAD returns the associated data that binds a sealed value to its account and key, so that it opens in no other
// row.
func KeyAAD(accountID int64, sid string) []byte {
	b := append([]byte("keywicket key value\x00"), make([]byte, 8)...)
	binary.BigEndian.PutUint64(b[len(b)-8:], uint64(accountID)) //nolint:gosec // the bits of the id, whatever its sign
	return append(b, sid...)
}
