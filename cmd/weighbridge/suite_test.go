package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// makefile returns the variables of the Makefile, and the recipes of one line by their targets.
func makefile(t *testing.T) (variables, recipes map[string]string) {
	t.Helper()
	raw, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "\\\n", "")
	variables, recipes = map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([A-Z_]+) = (.*)$`).FindAllStringSubmatch(text, -1) {
		variables[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):\n\t@(.*)$`).FindAllStringSubmatch(text, -1) {
		recipes[m[1]] = m[2]
	}
	return variables, recipes
}

// Each test of the command line and of reports is in one group of make test: those in which much happens at once are run under
// the race detector, by the name that all others are skipped by. Each other package is in one group as a whole.
func TestMakeTestRunsEachTestOnce(t *testing.T) {
	variables, recipes := makefile(t)
	ways := map[string]string{
		"$(RACE) -run '$(CONCURRENT)' $(SPLIT)": "", "-p 3 -skip '$(CONCURRENT)' $(SPLIT) $(PURE)": "",
		"-p 3 $(RACE) $(RACED)": "", "-C $(SDK) $(SDK_FLAGS) ./...": "",
	}
	for _, group := range strings.Fields(variables["GROUPS"] + " " + variables["SMALL_GROUPS"]) {
		way, _ := strings.CutPrefix(recipes[group], "$(GO_TEST) ")
		way = strings.Replace(way, "$(GO_TEST_FLAGS) ", "", 1)
		before, known := ways[way]
		if !known || before != "" {
			t.Errorf("%s tests %q, and so does %q: expected each of %d ways once", group, way, before, len(ways))
		}
		ways[way] = group
	}
	for way, group := range ways {
		if group == "" {
			t.Errorf("no group tests %q", way)
		}
	}
	for name, want := range map[string]string{
		"SPLIT": "weighbridge/cmd/weighbridge weighbridge/reports", "PACKAGES": "$(eval PACKAGES := $(shell go list ./...))$(PACKAGES)",
		"RACED":      "$(LONGEST) $(filter-out $(LONGEST) $(PURE) $(SPLIT),$(PACKAGES))",
		"CONCURRENT": "Concurrent",
	} {
		if variables[name] != want {
			t.Errorf("%s is %q, want %q", name, variables[name], want)
		}
	}
}

// A script in another folder than these would not be run.
func TestEachScriptIsRun(t *testing.T) {
	found := map[string]int{}
	err := filepath.WalkDir(scripts, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found[filepath.ToSlash(filepath.Dir(path))]++
		}
		return err
	})
	if err != nil || len(found) != 2 || found[scripts] == 0 || found[concurrentScripts] == 0 {
		t.Errorf("scripts by folder: %v (%v), want them in %s and %s", found, err, scripts, concurrentScripts)
	}
}

// Packages that are tested without the race detector start no goroutines, and none of their tests is skipped by its name.
func TestPurePackagesStartNoGoroutines(t *testing.T) {
	variables, _ := makefile(t)
	words := regexp.MustCompile(`weighbridge/[\w/]+%?`).FindAllString(variables["PURE"], -1)
	skipped := regexp.MustCompile(`(?m)^func (Test|Fuzz|Example)\w*` + variables["CONCURRENT"])
	used := map[string]bool{}
	for pkg := range house() {
		if !slices.ContainsFunc(words, func(word string) bool {
			prefix, isPattern := strings.CutSuffix(word, "%")
			matches := "weighbridge/"+pkg == word || isPattern && strings.HasPrefix("weighbridge/"+pkg, prefix)
			used[word] = used[word] || matches
			return matches
		}) {
			continue
		}
		files, err := filepath.Glob(filepath.Join("../..", pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no Go files (%v)", pkg, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				if raw, err := os.ReadFile(file); err != nil || skipped.Match(raw) {
					t.Errorf("%s (%v) has a test with %s in its name, which make test would skip", file, err, variables["CONCURRENT"])
				}
				continue
			}
			if at := startsGoroutine(t, file); at != "" {
				t.Errorf("%s starts a goroutine: expected its package not to be in PURE of the Makefile", at)
			}
		}
	}
	for _, word := range words {
		if !used[word] {
			t.Errorf("PURE of the Makefile names %s, which is no package", word)
		}
	}
}

// startsGoroutine returns where a file starts a goroutine, by a go statement or by a call of some Go; "" if it starts none.
func startsGoroutine(t *testing.T, file string) (at string) {
	t.Helper()
	positions := token.NewFileSet()
	parsed, err := parser.ParseFile(positions, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			at = positions.Position(n.Pos()).String()
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "Go" {
				at = positions.Position(n.Pos()).String()
			}
		}
		return at == ""
	})
	return at
}

func TestGoroutinesAreFound(t *testing.T) {
	for text, starts := range map[string]bool{
		"func f() { go g() }": true, "func f() { group.Go(g) }": true, "func f() { g(func() { go g() }) }": true, "func f() { g() }": false,
	} {
		file := filepath.Join(t.TempDir(), "x.go")
		write(t, file, "package x\n"+text)
		if got := startsGoroutine(t, file) != ""; got != starts {
			t.Errorf("%s: %v", text, got)
		}
	}
}
