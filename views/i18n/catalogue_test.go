package i18n

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// message is the text of a message in its plural forms.
type message map[string]string

// catalogue returns the messages in one language's files, and the file of each
// ID.
func catalogue(t *testing.T, lang string) (map[string]message, []string) {
	t.Helper()
	files, err := fs.Glob(locales, "locales/"+lang+"/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogues of %s: %v", lang, err)
	}
	all := map[string]message{}
	var areas []string
	for _, file := range files {
		area := strings.TrimSuffix(filepath.Base(file), ".json")
		areas = append(areas, area)
		data, err := locales.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]any
		if err := json.Unmarshal(data, &raw); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for id, value := range raw {
			if !strings.HasPrefix(id, area+".") {
				t.Errorf("%s: %q does not begin with the area's name", file, id)
			}
			if _, twice := all[id]; twice {
				t.Errorf("%s: %q stands in another file too", file, id)
			}
			all[id] = formsOf(t, file, id, value)
		}
	}
	return all, areas
}

// formsOf returns the plural forms of a message.
func formsOf(t *testing.T, file, id string, value any) message {
	t.Helper()
	switch v := value.(type) {
	case string:
		return message{"other": v}
	case map[string]any:
		m := message{}
		for form, text := range v {
			s, ok := text.(string)
			if !ok || !slices.Contains([]string{"one", "other"}, form) {
				t.Errorf("%s: %q has a form %q that is not one or other", file, id, form)
			}
			m[form] = s
		}
		return m
	default:
		t.Errorf("%s: %q is neither a text nor plural forms", file, id)
		return message{}
	}
}

var place = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// places returns the names of the values that a message contains, in any of its
// forms.
func places(m message) []string {
	set := map[string]bool{}
	for _, text := range m {
		for _, found := range place.FindAllStringSubmatch(text, -1) {
			set[found[1]] = true
		}
	}
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// ids returns the IDs of the messages, sorted.
func ids(m map[string]message) []string {
	list := make([]string, 0, len(m))
	for id := range m {
		list = append(list, id)
	}
	sort.Strings(list)
	return list
}

func TestLanguagesHaveTheSameMessages(t *testing.T) {
	english, _ := catalogue(t, English)
	chinese, _ := catalogue(t, Chinese)
	if diff := cmp.Diff(ids(english), ids(chinese)); diff != "" {
		t.Fatalf("ids differ (-en +zh-CN):\n%s", diff)
	}
	for _, id := range ids(english) {
		if diff := cmp.Diff(places(english[id]), places(chinese[id])); diff != "" {
			t.Errorf("%s asks for other values (-en +zh-CN):\n%s", id, diff)
		}
	}
}

func TestMessagesAreWritten(t *testing.T) {
	for _, lang := range Languages() {
		all, _ := catalogue(t, lang)
		for id, forms := range all {
			if forms["other"] == "" {
				t.Errorf("%s: %s has no text", lang, id)
			}
			for form, text := range forms {
				// Separators between the parts of a list, such as ", ", may end
				// in a space.
				if len(text) > 6 && strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
					t.Errorf("%s: %s (%s) has stray spaces: %q", lang, id, form, text)
				}
				if strings.Count(text, "{{") != len(place.FindAllString(text, -1)) {
					t.Errorf("%s: %s (%s) has a place that is no {{.Name}}: %q", lang, id, form, text)
				}
			}
			if _, plural := forms["one"]; plural == (lang == Chinese) && plural {
				t.Errorf("%s: %s has a singular, which the language does not have", lang, id)
			}
		}
	}
}

func TestChineseIsTranslated(t *testing.T) {
	english, _ := catalogue(t, English)
	chinese, _ := catalogue(t, Chinese)
	for id, forms := range chinese {
		if text := forms["other"]; text == english[id]["other"] && len(text) > 24 {
			t.Errorf("%s is the same in both languages: %q", id, text)
		}
	}
}

// usage is the use of message IDs in the sources.
type usage struct {
	exact    map[string]string // every literal that looks like an id: where it stands
	prefixes []string          // literals such as "audit.event." to which a name is added
	must     map[string]string // ids that have to exist: where
	calls    []call
}

// call is a call of T or N with a literal ID.
type call struct {
	id, where string
	names     []string
	open      bool // values come as args…
	plural    bool
}

