package ui

import (
	"sort"
	"strconv"
)

// itoa returns n as a decimal number.
func itoa(n int) string { return strconv.Itoa(n) }

// boolean returns "true" or "false".
func boolean(b bool) string { return strconv.FormatBool(b) }

// or returns the first text that is not empty.
func or(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// rows returns the rows attribute of a text area; 0 stands for 3.
func rows(n int) string {
	if n == 0 {
		n = 3
	}
	return itoa(n)
}

// sorted returns the pairs of m whose value is not empty, ordered by name.
func sorted(m map[string]string) [][2]string {
	out := make([][2]string, 0, len(m))
	for k, v := range m {
		if v != "" {
			out = append(out, [2]string{k, v})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i][0] < out[j][0] })
	return out
}

// switchTone returns the tone of a switch's badge.
func switchTone(on bool) Tone {
	if on {
		return OK
	}
	return Neutral
}

// noteIcon returns the icon of a note.
func noteIcon(tone Tone) string {
	switch tone {
	case OK:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	default:
		return "info"
	}
}
