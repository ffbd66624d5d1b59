package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path of the module, with which all of its imports begin.
const module = "keywicket"

// areas returns the parts of the console. Each is a package of handlers and one of views.
func areas() []string {
	return []string{"accounts", "audit", "catalogue", "keys", "members", "signin", "tester"}
}

// allowed returns the packages of the module that each package may import. "x/..." means x and all below it. Imports
// run one way: cmd → handlers → web → views → models; static and views/i18n are leaves. Areas import no areas: what two
// of them share lies below both. A package that is not in the table fails the test: add it here when a part can be named
// and stands alone.
func allowed() map[string][]string {
	may := packages()
	for _, a := range areas() {
		may["views/"+a] = []string{"views", "views/terms", "views/ui", "views/i18n", "models"}
		may["handlers/"+a] = []string{
			"handlers/page", "web", "web/mail", "web/passkey", "web/sso", "views/" + a, "views", "views/terms", "views/ui", "views/i18n", "models/...",
		}
	}
	return may
}

// packages returns what every package but the areas may import.
func packages() map[string][]string {
	return map[string][]string{
		"cmd/keywicket":       {"handlers/...", "web", "web/conns", "web/mail", "web/passkey", "web/sso", "views/...", "static", "models/..."},
		"handlers":            {"handlers/...", "web", "web/mail", "web/passkey", "web/sso", "views/...", "static", "models/..."},
		"handlers/page":       {"web", "views", "views/ui", "views/i18n", "models", "models/secret"},
		"handlers/gate":       {"web", "models/..."},
		"web":                 {"views", "views/ui", "views/i18n", "static", "models/..."},
		"web/conns":           {"models/netaddr"},
		"web/webtest":         {"web"},
		"web/mail":            {},
		"web/mailtest":        {},
		"web/passkey":         {"models"},
		"web/sso":             {},
		"views":               {"views/terms", "views/ui", "views/i18n", "static", "models"},
		"views/terms":         {"views/ui", "views/i18n", "models"},
		"views/ui":            {"views/i18n", "static"},
		"views/i18n":          {},
		"static":              {},
		"models":              {"models/netaddr"},
		"models/logs":         {"models/netaddr", "models/secret"},
		"models/netaddr":      {},
		"models/lookalike":    {},
		"models/recent":       {},
		"models/turns":        {"models/netaddr", "models/recent"},
		"models/secret":       {"models", "models/turns", "models/wholefile"},
		"models/wholefile":    {},
		"models/usage":        {"models"},
		"models/engine":       {"models", "models/usage"},
		"models/verifier":     {"models", "models/engine", "models/netaddr", "models/recent", "models/secret", "models/turns", "models/usage"},
		"models/store":        {"models/..."},
		"models/store/chain":  {"models", "models/secret", "models/wholefile"},
		"models/store/sqlite": {"models", "models/wholefile"},
		"models/storetest":    {"models", "models/store", "models/secret"},
		// demo stands above the store, which it fills.
		"models/demo": {"models", "models/secret", "models/store", "models/usage"},
	}
}

// testsMay returns what only the tests of a package may import: the databases and fixtures that they run against, and
// the packages that they join.
func testsMay() map[string][]string {
	everything := []string{"models/...", "views/...", "static", "web/..."}
	return map[string][]string{
		"cmd/keywicket":       {"models/storetest", "web/webtest", "web/mailtest"},
		"handlers":            append([]string{"handlers/gate"}, everything...),
		"handlers/gate":       everything,
		"web":                 everything,
		"web/mail":            {"web/mailtest"},
		"views":               {"views/...", "models/..."},
		"models/engine":       {"models/..."},
		"models/usage":        {"models/..."},
		"models/secret":       {"models"},
		"models/verifier":     {"models/..."},
		"models/store":        {"models/..."},
		"models/store/chain":  {"models/..."},
		"models/store/sqlite": {"models/..."},
		"models/demo":         {"models/storetest"},
	}
}

// storeOnlyFrom returns the packages whose shipped code may name the concrete store. All others declare the narrow
// interface that they need.
func storeOnlyFrom() []string { return []string{"cmd/keywicket", "models/demo", "models/storetest"} }

// eachGoFile parses every Go file below root and calls do with its path from there.
func eachGoFile(root string, do func(rel string, file *ast.File)) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(d.Name()) && name != root {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		do(filepath.ToSlash(rel), file)
		return nil
	})
}

// layoutFaults returns one line for each import that the table does not allow, each package that it does not list, each
// package or export without a doc comment, and each init function below root.
func layoutFaults(root string) ([]string, error) {
	var faults []string
	documented := map[string]bool{}
	err := eachGoFile(root, func(rel string, file *ast.File) {
		pkg, isTest := path.Dir(rel), strings.HasSuffix(rel, "_test.go")
		if !isTest {
			documented[pkg] = documented[pkg] || file.Doc != nil
		}
		faults = append(faults, importFaults(rel, pkg, isTest, file)...)
		if !isTest && !strings.HasSuffix(rel, "_templ.go") {
			faults = append(faults, commentFaults(rel, file)...)
		}
	})
	for pkg, has := range documented {
		if !has {
			faults = append(faults, fmt.Sprintf("%s: the package has no doc comment", pkg))
		}
	}
	slices.Sort(faults)
	return faults, err
}

func skipped(dir string) bool {
	return strings.HasPrefix(dir, ".") || dir == "node_modules" || dir == "testdata" || dir == "data"
}

