package views

import (
	"context"

	"keywicket/models"
	"keywicket/views/i18n"
)

// WhyNoGrant says why the account gives nobody new rights, "" where it does.
func WhyNoGrant(ctx context.Context, a models.Account) string {
	switch {
	case a.MasterSuspended():
		return i18n.T(ctx, "common.suspended.why.master", "Master", a.Master.Name)
	case a.Suspended():
		return i18n.T(ctx, "common.suspended.why")
	}
	return ""
}

// WhyNoKey says why the reader adds no keys, "" where they may.
func WhyNoKey(ctx context.Context, a models.Account, may bool) string {
	if !may {
		return i18n.T(ctx, "keys.create.members")
	}
	return WhyNoGrant(ctx, a)
}

// WhyNotOn says why the key cannot be enabled, "" where it can, or where it is.
func WhyNotOn(ctx context.Context, a models.Account, k models.Key) string {
	if k.Enabled {
		return ""
	}
	return WhyNoGrant(ctx, a)
}
