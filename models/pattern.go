package models

import "strings"

// Limits of path patterns.
const (
	MaxPathLen      = 500 // bytes
	MaxPathSegments = 32
	maxParamLen     = 64
)

// Segment is one part of a path pattern between slashes: a literal text, or a parameter, which matches any text that is
// not empty.
type Segment struct {
	Literal string
	Param   string // name of the parameter; "" for a literal
}

// Pattern is a parsed path pattern, such as /v4/app/{app_id}/entry/{entry_id}/data. If it ends with a slash, its last
// segment is an empty literal, and it matches only paths that do too.
type Pattern struct {
	segments []Segment
}

// ParsePattern parses a path pattern. Patterns are compared with decoded paths, so they have no %, no query, no empty
// or dot segments and no ;. The error is an *Error with the field "path" and a key errors.path.*.
func ParsePattern(s string) (Pattern, error) {
	s = strings.TrimSpace(s)
	if key := refusePath(s); key != "" {
		return Pattern{}, Refuse(CodeInvalid, "path", key, "Max", MaxPathLen)
	}
	parts := strings.Split(s[1:], "/")
	if len(parts) > MaxPathSegments {
		return Pattern{}, Refuse(CodeInvalid, "path", "errors.path.too_many_segments", "Max", MaxPathSegments)
	}
	p := Pattern{segments: make([]Segment, 0, len(parts))}
	for i, part := range parts {
		seg, key := parseSegment(part, i == len(parts)-1)
		if key == "" && seg.Param != "" && p.HasParam(seg.Param) {
			key = "errors.path.param_twice"
		}
		if key != "" {
			return Pattern{}, Refuse(CodeInvalid, "path", key, "Segment", clip(part, 40))
		}
		p.segments = append(p.segments, seg)
	}
	return p, nil
}

// refusePath returns the translation key of what is wrong with a pattern as a whole, or "".
func refusePath(s string) string {
	switch {
	case s == "":
		return "errors.path.required"
	case len(s) > MaxPathLen:
		return "errors.path.too_long"
	case s[0] != '/':
		return "errors.path.slash"
	case strings.ContainsAny(s, "?#"):
		return "errors.path.query"
	case strings.Contains(s, "%"):
		return "errors.path.percent"
	case strings.ContainsAny(s, `;\`) || !plainWord(s):
		return "errors.path.characters"
	case strings.Contains(s, "*"):
		return "errors.path.asterisk"
	}
	return ""
}

// parseSegment parses one segment. Only the last may be empty.
func parseSegment(s string, last bool) (Segment, string) {
	switch {
	case s == "" && !last:
		return Segment{}, "errors.path.empty_segment"
	case s == "." || s == "..":
		return Segment{}, "errors.path.dots"
	case !strings.ContainsAny(s, "{}"):
		if foldsToSeparator(s) {
			return Segment{}, "errors.path.characters"
		}
		return Segment{Literal: s}, ""
	case len(s) < 3 || s[0] != '{' || s[len(s)-1] != '}':
		return Segment{}, "errors.path.param"
	}
	name := s[1 : len(s)-1]
	if len(name) > maxParamLen || !isIdentifier(name) {
		return Segment{}, "errors.path.param"
	}
	return Segment{Param: name}, ""
}

// isIdentifier reports whether s is a name of ASCII letters, digits, _ and -.
func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isAlnum(c) && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// Segments returns the parts of the pattern in order. Do not modify them.
func (p Pattern) Segments() []Segment { return p.segments }

// HasParam reports whether the pattern has a parameter with this name.
func (p Pattern) HasParam(name string) bool {
	for _, s := range p.segments {
		if s.Param == name && name != "" {
			return true
		}
	}
	return false
}

// String returns the pattern in the form that ParsePattern parses.
func (p Pattern) String() string {
	var b strings.Builder
	for _, s := range p.segments {
		b.WriteByte('/')
		if s.Param != "" {
			b.WriteString("{" + s.Param + "}")
		} else {
			b.WriteString(s.Literal)
		}
	}
	return b.String()
}

// Overlaps reports whether some path matches both patterns.
func (p Pattern) Overlaps(q Pattern) bool {
	if len(p.segments) != len(q.segments) {
		return false
	}
	for i, a := range p.segments {
		b := q.segments[i]
		switch {
		case a.Param != "" && b.Param != "":
		case a.Param != "" && b.Literal == "", b.Param != "" && a.Literal == "":
			return false
		case a.Param == "" && b.Param == "" && a.Literal != b.Literal:
			return false
		}
	}
	return true
}

// RateGroup returns the name of the pattern's rate counter: the path without its version segment (v1, v6, v12) and
// without the names of its parameters. All versions of a path share a counter.
func (p Pattern) RateGroup() string {
	var b strings.Builder
	versionSeen := false
	for _, s := range p.segments {
		if !versionSeen && isVersion(s.Literal) {
			versionSeen = true
			continue
		}
		b.WriteByte('/')
		if s.Param != "" {
			b.WriteString("{}")
		} else {
			b.WriteString(s.Literal)
		}
	}
	return b.String()
}

// isVersion reports whether s is v and one to three digits.
func isVersion(s string) bool {
	if len(s) < 2 || len(s) > 4 || s[0] != 'v' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