func importFaults(rel, pkg string, isTest bool, file *ast.File) []string {
	may, known := allowed()[pkg]
	if !known {
		return []string{fmt.Sprintf("%s: package %s is not in the layout's table", rel, pkg)}
	}
	if isTest {
		may = append(slices.Clone(may), testsMay()[pkg]...)
		may = append(may, pkg) // an external test imports what it tests
	}
	var faults []string
	for _, spec := range file.Imports {
		target, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module+"/")
		if !ours {
			continue
		}
		if !covers(may, target) {
			faults = append(faults, fmt.Sprintf("%s: %s may not import %s", rel, pkg, target))
			continue
		}
		if !isTest && slices.Contains([]string{"models/store", "models/demo"}, target) && !slices.Contains(storeOnlyFrom(), pkg) {
			faults = append(faults, fmt.Sprintf("%s: %s may not name the concrete store", rel, pkg))
		}
		if !isTest && slices.Contains([]string{"models/storetest", "web/webtest"}, target) {
			faults = append(faults, fmt.Sprintf("%s: %s is for tests", rel, target))
		}
	}
	return faults
}

func covers(may []string, target string) bool {
	return slices.ContainsFunc(may, func(m string) bool {
		if below, ok := strings.CutSuffix(m, "/..."); ok {
			return target == below || strings.HasPrefix(target, below+"/")
		}
		return target == m
	})
}

// commentFaults returns one line for each exported declaration without a doc comment and each init function.
func commentFaults(rel string, file *ast.File) []string {
	var faults []string
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "init" && d.Recv == nil {
				faults = append(faults, rel+": no init()")
			}
			if d.Name.IsExported() && receiverExported(d) && d.Doc == nil {
				faults = append(faults, fmt.Sprintf("%s: %s has no doc comment", rel, d.Name.Name))
			}
		case *ast.GenDecl:
			for _, name := range undocumented(d) {
				faults = append(faults, fmt.Sprintf("%s: %s has no doc comment", rel, name))
			}
		}
	}
	return faults
}

func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

func undocumented(d *ast.GenDecl) []string {
	var names []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				// A comment on the group, or beside the value, is enough.
				if n.IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

func TestImportsRunOneWay(t *testing.T) {
	faults, err := layoutFaults(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

func TestLayoutTestSeesFaults(t *testing.T) {
	cases := []struct {
		name, file, source, want string
	}{
		{"a back-import", "models/rules.go", "// Package models is.\npackage models\nimport _ \"keywicket/web\"\n", "models may not import web"},
		{"a leaf that imports", "static/s.go", "// Package static is.\npackage static\nimport _ \"keywicket/models\"\n", "static may not import models"},
		{"a sideways import", "models/engine/g.go", "// Package gate is.\npackage gate\nimport _ \"keywicket/models/secret\"\n", "models/engine may not import models/secret"},
		{"an area that imports another", "handlers/keys/k.go", "// Package keys is.\npackage keys\nimport _ \"keywicket/handlers/members\"\n", "handlers/keys may not import handlers/members"},
		{"an area with another's view", "handlers/keys/k.go", "// Package keys is.\npackage keys\nimport _ \"keywicket/views/members\"\n", "handlers/keys may not import views/members"},
		{"a view that imports another area", "views/keys/k.go", "// Package keys is.\npackage keys\nimport _ \"keywicket/views/audit\"\n", "views/keys may not import views/audit"},
		{"a handler that names the store", "handlers/h.go", "// Package handlers is.\npackage handlers\nimport _ \"keywicket/models/store\"\n", "may not name the concrete store"},
		{"fixtures in shipped code", "models/store/s.go", "// Package store is.\npackage store\nimport _ \"keywicket/models/storetest\"\n", "is for tests"},
		{"an unlisted package", "models/extra/e.go", "// Package extra is.\npackage extra\n", "models/extra is not in the layout's table"},
		{"an unlisted test package", "util/u_test.go", "package util\n", "util is not in the layout's table"},
		{"a package without a comment", "web/w.go", "package web\n", "the package has no doc comment"},
		{"an export without a comment", "web/w.go", "// Package web is.\npackage web\nfunc Serve() {}\n", "Serve has no doc comment"},
		{"init", "web/w.go", "// Package web is.\npackage web\nfunc init() {}\n", "no init()"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			name := filepath.Join(root, c.file)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(c.source), 0o644); err != nil {
				t.Fatal(err)
			}
			faults, err := layoutFaults(root)
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) != 1 || !strings.Contains(faults[0], c.want) {
				t.Errorf("faults = %q, want one that says %q", faults, c.want)
			}
		})
	}
}

func TestLayoutTestAcceptsTheHouse(t *testing.T) {
	root := t.TempDir()
	good := map[string]string{
		"models/m.go":        "// Package models is.\npackage models\n",
		"views/v.go":         "// Package views is.\npackage views\nimport _ \"keywicket/models\"\nimport _ \"keywicket/views/ui\"\n",
		"web/w.go":           "// Package web is.\npackage web\nimport _ \"keywicket/views\"\n",
		"web/w_test.go":      "package web_test\nimport _ \"keywicket/web\"\nimport _ \"keywicket/models/storetest\"\n",
		"handlers/h.go":      "// Package handlers is.\npackage handlers\nimport _ \"keywicket/web\"\n",
		"cmd/keywicket/m.go": "// Command keywicket is.\npackage main\nimport _ \"keywicket/models/store\"\n",
	}
	for file, source := range good {
		name := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	faults, err := layoutFaults(root)
	if err != nil || len(faults) > 0 {
		t.Errorf("faults = %q, %v; want none", faults, err)
	}
}
