package keys

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/keys"
	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// keyReader is the part of the store that a key's page reads.
type keyReader interface {
	// Key returns a key with its whole policy, or CodeNotFound.
	Key(ctx context.Context, who models.Actor, sid string) (models.KeyDetail, error)
	// KeyUsage returns the key's usage of the last days.
	KeyUsage(ctx context.Context, who models.Actor, sid string, days int) ([]models.UsageDay, error)
	// KeyHistory returns the last n audit rows about the key.
	KeyHistory(ctx context.Context, who models.Actor, sid string, n int) ([]models.AuditRow, error)
}

// keyEditor is the part of the store that changes and deletes keys.
type keyEditor interface {
	// SetKeyBasics sets name, description and Expiry Date together.
	SetKeyBasics(ctx context.Context, who models.Actor, sid, name, description string, expires *time.Time) error
	// SetKeyRate limits the key to a number of requests in a window of seconds.
	SetKeyRate(ctx context.Context, who models.Actor, sid string, requests, windowSec int) error
	// SetKeyEnabled turns Status on or off.
	SetKeyEnabled(ctx context.Context, who models.Actor, sid string, enabled bool) error
	// DeleteKey deletes a disabled key. For an enabled one the error is CodeConflict.
	DeleteKey(ctx context.Context, who models.Actor, sid string) error
	// SomeKeys returns those of the keys that the actor may see.
	SomeKeys(ctx context.Context, who models.Actor, sids []string) ([]models.KeyAndPlugins, error)
	// BulkKeys applies one operation to several keys.
	BulkKeys(ctx context.Context, who models.Actor, sids []string, op models.BulkOp) (models.BulkResult, error)
}

// historyRows is the number of audit rows on a key's page.
const historyRows = 20

func (h handlers) show(c *web.Context) error {
	m, err := h.details(c, c.Param("sid"))
	if err != nil {
		return err
	}
	if err := h.fill(c, &m); err != nil {
		return err
	}
	return c.Page(http.StatusOK, h.keyPage(c, m))
}

func (h handlers) keyPage(c *web.Context, m view.KeyDetails) templ.Component {
	return h.keyFrame(c, m.Key.Key, func(chrome views.Chrome) templ.Component { return view.KeyPage(chrome, m) })
}

// details returns what every section of the page needs.
func (h handlers) details(c *web.Context, sid string) (view.KeyDetails, error) {
	key, err := h.store.Key(c.Ctx(), c.Actor, sid)
	if err != nil {
		return view.KeyDetails{}, err
	}
	history, err := h.store.KeyHistory(c.Ctx(), c.Actor, sid, historyRows)
	return view.KeyDetails{
		Root: page.KeysRoot(c), Key: key, History: history, IdempotencyKey: c.IdempotencyKey(), Now: c.Now(), Create: models.MayCreate(c.Account, c.Role), Account: c.Account,
		Basics: view.BasicsOf(key.Key), Limits: view.LimitsOf(key.Key),
	}, err
}

// fill adds what only the whole page shows.
func (h handlers) fill(c *web.Context, m *view.KeyDetails) error {
	usage, err := h.store.KeyUsage(c.Ctx(), c.Actor, m.Key.Sid, models.ChartDays)
	if err != nil {
		return err
	}
	m.Usage = usage
	return errors.Join(h.loadApps(c, m, nil), h.loadAPIs(c, m, nil))
}

func (h handlers) saveBasics(c *web.Context) error {
	typed := view.KeyBasics{Name: c.Value("name"), Description: c.Value("description"), Expiry: strings.TrimSpace(c.Value("expires_at"))}
	key, err := h.store.Key(c.Ctx(), c.Actor, c.Param("sid"))
	if err != nil {
		return err
	}
	expires, err := expiryOf(typed.Expiry, key.Key, c.Now())
	if err != nil {
		_, _, bad := models.CheckKeyBasics(typed.Name, typed.Description)
		err = errors.Join(bad, err)
	} else {
		err = h.store.SetKeyBasics(c.Ctx(), c.Actor, key.Sid, typed.Name, typed.Description, expires)
	}
	return h.answer(c, key.Sid, section{
		onPage: view.KeyBasicsSection, typed: func(m *view.KeyDetails) { m.Basics = typed }, said: c.T("keys.said.basics"),
	}, err)
}

// expiryOf parses an Expiry Date, which is the end of that day in UTC. It returns the key's own date unchanged, even
// if it has passed.
func expiryOf(typed string, k models.Key, now time.Time) (*time.Time, error) {
	if typed == "" {
		return nil, nil //nolint:nilnil // no date means never
	}
	if typed == view.BasicsOf(k).Expiry {
		return k.ExpiresAt, nil
	}
	day, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return nil, models.Refuse(models.CodeInvalid, "expires_at", "keys.expiry.format")
	}
	end := models.EndOfDay(day)
	return &end, models.CheckExpiry(&end, now)
}

func (h handlers) saveLimits(c *web.Context) error {
	typed := view.KeyLimits{Requests: strings.TrimSpace(c.Value("rate_requests")), Window: strings.TrimSpace(c.Value("rate_window")), Unit: c.Value("rate_unit")}
	sid := c.Param("sid")
	requests, seconds, err := limitOf(typed)
	if err == nil {
		err = h.store.SetKeyRate(c.Ctx(), c.Actor, sid, requests, seconds)
	}
	return h.answer(c, sid, section{
		onPage: view.KeyLimitsSection, typed: func(m *view.KeyDetails) { m.Limits = typed }, said: c.T("keys.said.limits"),
	}, err)
}

// limitOf parses a limit. An empty number of requests means no limit.
func limitOf(typed view.KeyLimits) (requests, seconds int, err error) {
	if typed.Requests == "" {
		return 0, 0, nil
	}
	if requests, err = strconv.Atoi(typed.Requests); err != nil {
		return 0, 0, models.Refuse(models.CodeInvalid, "rate_requests", "errors.rate.requests", "Max", models.MaxRateRequests)
	}
	window, err := strconv.Atoi(typed.Window)
	if err != nil || window > models.MaxRateWindowHours*3600 {
		window = 0 // refused below, unless there is no limit
	}
	seconds = window * terms.UnitSeconds(typed.Unit)
	return requests, seconds, models.CheckRate(requests, seconds)
}
