package models

import "slices"

// LineError is the refusal of one line of a pasted list.
type LineError struct {
	Line int // from 1
	Err  *Error
}

// SortLines returns wrong lines in the order of the file.
func SortLines(bad []LineError) []LineError {
	sorted := slices.Clone(bad)
	slices.SortStableFunc(sorted, func(x, y LineError) int { return x.Line - y.Line })
	return sorted
}

// CountLines returns how many lines are wrong: of sorted errors, of which one
// line can have several.
func CountLines(sorted []LineError) int {
	return len(slices.CompactFunc(slices.Clone(sorted), func(x, y LineError) bool { return x.Line == y.Line }))
}
