package views

import (
	"context"
	"net/http"

	"keywicket/views/i18n"
)

// errorTitle says in a few words what a status means to the reader.
func errorTitle(ctx context.Context, status int) string {
	switch status {
	case http.StatusNotFound:
		return i18n.T(ctx, "errors.title.not_found")
	case http.StatusForbidden:
		return i18n.T(ctx, "errors.title.forbidden")
	case http.StatusTooManyRequests:
		return i18n.T(ctx, "errors.title.too_many")
	}
	if status >= http.StatusInternalServerError {
		return i18n.T(ctx, "errors.title.fault")
	}
	return i18n.T(ctx, "errors.title")
}
