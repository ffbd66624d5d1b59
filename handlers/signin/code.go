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

// signInSteps keep, on the server, what a sign-in remembers between two of its
// steps. A token finds it again, for its purpose alone.
type signInSteps interface {
	// BeginSignInStep keeps a step for ttl and gives its token.
	BeginSignInStep(ctx context.Context, step models.SignInStep, ttl time.Duration) (string, error)
	// SignInStep returns a step and leaves it; CodeNotFound when it is over.
	SignInStep(ctx context.Context, purpose models.SignInPurpose, token string) (models.SignInStep, error)
	// TrySignInStep counts a try; CodeNotFound when it was one too many.
	TrySignInStep(ctx context.Context, purpose models.SignInPurpose, token string, most int) error
	// EndSignInStep uses a step up, and says whether it was still there.
	EndSignInStep(ctx context.Context, purpose models.SignInPurpose, token string) (bool, error)
}

// The second page of the log-in.
const (
	stepCookie     = "step" // holds the token of who still owes a code
	codeTries      = 5      // of one password; then it is asked for again
	expiredAddress = "/login?late=1"
)

// pendingCode is what the server remembers of somebody who gave the right password.
// They are not signed in: no route knows them.
type pendingCode struct {
	Next     string `json:"next"`
	Password string `json:"password"` // a hash of the password's hash, to notice another one
}

// askCode leads to the second page of the log-in.
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

// passwordMark reports whether the password is still the same.
func passwordMark(user models.User) string {
	sum := sha256.Sum256([]byte(user.PasswordHash))
	return hex.EncodeToString(sum[:])
}

// pending returns who owes a code in this browser. It is CodeNotFound when nobody
// does, or not any more.
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

func (h signInHandlers) codeForm(c *web.Context) error {
	if _, _, err := h.pending(c); err != nil {
		return stepExpired(c, err)
	}
	return c.Page(http.StatusOK, view.CodePage(c.Bare(c.T("signin.code.title")), nil))
}

// late leads somebody whose first step is over back to it. Other errors are
// left to the boundary.
func stepExpired(c *web.Context, err error) error {
	if models.CodeOf(err) != models.CodeNotFound {
		return err
	}
	c.Forget(stepCookie)
	return c.Goto(expiredAddress)
}

// code ends a log-in that needed a second factor.
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

// takeCode counts the try before anything is compared: on the step, and on the
// person. Only somebody with the right password gets here, so that strangers use
// up neither.
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
