package ui

import (
	"context"

	"keywicket/views/i18n"
)

// closeLabel is Cancel where there is something to cancel, and Close where
// the dialog only tells.
func closeLabel(ctx context.Context, p DialogParams) string {
	if p.Submit.Label == "" {
		return i18n.T(ctx, "common.close")
	}
	return i18n.T(ctx, "common.cancel")
}

// primary is the button as the one that does what the dialog is for.
func primary(p ButtonParams) ButtonParams {
	if p.Variant == Default {
		p.Variant = Primary
	}
	return p
}

func toastTone(t Tone) Tone {
	if t == Neutral {
		return OK
	}
	return t
}
