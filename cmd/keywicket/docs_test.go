package main

import (
	"debug/buildinfo"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readRoot returns the text of a file of the repository.
func readRoot(t *testing.T, name string) string {
	t.Helper()
	return readFile(t, filepath.Join("..", "..", name))
}

// readFile returns the text of a file.
func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// NOTICE and docs/licences.txt name everything that the binary contains.
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

// Every link of the documentation leads to an existing file and heading.
func TestLinksOfTheDocs(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", "CONTRIBUTING.md", filepath.Join("deploy", "README.md")} {
		pages = append(pages, filepath.Join(root, page))
	}
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	for _, page := range pages {
		for _, m := range link.FindAllStringSubmatch(readFile(t, page), -1) {
			to := page
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(page), m[1])
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", filepath.Base(page), m[1])
			} else if m[2] != "" && !slices.Contains(anchors(readFile(t, to)), m[2]) {
				t.Errorf("%s links to %s%s, and no heading has that name", filepath.Base(page), m[1], m[2])
			}
		}
	}
}

// anchors returns the fragments under which browsers find a page's headings.
func anchors(page string) (all []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		name := regexp.MustCompile(`[^\pL\pN_ -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, "#"+strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// Every test that docs/security.md names exists.
func TestPromisesAreTested(t *testing.T) {
	root := filepath.Join("..", "..")
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	tests := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && skipped(d.Name()) && name != root {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(readRoot(t, filepath.Join("docs", "security.md")), -1)
	if len(named) == 0 {
		t.Fatal("the page names no test")
	}
	for _, name := range named {
		if !tests[name] {
			t.Errorf("docs/security.md names %s, which is no test", name)
		}
	}
}

// systemd accepts every line of the unit.
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
