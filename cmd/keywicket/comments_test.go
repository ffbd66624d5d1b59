package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unidiomatic matches what Go's own doc comments say in other words: returns, reports whether, invalid.
var unidiomatic = regexp.MustCompile(`\bgives\b|\b(says|tells|say|tell) whether\b|\bone that is none\b|\bwho runs it\b`)

// docFaults returns one line for each doc comment of a file that does not begin with the exported name it describes, or
// that contains a word of unidiomatic. The methods of unexported types and of interfaces count too.
func docFaults(file *ast.File) []string {
	c := &docChecker{}
	c.check(file.Doc, "the package")
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			c.checkFunc(n)
		case *ast.GenDecl:
			c.checkDecl(n)
		case *ast.InterfaceType:
			c.checkFields(n.Methods.List, true)
		case *ast.StructType:
			c.checkFields(n.Fields.List, false)
		}
		return true
	})
	return c.faults
}

// docChecker collects the faults of doc comments.
type docChecker struct{ faults []string }

// check checks the comment of a name, after one of the articles that may precede it.
func (c *docChecker) check(doc *ast.CommentGroup, name string, articles ...string) {
	text := doc.Text()
	if text == "" {
		return
	}
	if ast.IsExported(name) && !beginsWith(text, name, articles) {
		c.faults = append(c.faults, fmt.Sprintf("the comment of %s does not begin with its name", name))
	}
	if found := unidiomatic.FindString(text); found != "" {
		c.faults = append(c.faults, fmt.Sprintf("the comment of %s says %q", name, found))
	}
}

// checkFunc checks the comment of a function. That of a test may be any sentence that states what holds.
func (c *docChecker) checkFunc(d *ast.FuncDecl) {
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz"} {
		if strings.HasPrefix(d.Name.Name, prefix) {
			c.check(d.Doc, "a test")
			return
		}
	}
	c.check(d.Doc, d.Name.Name)
}

// checkDecl checks the comments of types, constants and variables. In parentheses, the declaration may have one too.
func (c *docChecker) checkDecl(d *ast.GenDecl) {
	if d.Lparen.IsValid() {
		c.check(d.Doc, "a group")
	}
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			c.check(ownDoc(d, s.Doc), s.Name.Name, "A", "An", "The")
		case *ast.ValueSpec:
			c.check(ownDoc(d, s.Doc), s.Names[0].Name)
		}
	}
}

// checkFields checks the comments of the fields of a struct, or of the methods of an interface.
func (c *docChecker) checkFields(fields []*ast.Field, methods bool) {
	for _, f := range fields {
		if methods && len(f.Names) == 1 {
			c.check(f.Doc, f.Names[0].Name)
		} else {
			c.check(f.Doc, "a field")
		}
	}
}

// ownDoc returns the comment of one spec: its own, or that of a declaration without parentheses.
func ownDoc(d *ast.GenDecl, own *ast.CommentGroup) *ast.CommentGroup {
	if own == nil && !d.Lparen.IsValid() {
		return d.Doc
	}
	return own
}

// beginsWith reports whether the first word of text is name, after one of the articles or none.
func beginsWith(text, name string, articles []string) bool {
	words := strings.Fields(text)
	if len(words) > 1 && slices.Contains(articles, words[0]) {
		words = words[1:]
	}
	first := strings.TrimRight(words[0], ".,:;")
	return first == name || first == name+"'s" || first == "Deprecated"
}

func TestDocCommentsAreGo(t *testing.T) {
	err := eachGoFile(filepath.Join("..", ".."), func(rel string, file *ast.File) {
		if strings.HasSuffix(rel, "_templ.go") {
			return
		}
		for _, f := range docFaults(file) {
			t.Errorf("%s: %s", rel, f)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDocCommentTestSeesFaults(t *testing.T) {
	for source, want := range map[string]string{
		"// It serves.\nfunc Serve() {}":                                 "the comment of Serve does not begin",
		"type t struct{}\n\n// It serves.\nfunc (t) Serve() {}":          "the comment of Serve does not begin",
		"// It is.\ntype T struct{}":                                     "the comment of T does not begin",
		"// T is.\ntype T interface {\n// It serves.\nServe()\n}":        "the comment of Serve does not begin",
		"// It is.\nconst Max = 1":                                       "the comment of Max does not begin",
		"// Limits.\nconst (\n// It is.\nMax = 1\n)":                     "the comment of Max does not begin",
		"// serve gives a page.\nfunc serve() {}":                        `the comment of serve says "gives"`,
		"// serve says whether it serves.\nfunc serve() {}":              `the comment of serve says "says whether"`,
		"type t struct {\n// tells whether it serves\nserves bool\n}":    `the comment of a field says "tells whether"`,
		"// What it gives.\nvar (\na = 1\n)":                             `the comment of a group says "gives"`,
		"// Serve serves.\nfunc Serve() {}\n\n// A T is.\ntype T int":    "",
		"// Limits.\nconst (\nMax = 1\nMin = 0 // of it\n)":              "",
		"// the lot.\nfunc serve() {}\n\n//go:noinline\nfunc Serve() {}": "",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\n\n"+source+"\n", parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		faults := strings.Join(docFaults(file), "\n")
		if want == "" && faults != "" || !strings.Contains(faults, want) || strings.Contains(faults, "\n") {
			t.Errorf("faults = %q, want %q in\n%s", faults, want, source)
		}
	}
}
