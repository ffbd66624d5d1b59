package ui

import (
	"sort"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

func boolean(b bool) string { return strconv.FormatBool(b) }

// or returns the first of its texts that is not empty.
func or(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func rows(n int) string {
	if n == 0 {
		n = 3
	}
	return itoa(n)
}

// sorted returns the pairs of m in a stable order, without the empty ones.
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

func switchTone(on bool) Tone {
	if on {
		return OK
	}
	return Neutral
}

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
