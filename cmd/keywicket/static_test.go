package main

import (
	"debug/elf"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestBinaryIsStatic(t *testing.T) {
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary asks for a dynamic loader")
		}
	}
	if libs, err := f.ImportedLibraries(); err == nil && len(libs) > 0 {
		t.Errorf("the binary needs %v", libs)
	}
}

// The binary runs as in its container: in an empty folder with /data, as a user other than root.
func TestRunsInAnEmptyFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("chroot needs root")
	}
	root, err := os.MkdirTemp("", "keywicket-chroot-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	copyFile(t, binary, filepath.Join(root, "keywicket"))
	for name, mode := range map[string]os.FileMode{"": 0o755, "keywicket": 0o755} {
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(root, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	inside := func(env []string, args ...string) *exec.Cmd {
		cmd := exec.Command("/keywicket", args...)
		cmd.Env, cmd.Dir = append(env, "SQLITE_TMPDIR=/data", "KEYWICKET_DATA=/data"), "/data"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		return cmd
	}
	r := &running{t: t, out: &output{}, log: &output{}, done: make(chan struct{})}
	r.cmd = inside(nil, "serve", "--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0")
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.err = r.cmd.Wait(); close(r.done) }()
	t.Cleanup(r.kill)
	r.console = r.await(regexp.MustCompile(`(?m)^Console +(?:\S+ at )?(http://\S+)$`))
	r.gate = r.await(regexp.MustCompile(`(?m)^Gate +(http://\S+)$`))
	r.eventually("ready", func() bool { return status(r.console+"/readyz") == http.StatusOK })
	newBrowser(t, r.console).setUp(r.setupLink())
	addresses := []string{"KEYWICKET_LISTEN=" + strings.Replace(strings.TrimPrefix(r.console, "http://"), "localhost", "127.0.0.1", 1), "KEYWICKET_GATE_LISTEN=" + strings.TrimPrefix(r.gate, "http://")}
	for _, args := range [][]string{{"healthcheck"}, {"doctor"}, {"backup", "/data/copy.db"}} {
		if out, err := inside(addresses, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", args[0], err, out)
		}
	}
	r.stop()
}
