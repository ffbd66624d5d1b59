package main

import (
	"context"
	"encoding/json"
	"io"

	"keywicket/models"
	"keywicket/views/i18n"
)

// inEnglish returns the message of e in English, the language of the command line.
func inEnglish(ctx context.Context, e *models.Error) string {
	bundle, err := i18n.New()
	if err != nil {
		return e.Error()
	}
	ctx = bundle.With(ctx, i18n.English)
	if !i18n.Has(ctx, e.Key) {
		return e.Error()
	}
	return i18n.TM(ctx, e.Key, e.Args)
}

// writeJSON writes v as indented JSON.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
