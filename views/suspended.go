package views

import (
	"context"

	"keywicket/models"
	"keywicket/views/i18n"
)

// WhyNoGrant returns why nobody can get new rights in the account, or "" if
// they can.
func WhyNoGrant(ctx context.Context, a models.Account) string {
	switch {
	case a.MasterSuspended():
		return i18n.T(ctx, "common.suspended.why.master", "Master", a.Master.Name)
	case a.Suspended():
		return i18n.T(ctx, "common.suspended.why")
	}
	return ""
}

// WhyNoKey returns why the reader cannot create keys, or "" if they can.
func WhyNoKey(ctx context.Context, a models.Account, may bool) string {
	if !may {
		return i18n.T(ctx, "keys.create.members")
	}
	return WhyNoGrant(ctx, a)
}

// WhyNotOn returns why the key cannot be enabled, or "" if it can or is.
func WhyNotOn(ctx context.Context, a models.Account, k models.Key) string {
	if k.Enabled {
		return ""
	}
	return WhyNoGrant(ctx, a)
}
