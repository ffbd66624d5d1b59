package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// signInSteps keeps the state between two steps of a sign-in on the server. A
// step is found by its token, and only for its purpose.
type signInSteps interface {
	// BeginSignInStep stores a step for ttl and returns its token.
	BeginSignInStep(ctx context.Context, step models.SignInStep, ttl time.Duration) (string, error)
	// SignInStep returns a step without ending it, or an error of CodeNotFound
	// if it has expired or ended.
	SignInStep(ctx context.Context, purpose models.SignInPurpose, token string) (models.SignInStep, error)
	// TrySignInStep counts an attempt at a step. It returns an error of
	// CodeNotFound if there were more than most.
	TrySignInStep(ctx context.Context, purpose models.SignInPurpose, token string, most int) error
	// EndSignInStep ends a step, and reports whether it still existed.
	EndSignInStep(ctx context.Context, purpose models.SignInPurpose, token string) (bool, error)
}

// The second page of the sign-in.
const (
	stepCookie     = "step" // holds the token of the pending sign-in
	codeTries      = 5      // for one password, which is then asked for again
	expiredAddress = "/login?late=1"
)

// pendingCode is the state of a sign-in that still needs a code. Its user gave
// the right password but is not signed in.
type pendingCode struct {
	Next     string `json:"next"`
	Password string `json:"password"` // a hash of the password hash, to detect a change
}

// askCode stores the pending sign-in and redirects to the page that asks for
// the code.
func (h signInHandlers) askCode(c *web.Context, user models.User, next string) error {
	data, err := json.Marshal(pendingCode{Next: next, Password: passwordMark(user)})
	if err != nil {
		return err
	}
	token, err := h.store.BeginSignInStep(c.Ctx(), models.SignInStep{Purpose: models.SignInCode, UserID: user.ID, Data: data}, models.SignInTTL)
	if err != nil {
		return err
	}
	c.Keep(stepCookie, token, models.SignInTTL)
	return c.Goto("/login/code")
}

// passwordMark returns a value that changes with the user's password.
func passwordMark(user models.User) string {
	sum := sha256.Sum256([]byte(user.PasswordHash))
	return hex.EncodeToString(sum[:])
}

// pending returns the user who still owes a code in this browser. It returns an
// error of CodeNotFound if there is none, or if the user's password or second
// factor has changed meanwhile.
func (h signInHandlers) pending(c *web.Context) (models.User, pendingCode, error) {
	var p pendingCode
	step, err := h.store.SignInStep(c.Ctx(), models.SignInCode, c.Kept(stepCookie))
	if err != nil {
		return models.User{}, p, err
	}
	if err := json.Unmarshal(step.Data, &p); err != nil {
		return models.User{}, p, err
	}
	user, err := h.store.User(c.Ctx(), step.UserID)
	if err == nil && (user.DisabledAt != nil || user.TOTPSince == nil || passwordMark(user) != p.Password) {
		err = models.Refuse(models.CodeNotFound, "", "errors.signin.step")
	}
	return user, p, err
}

// codeForm answers with the page that asks for the code.
func (h signInHandlers) codeForm(c *web.Context) error {
	if _, _, err := h.pending(c); err != nil {
		return stepExpired(c, err)
	}
	return c.Page(http.StatusOK, view.CodePage(c.Bare(c.T("signin.code.title")), nil))
}

// stepExpired redirects to the first step of the sign-in if err is of
// CodeNotFound. It returns other errors.
func stepExpired(c *web.Context, err error) error {
	if models.CodeOf(err) != models.CodeNotFound {
		return err
	}
	c.Forget(stepCookie)
	return c.Goto(expiredAddress)
}

// code completes a sign-in that needs a second factor.
func (h signInHandlers) code(c *web.Context) error {
	user, p, err := h.pending(c)
	if err != nil {
		return stepExpired(c, err)
	}
	err = h.takeCode(c, user)
	if models.CodeOf(err) == models.CodeNotFound {
		return stepExpired(c, err)
	}
	if err == nil {
		c.Forget(stepCookie)
		err = c.SignIn(user, "code")
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			return view.CodePage(c.Bare(c.T("signin.code.title")), e), nil
		})
	}
	return c.Goto(p.Next)
}

// takeCode checks the code. It counts the attempt first, for the step and for
// the user. Callers have already given the right password, so strangers cannot
// use up the user's attempts.
func (h signInHandlers) takeCode(c *web.Context, user models.User) error {
	typed := c.Value("code")
	if typed == "" {
		return models.Refuse(models.CodeInvalid, "code", "errors.totp.required")
	}
	ctx, token := c.Ctx(), c.Kept(stepCookie)
	if err := h.store.TrySignInStep(ctx, models.SignInCode, token, codeTries); err != nil {
		return err
	}
	attempts := h.attempts(c, user, models.CodeAttempts(user.ID))
	if err := h.store.CountAttempt(ctx, attempts); err != nil {
		return err
	}
	err := h.store.TakeSecondFactor(ctx, c.Actor, user.ID, typed)
	if models.CodeOf(err) == models.CodeInvalid {
		return errors.Join(h.store.RecordFailedSignIn(ctx, c.Actor.IP, user), err)
	}
	if err != nil {
		return err
	}
	if err := h.store.RefundAttempt(ctx, attempts); err != nil {
		return err
	}
	ended, err := h.store.EndSignInStep(ctx, models.SignInCode, token)
	if err == nil && !ended {
		err = models.Refuse(models.CodeNotFound, "", "errors.signin.step")
	}
	return err
}
