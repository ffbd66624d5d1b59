package gate_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keywicket/handlers/gate"
)

// Everything in the table is served, with its method and no other.
func TestTableIsServed(t *testing.T) {
	w := newFixture(t)
	names := map[string]bool{}
	for _, e := range gate.Endpoints() {
		if names[e.Name] || e.Name == "" || e.Access == "" {
			t.Errorf("%+v: no name, one that is taken, or no access", e)
		}
		names[e.Name] = true
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
			got := ask(w.server(), httptest.NewRequest(method, e.Path, nil))
			takes := e.Method == "ANY" || e.Method == method || e.Method == http.MethodGet && method == http.MethodHead
			if got.Code == http.StatusNotFound || (got.Code == http.StatusMethodNotAllowed) == takes {
				t.Errorf("%s %s: %d %s", method, e.Path, got.Code, got.Body)
			}
		}
		for _, path := range []string{e.Path + "x", e.Path + "/nothing=1", "/x" + e.Path} {
			if strings.HasSuffix(e.Path, "-") && strings.HasPrefix(path, e.Path+"/") {
				continue // the client's own target
			}
			if got := ask(w.server(), httptest.NewRequest(http.MethodPost, path, nil)); got.Code != http.StatusNotFound {
				t.Errorf("POST %s: %d %s", path, got.Code, got.Body)
			}
		}
	}
}

// Every path of an endpoint that the package names is in the table.
func TestServedIsInTheTable(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	looksServed := regexp.MustCompile(`^/(v1|auth|oauth|healthz|readyz)(/[a-z/]+)?$`)
	var table []string
	for _, e := range gate.Endpoints() {
		table = append(table, strings.TrimSuffix(e.Path, "/-"))
	}
	found := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if path, err := strconv.Unquote(lit.Value); err == nil && looksServed.MatchString(path) {
					found++
					if !slices.Contains(table, path) {
						t.Errorf("%s names %s, which is not in the table", f.Name(), path)
					}
				}
			}
			return true
		})
	}
	if found < 10 {
		t.Errorf("only %d paths were found", found)
	}
}
