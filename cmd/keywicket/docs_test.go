package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func readRoot(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the binary contains is named with its licence.
func TestNoticesAreComplete(t *testing.T) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	notice, texts := readRoot(t, "NOTICE"), readRoot(t, filepath.Join("docs", "licences.txt"))
	for _, m := range info.Deps {
		named := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(m.Path) + ` +` + regexp.QuoteMeta(m.Version) + ` +\S+$`)
		if !named.MatchString(notice) || !strings.Contains(texts, "\n"+m.Path+" "+m.Version+"\n") {
			t.Errorf("%s %s is not in NOTICE and docs/licences.txt; run: make notices", m.Path, m.Version)
		}
	}
	licences, err := filepath.Glob(filepath.Join("..", "..", "static", "licenses", "*.txt"))
	if err != nil || len(licences) == 0 {
		t.Fatalf("no licences of the assets: %v", err)
	}
	for _, name := range licences {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(texts, strings.ReplaceAll(string(text), "\r", "")) {
			t.Errorf("%s is not in docs/licences.txt; run: make notices", filepath.Base(name))
		}
	}
}

// The lines that README shows of nginx are those of the file that the proxies'
// tests run.
func TestReadmeShowsTheTestedNginx(t *testing.T) {
	squeeze := func(line string) string {
		line, _, _ = strings.Cut(line, "#")
		return strings.Join(strings.Fields(line), " ")
	}
	have := map[string]bool{}
	for line := range strings.Lines(readRoot(t, filepath.Join("deploy", "nginx", "keywicket.conf"))) {
		have[squeeze(line)] = true
	}
	_, shown, ok := strings.Cut(readRoot(t, "README.md"), "```nginx\n")
	shown, _, ok2 := strings.Cut(shown, "```")
	if !ok || !ok2 {
		t.Fatal("README shows no nginx")
	}
	for line := range strings.Lines(shown) {
		if !have[squeeze(line)] {
			t.Errorf("deploy/nginx/keywicket.conf has no line %q", strings.TrimSpace(line))
		}
	}
}

// systemd understands every line of the unit.
func TestSystemdUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd on this machine")
	}
	unit := filepath.Join(t.TempDir(), "keywicket.service")
	text := strings.ReplaceAll(readRoot(t, filepath.Join("deploy", "systemd", "keywicket.service")), "/usr/local/bin/keywicket", binary)
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", unit)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "keywicket.service:") {
		t.Errorf("%v\n%s", err, out)
	}
}