// sources parses the module. It includes generated files, which contain the
// calls of templates, and excludes tests.
func sources(t *testing.T, areas []string) *usage {
	t.Helper()
	u := &usage{exact: map[string]string{}, must: map[string]string{}}
	literal := regexp.MustCompile(`^(` + strings.Join(areas, "|") + `)\.[a-zA-Z0-9_.]*$`)
	root := "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "e2e") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, data, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse %s: %w", path, err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			u.look(n, set, literal, strings.HasPrefix(path, root+"/views/"))
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// look records the message IDs and calls in a node.
func (u *usage) look(n ast.Node, set *token.FileSet, literal *regexp.Regexp, inViews bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		text, ok := stringOf(n)
		if !ok || !literal.MatchString(text) {
			return
		}
		where := set.Position(n.Pos()).String()
		if strings.HasSuffix(text, ".") {
			u.prefixes = append(u.prefixes, text)
			return
		}
		u.exact[text] = where
		// Outside the views, a literal of this form may be a permission or an
		// event.
		if inViews || strings.HasPrefix(text, "errors.") {
			u.must[text] = where
		}
	case *ast.CallExpr:
		if c, ok := callOf(n, literal); ok {
			c.where = set.Position(n.Pos()).String()
			u.must[c.id] = c.where
			u.calls = append(u.calls, c)
		}
	}
}

// stringOf returns the value of a string literal. It returns false for any
// other expression.
func stringOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// callOf parses T(ctx, id, kv…), N(ctx, id, count, kv…), c.T(id, kv…) and
// c.N(id, count, kv…).
func callOf(n *ast.CallExpr, literal *regexp.Regexp) (call, bool) {
	name := ""
	switch fun := n.Fun.(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		name = fun.Sel.Name
	}
	if name != "T" && name != "N" {
		return call{}, false
	}
	for i := 0; i < len(n.Args) && i < 2; i++ {
		id, ok := stringOf(n.Args[i])
		if !ok || !literal.MatchString(id) || strings.HasSuffix(id, ".") {
			continue
		}
		c := call{id: id, open: n.Ellipsis.IsValid(), plural: name == "N"}
		next := i + 1
		if c.plural {
			next++
			c.names = append(c.names, "Count")
		}
		for ; next < len(n.Args); next += 2 {
			if value, ok := stringOf(n.Args[next]); ok {
				c.names = append(c.names, value)
			}
		}
		return c, true
	}
	return call{}, false
}

func TestUsedMessagesExist(t *testing.T) {
	all, areas := catalogue(t, English)
	u := sources(t, areas)
	if len(u.calls) < 20 {
		t.Fatalf("only %d calls found: the scan is broken", len(u.calls))
	}
	for id, where := range u.must {
		if _, ok := all[id]; !ok {
			t.Errorf("%s: no message %q", where, id)
		}
	}
	for _, prefix := range u.prefixes {
		if !slices.ContainsFunc(ids(all), func(id string) bool { return strings.HasPrefix(id, prefix) }) {
			t.Errorf("no message begins with %q", prefix)
		}
	}
}

func TestMessagesAreUsed(t *testing.T) {
	all, areas := catalogue(t, English)
	u := sources(t, areas)
	for _, id := range ids(all) {
		_, exact := u.exact[id]
		built := slices.ContainsFunc(u.prefixes, func(p string) bool { return strings.HasPrefix(id, p) })
		if !exact && !built {
			t.Errorf("nothing says %q", id)
		}
	}
}

func TestCallsGiveWhatMessagesAskFor(t *testing.T) {
	all, areas := catalogue(t, English)
	for _, c := range sources(t, areas).calls {
		m, ok := all[c.id]
		if !ok || c.open {
			continue
		}
		for _, name := range places(m) {
			if !slices.Contains(c.names, name) {
				t.Errorf("%s: %q asks for %s, which is not given", c.where, c.id, name)
			}
		}
		if _, plural := m["one"]; plural && !c.plural {
			t.Errorf("%s: %q has plural forms and is asked for by T", c.where, c.id)
		}
	}
}

// Every event of the audit has words, and every word of an event has one.
func TestEventsHaveWords(t *testing.T) {
	source, err := os.ReadFile("../../models/audit.go")
	if err != nil {
		t.Fatal(err)
	}
	events := map[string]bool{}
	for _, m := range regexp.MustCompile(`Event = "([a-z._]+)"`).FindAllStringSubmatch(string(source), -1) {
		events["audit.event."+m[1]] = true
	}
	if len(events) < 50 {
		t.Fatalf("found %d events", len(events))
	}
	all, _ := catalogue(t, English)
	for id := range events {
		if _, ok := all[id]; !ok {
			t.Errorf("no message %q", id)
		}
	}
	for _, id := range ids(all) {
		if strings.HasPrefix(id, "audit.event.") && id != "audit.event.all" && !events[id] {
			t.Errorf("no event has the message %q", id)
		}
	}
}
