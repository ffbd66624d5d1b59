package main

import (
	"crypto/rand"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// While the disk is full, the console is not ready and the gate is. The console recovers by itself once there is space.
func TestReadinessOnAFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	values, who := makeKeys(t, dir, 1)
	r.eventually("the gate knows the key", func() bool {
		reason, err := verify(t.Context(), http.DefaultClient, r.gate, values[0])
		return err == nil && reason == "allowed"
	})
	flags := []string{"--listen", strings.TrimPrefix(r.console, "http://"), "--gate-listen", strings.TrimPrefix(r.gate, "http://")}

	limitFiles(t, r.cmd.Process.Pid, 0)
	r.eventually("the console is not ready", func() bool { return status(r.console+"/readyz") == http.StatusServiceUnavailable })
	if got := status(r.console + "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz answers %d: it runs", got)
	}
	if got := status(r.gate + "/readyz"); got != http.StatusOK {
		t.Errorf("the gate's /readyz answers %d: it decides from memory", got)
	}
	if reason, err := verify(t.Context(), http.DefaultClient, r.gate, values[0]); err != nil || reason != "allowed" {
		t.Errorf("the gate says %s, %v", reason, err)
	}
	if res := command(t, cleanEnv(), "", append([]string{"healthcheck"}, flags...)...); res.code != 1 || !strings.Contains(res.err, "console") {
		t.Errorf("healthcheck: exit code %d\n%s%s", res.code, res.out, res.err)
	}

	limitFiles(t, r.cmd.Process.Pid, unix.RLIM_INFINITY)
	r.eventually("the console is ready again", func() bool { return status(r.console+"/readyz") == http.StatusOK })
	run(t, append([]string{"healthcheck"}, flags...)...)
	st := openData(t, dir)
	defer st.Close()
	if _, _, err := st.CreateKey(t.Context(), who, "", rand.Text()); err != nil {
		t.Error(err)
	}
	r.stop()
}

// The doctor tries to write, and reports when it cannot.
func TestDoctorOnAFullDisk(t *testing.T) {
	dir, _, _ := installation(t)
	if out := run(t, "doctor", "--data", dir); !strings.Contains(out, "The database accepts writes") {
		t.Errorf("the doctor:\n%s", out)
	}
	r := start(t, dir)
	full := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 0; exec "$0" "$@"`, binary, "doctor", "--data", dir)
	full.Env, full.Dir = cleanEnv(), t.TempDir()
	out, err := full.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "bad   The database rejects writes") || strings.Contains(string(out), "tampered") {
		t.Errorf("%v\n%s", err, out)
	}
	r.stop()
}
