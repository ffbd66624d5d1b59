package models

import "strings"

// MaxPastedApp is the maximum number of lines in a pasted list of apps.
const MaxPastedApp = 10_000

// ParseAppLines parses a pasted list of apps, one "app_id, name" per line. A comma or a tab separates the two. The name
// defaults to the app id. Empty lines are skipped. Every invalid line is reported, and so is an app id that occurs
// twice. Lines beyond MaxPastedApp are reported once and not parsed.
func ParseAppLines(text string) ([]NewApp, []LineError) {
	text = strings.TrimPrefix(text, "\ufeff")
	var (
		apps []NewApp
		bad  []LineError
		seen = map[string]int{}
	)
	line, filled := 0, 0
	for raw := range strings.Lines(text) {
		line++
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		if filled++; filled > MaxPastedApp {
			return apps, append(bad, LineError{line, Refuse(CodeInvalid, "lines", "errors.apps.too_many_lines", "Max", MaxPastedApp)})
		}
		app, err := parseAppLine(raw)
		if err == nil {
			if first, ok := seen[app.AppID]; ok {
				err = Refuse(CodeInvalid, "lines", "errors.apps.repeated", "AppID", app.AppID, "Line", first)
			}
		}
		if err != nil {
			bad = append(bad, LineError{line, err})
			continue
		}
		seen[app.AppID] = line
		apps = append(apps, app)
	}
	return apps, bad
}

// parseAppLine parses one line that is not empty.
func parseAppLine(raw string) (NewApp, *Error) {
	id, name := raw, raw
	if i := strings.IndexAny(raw, ",\t，"); i >= 0 {
		id = raw[:i]
		name = strings.TrimSpace(strings.TrimLeft(raw[i:], ",\t，"))
		if name == "" {
			name = id
		}
	}
	id, err := CleanAppID(id)
	if err != nil {
		return NewApp{}, asError(err)
	}
	name, err = CleanName("name", name, true)
	if err != nil {
		return NewApp{}, asError(err)
	}
	return NewApp{AppID: id, Name: name}, nil
}
