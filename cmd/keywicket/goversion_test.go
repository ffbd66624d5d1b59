package main

import (
	"runtime"
	"strings"
	"testing"
)

func TestGoFaults(t *testing.T) {
	const fault = "CVE-2026-94439"
	for v, want := range map[string]bool{
		"go1.25.20":               true,
		"go1.26":                  true,
		"go1.26.8":                true,
		"go1.26.8-distribution":   true,
		"go1.26.8 X:nodwarf5":     true,
		"go1.26.9":                false,
		"go1.26.10":               false,
		"go1.27rc1":               true,
		"go1.27.1":                true,
		"go1.27.2":                false,
		"go1.28rc1":               false,
		"go1.30.0":                false,
		"devel go1.28-0a1b2c3d4e": false,
		"":                        false,
	} {
		if got := strings.Contains(goFaultsOf(v), fault); got != want {
			t.Errorf("%q has %s: %t, want %t", v, fault, got, want)
		}
		if advice := goFaultsAdvice(v); (advice != "") != want || want && !strings.Contains(advice, fault) {
			t.Errorf("%q: the advice is %q", v, advice)
		}
	}
}

// version and doctor name the faults of the Go that built the binary, which is the Go of this test.
func TestVersionAndDoctorNameGoFaults(t *testing.T) {
	want := goFaultsAdvice(runtime.Version())
	v := command(t, cleanEnv(), "", "version")
	if lines := strings.Count(v.out, "\n"); lines != 1 || strings.TrimSpace(v.err) != want || v.code != 0 {
		t.Errorf("version prints %q and %q, exit code %d, want the advice %q", v.out, v.err, v.code, want)
	}
	d := command(t, cleanEnv(), "", "doctor", "--data", t.TempDir())
	if named := strings.Contains(d.out, "note  "+want); named != (want != "") || want == "" && strings.Contains(d.out, "CVE-") {
		t.Errorf("doctor does not print %q:\n%s", want, d.out)
	}
}
