package tester

import (
	"net/http"
	"strings"

	view "keywicket/views/tester"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/web"
)

// judge asks the gate's engine and returns its decision for display.
func (h handlers) judge(c *web.Context, f view.Form) (*view.Verdict, error) {
	r, err := requestOf(f)
	if err != nil {
		return nil, err
	}
	d, err := h.decide(c, f, r)
	if err != nil {
		return nil, err
	}
	v := &view.Verdict{
		Allowed: d.Allowed(), Reason: d.Reason.String(), Status: d.Reason.Status(),
		App: d.App, Ambiguous: r.PathAmbiguous, Checks: checksOf(d, r),
	}
	if !v.Allowed && c.Account.ErrorDialect == models.DialectJodoo {
		v.Status, v.Code = http.StatusBadRequest, d.Reason.JodooCode()
	}
	if d.API != nil {
		v.Call = d.API.Name()
	}
	if d.Rate.Limit > 0 {
		v.Limit, v.Remaining = d.Rate.Limit, d.Rate.Remaining
	}
	return v, h.name(c, d, v)
}

// decide judges the chosen key or the pasted one. A key of another account is
// treated as unknown.
func (h handlers) decide(c *web.Context, f view.Form, r engine.Request) (engine.Decision, error) {
	if f.Paste {
		r.Credential = strings.TrimSpace(c.Value("value"))
		d := h.engine.Decide(r)
		if d.Key != nil && d.Key.AccountID() != c.Account.ID {
			return h.engine.DecideHash([32]byte{}, r), nil
		}
		return d, nil
	}
	if f.Key == "" {
		return engine.Decision{}, models.Refuse(models.CodeInvalid, "key", "tester.key.required")
	}
	hash, err := h.store.KeyHash(c.Ctx(), c.Actor, f.Key)
	if models.CodeOf(err) == models.CodeNotFound {
		return engine.Decision{}, models.Refuse(models.CodeInvalid, "key", "errors.key.not_found")
	}
	if err != nil {
		return engine.Decision{}, err
	}
	return h.engine.DecideHash(hash, r), nil
}

// name adds the name and the address of the key to the verdict if the user may
// see the key.
func (h handlers) name(c *web.Context, d engine.Decision, v *view.Verdict) error {
	if d.Key == nil {
		return nil
	}
	k, err := h.store.Key(c.Ctx(), c.Actor, d.Key.Sid())
	if models.CodeOf(err) == models.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	v.KeyName, v.KeyHref = k.Name, "/a/"+c.Account.Slug+"/keys/"+k.Sid
	return nil
}

// checksOf returns every check in the order of the gate's table.
func checksOf(d engine.Decision, r engine.Request) []view.Check {
	var list []view.Check
	for _, reason := range engine.Reasons()[1:] {
		check := view.Check{Reason: reason.String(), State: view.CheckPassed}
		if d.Failed.Has(reason) {
			check.State = view.CheckFailed
		} else if skip := skipped(d, r, reason); skip != "" {
			check.State, check.Why = view.CheckSkipped, skip
		}
		list = append(list, check)
	}
	return list
}

// skipped returns the translation key of the reason why a check was not judged,
// or "" if it was judged.
func skipped(d engine.Decision, r engine.Request, reason engine.Reason) string {
	failed := d.Failed.Has
	switch {
	case d.Key == nil && reason > d.Reason:
		return "gate.skip.key"
	case reason == engine.APIDenied && failed(engine.APIUnknown):
		return "gate.skip.api"
	case reason == engine.AppUndetermined && d.API == nil:
		return "gate.skip.unknown"
	case reason == engine.AppDenied && d.API == nil && r.App == "":
		return "gate.skip.unknown"
	case reason == engine.AppDenied && failed(engine.AppUndetermined):
		return "gate.skip.app"
	case (reason == engine.AppUndetermined || reason == engine.AppDenied) && d.API != nil && d.App == "" && !failed(engine.AppUndetermined):
		return "gate.skip.unbound"
	case reason == engine.RateLimited && d.Failed.Len() > 0:
		return "gate.skip.rate"
	}
	return ""
}
