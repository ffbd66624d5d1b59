package views

import (
	"context"
	"net/http"

	"keywicket/views/i18n"
)

// ErrorTitle returns a short title for an error page with the status.
func ErrorTitle(ctx context.Context, status int) string {
	switch status {
	case http.StatusNotFound:
		return i18n.T(ctx, "errors.title.not_found")
	case http.StatusForbidden:
		return i18n.T(ctx, "errors.title.forbidden")
	case http.StatusTooManyRequests:
		return i18n.T(ctx, "errors.title.too_many")
	}
	return i18n.T(ctx, "errors.title")
}
