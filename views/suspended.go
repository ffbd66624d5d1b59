package views

import (
	"context"

	"keywicket/models"
	"keywicket/views/i18n"
)

// whyNoGrant says why the account gives nobody new rights, "" where it does.
func whyNoGrant(ctx context.Context, a models.Account) string {
	switch {
	case a.MasterStopped():
		return i18n.T(ctx, "common.suspended.why.master", "Master", a.Master.Name)
	case a.Stopped():
		return i18n.T(ctx, "common.suspended.why")
	}
	return ""
}

// whyNoKey says why the reader adds no keys, "" where they may.
func whyNoKey(ctx context.Context, a models.Account, may bool) string {
	if !may {
		return i18n.T(ctx, "keys.create.members")
	}
	return whyNoGrant(ctx, a)
}

// whyNotOn says why the key cannot be enabled, "" where it can, or where it is.
func whyNotOn(ctx context.Context, a models.Account, k models.Key) string {
	if k.Enabled {
		return ""
	}
	return whyNoGrant(ctx, a)
}
