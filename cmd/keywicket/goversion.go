package main

import (
	goversion "go/version"
	"strings"
)

// goFault is a vulnerability of Go's standard library that this program exposes to its clients.
type goFault struct {
	cve     string
	fixedIn []string // the first fixed release of each affected line, in order; later lines are fixed
}

// goFaults returns the known faults. Add to it what make vuln reports of the standard library.
func goFaults() []goFault {
	october := []string{"go1.26.9", "go1.27.2"}
	return []goFault{
		{"CVE-2026-94439", october}, // net/http: a 2xx answer to CONNECT desynchronizes an HTTP/1 connection
		{"CVE-2026-94440", october}, // mime/multipart: a form gets around the limit of memory
		{"CVE-2026-78660", october}, // net/http: HTTP/2 accepts malformed framing headers
	}
}

// in reports whether a Go version has the fault.
func (f goFault) in(v string) bool {
	for _, fixed := range f.fixedIn {
		if goversion.Lang(v) == goversion.Lang(fixed) {
			return goversion.Compare(v, fixed) < 0
		}
	}
	return goversion.Compare(v, f.fixedIn[0]) < 0
}

// goFaultsOf returns the CVE numbers of the faults that a Go version has, separated by commas; "" for none. The version
// is as runtime.Version returns it. A development version counts as fixed: it has no number to compare.
func goFaultsOf(v string) string {
	v, _, _ = strings.Cut(v, " ") // experiments follow the number
	if !goversion.IsValid(v) {
		return ""
	}
	var found []string
	for _, f := range goFaults() {
		if f.in(v) {
			found = append(found, f.cve)
		}
	}
	return strings.Join(found, ", ")
}

// goFaultsAdvice returns what to do about a binary that was built with the Go version; "" for nothing.
func goFaultsAdvice(v string) string {
	found := goFaultsOf(v)
	if found == "" {
		return ""
	}
	return "Built with " + v + ", which has known vulnerabilities (" + found +
		"). Use a newer release of Keywicket, or rebuild it with the latest Go 1.26 or 1.27."
}
