package ui

import (
	"context"

	"keywicket/views/i18n"
)

// closeLabel returns "Cancel" for a dialog with a form, and "Close" for one
// that only informs.
func closeLabel(ctx context.Context, p DialogParams) string {
	if p.Submit.Label == "" {
		return i18n.T(ctx, "common.close")
	}
	return i18n.T(ctx, "common.cancel")
}

// primary returns the button as the main one of a dialog.
func primary(p ButtonParams) ButtonParams {
	if p.Variant == Default {
		p.Variant = Primary
	}
	return p
}

// toastTone returns the tone of a toast; Neutral becomes OK.
func toastTone(t Tone) Tone {
	if t == Neutral {
		return OK
	}
	return t
}
