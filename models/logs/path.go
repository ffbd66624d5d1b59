package logs

import "strings"

const (
	maxPath   = 200 // bytes of a path in a line
	maxWord   = 24  // the longest part of a path that can be a word
	shortWord = 8   // up to this, a part may have short runs, if few
	runLen    = 3   // the average run of one kind of letters in a word
	// maxCapitals is the length of the longest abbreviation in a word.
	maxCapitals = 4
)

// Path returns a request's path in a form that is safe to log. Words and short numbers stay readable, and everything
// else is masked: callers choose paths, and an unknown path can still be a mistyped link with a token.
func Path(path string) string {
	var b strings.Builder
	for start := 0; start <= len(path) && b.Len() <= maxPath; {
		end := start
		for end < len(path) && !isSeparator(path[end]) {
			end++
		}
		b.WriteString(Part(path[start:end]))
		if end < len(path) {
			b.WriteByte(path[end])
		}
		start = end + 1
	}
	return clip(b.String(), maxPath)
}

// FirstPart returns the first part of a path, and masks all that follows, words too. Use it for paths without a route.
func FirstPart(path string) string {
	slashes := len(path) - len(strings.TrimLeft(path, "/"))
	first := path[slashes:]
	if end := strings.IndexAny(first, separators); end >= 0 {
		return clip(path[:slashes]+Part(first[:end])+first[end:end+1]+masked, maxPath)
	}
	return clip(path[:slashes]+Part(first), maxPath)
}

// separators separate the words of a path, and of an option in it.
const separators = "/=,;:"

func isSeparator(c byte) bool { return strings.IndexByte(separators, c) >= 0 }

// Part returns a part of a path if it is a word or a number, and otherwise the mask.
func Part(s string) string {
	if s == "" || isWord(s) {
		return s
	}
	return masked
}

// isWord reports whether s is short and consists of few runs of letters or digits, as words and numbers do and random
// text does not.
func isWord(s string) bool {
	if len(s) > maxWord {
		return false
	}
	runs, last, capitals := 0, classOther, 0
	for i := range len(s) {
		c := class(s[i])
		if c == classOther && strings.IndexByte("-_.~*@+", s[i]) < 0 || isOdd(last, c, capitals) {
			return false
		}
		// One capital begins a word; it does not part it.
		if c != last && c != classOther && (c != classLower || capitals != 1) {
			runs++
		}
		if last = c; c == classUpper {
			capitals++
		} else {
			capitals = 0
		}
	}
	if len(s) <= shortWord {
		return runs <= runLen
	}
	return runs*runLen <= len(s)+runLen
}

// isOdd reports whether a character of the class next cannot follow one of the class last in a word: a further capital
// after a long run of capitals, a digit after a capital, or a letter after a digit. Short parts of a token often have
// these.
func isOdd(last, next, capitals int) bool {
	switch last {
	case classUpper:
		return next == classDigit || next == classUpper && capitals >= maxCapitals
	case classDigit:
		return next == classLower || next == classUpper
	default:
		return false
	}
}
