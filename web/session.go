package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"keywicket/models"

	"github.com/gorilla/sessions"
)

// sessionStore is a gorilla session store on the database. The cookie contains a
// random token and nothing else; the row's id is the token's SHA-256. Only people
// who are signed in have a row: visitors have no session, so that nobody can
// plant one on them.
type sessionStore struct {
	db   Sessions
	opts sessions.Options
	now  func() time.Time
}

var _ sessions.Store = (*sessionStore)(nil)

// Get returns the request's session, the same one for each call.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the request's cookie names. The session's IsNew is
// true when there is none, or when it has expired, in which case New deletes its
// row. An error is a fault of the database.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	sess := sessions.NewSession(s, name)
	opts := s.opts
	sess.Options = &opts
	sess.IsNew = true
	cookie, err := r.Cookie(name)
	if err != nil || cookie.Value == "" {
		return sess, nil
	}
	row, err := s.db.Session(r.Context(), sessionID(cookie.Value))
	switch {
	case models.CodeOf(err) == models.CodeNotFound:
		return sess, nil
	case err != nil:
		return sess, fmt.Errorf("read the session: %w", err)
	}
	now := s.now()
	if !now.Before(row.ExpiresAt) || now.Sub(row.SeenAt) >= SessionIdle {
		if err := s.db.DeleteSession(r.Context(), row.ID); err != nil {
			return sess, fmt.Errorf("end an expired session: %w", err)
		}
		return sess, nil
	}
	return sess, browserSession{sess}.load(row)
}

// Save stores when the session was last seen, and its flashes. A session with a
// negative MaxAge has ended: Save deletes its cookie. Save does not create rows:
// Context.SignIn stores a new session, and browserSession.begin sets its cookie.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	if sess.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(sess.Name(), "", sess.Options))
		return nil
	}
	values, err := browserSession{sess}.encodeFlashes()
	if err != nil {
		return err
	}
	return s.db.TouchSession(r.Context(), sess.ID, s.now().UTC(), values)
}

// newSessionToken returns a token of 260 random bits.
func newSessionToken() string { return rand.Text() + rand.Text() }

// sessionID returns the id of the row for a cookie's token.
func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// sessionKey is the type of the keys in a session's Values that are not flashes.
type sessionKey int

// rowKey is the key of the session's row.
const rowKey sessionKey = 0

// flashKey names the flashes in a session. gorilla takes it in place of a key of
// its own.
const flashKey = "flashes"

// flash is a message for the next page.
type flash struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// browserSession provides typed access to the contents of a gorilla session: the
// row and the flashes. Nothing else reads or writes the session's Values.
type browserSession struct{ *sessions.Session }

// row returns the session's row, and reports whether somebody is signed in.
func (b browserSession) row() (models.Session, bool) {
	row, ok := b.Values[rowKey].(models.Session)
	return row, ok && !b.IsNew
}

// become makes b the session of the row, without any flashes.
func (b browserSession) become(row models.Session) {
	b.ID, b.IsNew = row.ID, false
	b.Values = map[any]any{rowKey: row}
}

// load makes b the session of a row that was read, with its flashes.
func (b browserSession) load(row models.Session) error {
	b.become(row)
	return b.decodeFlashes(row.Values)
}

// begin makes b the session of a row that has just been stored. It replaces the
// browser's token with the one of that session.
func (b browserSession) begin(w http.ResponseWriter, row models.Session, token string) {
	b.become(row)
	http.SetCookie(w, sessions.NewCookie(b.Name(), token, b.Options))
}

// end makes the next Save delete the browser's cookie.
func (b browserSession) end() { b.Options.MaxAge = -1 }

// addFlashes adds messages to those that wait for the next page.
func (b browserSession) addFlashes(list ...flash) {
	for _, f := range list {
		b.AddFlash(f, flashKey)
	}
}

// takeFlashes returns the waiting messages, oldest first, and removes them.
func (b browserSession) takeFlashes() []flash {
	var list []flash
	for _, waiting := range b.Flashes(flashKey) {
		if f, ok := waiting.(flash); ok {
			list = append(list, f)
		}
	}
	return list
}

// encodeFlashes returns the waiting messages as they are stored, nil for none.
func (b browserSession) encodeFlashes() ([]byte, error) {
	list := b.takeFlashes()
	if len(list) == 0 {
		return nil, nil
	}
	b.addFlashes(list...)
	return json.Marshal(list)
}

// decodeFlashes adds the messages that encodeFlashes returned.
func (b browserSession) decodeFlashes(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	var list []flash
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("read the session's flashes: %w", err)
	}
	b.addFlashes(list...)
	return nil
}
