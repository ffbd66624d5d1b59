package models

import "slices"

// LineError is the error of one line of a pasted list or a file.
type LineError struct {
	Line int // from 1
	Err  *Error
}

// SortLines returns bad sorted by line.
func SortLines(bad []LineError) []LineError {
	sorted := slices.Clone(bad)
	slices.SortStableFunc(sorted, func(x, y LineError) int { return x.Line - y.Line })
	return sorted
}

// CountLines returns the number of lines with errors. The errors must be sorted. A line can have several.
func CountLines(sorted []LineError) int {
	return len(slices.CompactFunc(slices.Clone(sorted), func(x, y LineError) bool { return x.Line == y.Line }))
}
