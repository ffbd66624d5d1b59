package models

import "strings"

// MaxPastedApp is the most lines that a pasted list of apps has.
const MaxPastedApp = 10_000

// ParseAppLines reads a pasted list of apps, one "app_id, name" a line.
// Between the two may stand a comma or a tab; a line with an app id alone
// takes it as its name; empty lines are skipped. Every bad line is reported,
// also an app id that the list has twice; lines over MaxPastedApp are
// reported once and not read.
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

// parseAppLine reads one line that is not empty.
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
