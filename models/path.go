package models

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrAmbiguousPath means that two programs could read a request path as two different paths. The gate then treats the
// call as unknown, for every key.
var ErrAmbiguousPath = errors.New("the path can be read in more than one way")

// CleanPath decodes the path part of a request URI exactly once. It never repairs a path. It returns ErrAmbiguousPath
// for encoded slashes or backslashes, dot segments in any encoding, empty segments, ;, #, control characters, invalid
// or doubled percent-encoding and invalid UTF-8: the upstream may read such a path in another way. It does not allocate
// for a plain path.
func CleanPath(rawURI string) (path string, err error) {
	raw, _, _ := strings.Cut(rawURI, "?")
	if raw == "" || raw[0] != '/' || strings.IndexByte(raw, ' ') >= 0 {
		return "", ErrAmbiguousPath
	}
	path = raw
	if strings.IndexByte(raw, '%') >= 0 {
		if path, err = decodeOnce(raw); err != nil {
			return "", err
		}
	}
	ascii, err := checkBytes(path)
	if err != nil {
		return "", err
	}
	if !ascii && !plainUnicode(path) {
		return "", ErrAmbiguousPath
	}
	if hasOddSegment(path) {
		return "", ErrAmbiguousPath
	}
	return path, nil
}

// decodeOnce decodes %XX. It returns an error for anything but two hex digits, for a byte that would change the
// segments, and if the result could be decoded once more.
func decodeOnce(raw string) (string, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '%' {
			out = append(out, c)
			continue
		}
		if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
			return "", ErrAmbiguousPath
		}
		c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
		if c == '/' {
			return "", ErrAmbiguousPath
		}
		out = append(out, c)
		i += 2
	}
	for i := 0; i+2 < len(out); i++ {
		if out[i] == '%' && isHex(out[i+1]) && isHex(out[i+2]) {
			return "", ErrAmbiguousPath
		}
	}
	return string(out), nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// checkBytes returns an error for control bytes and for ASCII characters that servers read as separators. ascii reports
// whether the path is ASCII.
func checkBytes(path string) (ascii bool, err error) {
	ascii = true
	for i := range len(path) {
		switch c := path[i]; {
		case c < ' ' || c == 0x7f || c == '\\' || c == ';' || c == '#':
			return false, ErrAmbiguousPath
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii, nil
}

// plainUnicode reports whether the path is valid UTF-8 without control characters, and no character becomes a slash or
// a dot segment by compatibility folding, which some servers do.
func plainUnicode(path string) bool {
	if !utf8.ValidString(path) {
		return false
	}
	for _, r := range path {
		if unicode.IsControl(r) {
			return false
		}
	}
	return !foldsToSeparator(path)
}

// foldsToSeparator reports whether compatibility folding changes how the text
// is divided into segments.
func foldsToSeparator(s string) bool {
	folded := norm.NFKC.String(s)
	return folded != s && (strings.Count(folded, "/") != strings.Count(s, "/") ||
		strings.ContainsRune(folded, '\\') || hasOddSegment(folded))
}

// hasOddSegment reports whether the path has a dot segment, also with spaces around the dots, or an empty segment
// before its end.
func hasOddSegment(path string) bool {
	rest := strings.TrimPrefix(path, "/")
	for more := true; more; {
		var seg string
		seg, rest, more = strings.Cut(rest, "/")
		if seg == "" && more {
			return true
		}
		if seg != "" && (seg[0] == '.' || seg[0] == ' ') {
			if t := strings.Trim(seg, " "); t == "." || t == ".." {
				return true
			}
		}
	}
	return false
}
