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

// rowKey is where a session's values hold its row in the database.
const rowKey = "row"

// sessionStore keeps gorilla's sessions in the database. The cookie holds a
// random token and nothing else; the row's id is the token's SHA-256. A row
// exists only for somebody who is signed in: visitors have no session, so
// there is none to plant on them.
type sessionStore struct {
	db   Sessions
	opts sessions.Options
	now  func() time.Time
}

var _ sessions.Store = (*sessionStore)(nil)

// Get returns the request's session, the same one each time it is asked.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the request's cookie names. IsNew says that
// there is none, or none any more. An error is a fault of the database.
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
			return sess, fmt.Errorf("end an old session: %w", err)
		}
		return sess, nil
	}
	sess.IsNew = false
	sess.ID = row.ID
	sess.Values[rowKey] = row
	return sess, decodeFlashes(row.Values, sess)
}

// Save notes the session as seen now. Where MaxAge is negative, it deletes the
// cookie of a session that has ended. A session begins by Context.SignIn and
// ends by Context.SignOut alone.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	ctx := r.Context()
	if sess.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(sess.Name(), "", sess.Options))
		return nil
	}
	values, err := encodeFlashes(sess)
	if err != nil {
		return err
	}
	return s.db.TouchSession(ctx, sess.ID, s.now().UTC(), values)
}

// newSessionToken returns 260 random bits.
func newSessionToken() string { return rand.Text() + rand.Text() }

// sessionID is the row's id for a cookie's token.
func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// flash is a message that waits for the next page.
type flash struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

func encodeFlashes(sess *sessions.Session) ([]byte, error) {
	waiting, _ := sess.Values[flashKey].([]any)
	if len(waiting) == 0 {
		return nil, nil
	}
	return json.Marshal(waiting)
}

func decodeFlashes(data []byte, sess *sessions.Session) error {
	if len(data) == 0 {
		return nil
	}
	var list []flash
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("read the session's values: %w", err)
	}
	for _, f := range list {
		sess.AddFlash(f)
	}
	return nil
}

// flashKey is where gorilla's sessions keep flash messages.
const flashKey = "_flash"
