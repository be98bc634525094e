package main

import (
	"go/ast"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goNames are the names that the Go files of the tree declare: "Name" for any function,
// method, type, field, variable or constant, and "package.Name" by the package's folder.
type goNames map[string]bool

// declaredNames parses every Go file of the tree, tests included.
func declaredNames(t *testing.T, root string) goNames {
	t.Helper()
	names := goNames{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		names.add(filepath.Base(filepath.Dir(file)), parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func (n goNames) add(pkg string, file *ast.File) {
	declare := func(names ...*ast.Ident) {
		for _, name := range names {
			n[name.Name], n[pkg+"."+name.Name] = true, true
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			declare(node.Name)
		case *ast.TypeSpec:
			declare(node.Name)
		case *ast.ValueSpec:
			declare(node.Names...)
		case *ast.Field:
			declare(node.Names...)
		}
		return true
	})
}

// inRepository reports whether the path exists, from the root or from the folder of the
// page that names it.
func inRepository(root, page, name string) bool {
	for _, folder := range []string{"", path.Dir(page)} {
		if _, err := os.Stat(filepath.Join(root, folder, name)); err == nil {
			return true
		}
	}
	return false
}

// standard reports whether a package of the standard library has the import path.
func standard(pkg string) bool {
	found, err := gobuild.Import(pkg, "", gobuild.FindOnly)
	return err == nil && found.Goroot
}

var (
	makeTargets   = regexp.MustCompile(`^make ([\w -]+)$`)
	fileOrFolder  = regexp.MustCompile(`^[\w.-]*/[\w./-]*$|^\S+\.(go|md|yaml|yml|json|txtar)$`)
	qualifiedName = regexp.MustCompile(`^[a-z]+\.[A-Z]\w*$`)
	mixedCase     = regexp.MustCompile(`^[A-Z]?[a-z]+[A-Z]\w*$`)
	anyName       = regexp.MustCompile(`^[A-Za-z]\w*$`)
)

// wrongName says what is wrong with a quoted name on a page; "" if nothing is. Commands,
// and keys of the language on pages other than CONTRIBUTING.md, are not checked.
func wrongName(root, page, quoted string, names goNames, makefile string) string {
	bareName := mixedCase
	if page == "CONTRIBUTING.md" {
		bareName = anyName
	}
	switch {
	case makeTargets.MatchString(quoted):
		for _, target := range strings.Fields(quoted)[1:] {
			if !strings.Contains("\n"+makefile, "\n"+target+":") {
				return "no such target in the Makefile"
			}
		}
	case fileOrFolder.MatchString(quoted):
		if !inRepository(root, page, quoted) {
			return "no such file or folder"
		}
	case qualifiedName.MatchString(quoted), bareName.MatchString(quoted):
		if pkg, _, _ := strings.Cut(quoted, "."); !names[quoted] && !standard(pkg) {
			return "no such name in the Go files"
		}
	}
	return ""
}

// prose returns a page of the repository without its code blocks.
func prose(t *testing.T, root, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(text), "")
}

// The pages for those who work on Weighbridge name only what exists.
func TestPagesNameWhatExists(t *testing.T) {
	const root = "../.."
	names := declaredNames(t, root)
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"CONTRIBUTING.md", "bench/README.md", "reports/README.md"} {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(prose(t, root, page), -1) {
			if wrong := wrongName(root, page, m[1], names, string(makefile)); wrong != "" {
				t.Errorf("%s: `%s`: %s", page, m[1], wrong)
			}
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	const root = "../.."
	for _, page := range []string{"CONTRIBUTING.md", "README.md", "bench/README.md", "mockserver/README.md", "reports/README.md", "scenarios/README.md"} {
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)[^)]*\)`).FindAllStringSubmatch(prose(t, root, page), -1) {
			if !inRepository(root, page, m[1]) {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			}
		}
	}
}

func TestWrongNamesAreFound(t *testing.T) {
	const root = "../.."
	names := declaredNames(t, root)
	for quoted, ok := range map[string]bool{
		"make test": true, "make tea": false, "bench/gate/NOISE.md": true, "bench/gate/": true, "bench/gates/": false, "exit.go": false,
		"gate.Check": true, "gate.Speak": false, "io.Writer": true, "newRoot": true, "oldRoot": false, "declaredNames": true,
		"speak": false, "go test ./nothing": true,
	} {
		wrong := wrongName(root, "CONTRIBUTING.md", quoted, names, "test:\n")
		if (wrong == "") != ok {
			t.Errorf("%s: %q", quoted, wrong)
		}
	}
}

// The house that CONTRIBUTING.md shows has every package, and nothing that is gone.
func TestContributingShowsTheHouse(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```\n")
	plan, _, _ := strings.Cut(rest, "```")
	shown := shownFolders(plan)
	for _, folder := range shown {
		if !inRepository("../..", "", folder) {
			t.Errorf("the house shows %s, which does not exist", folder)
		}
	}
	for pkg := range house() {
		if !slices.Contains(shown, pkg) {
			t.Errorf("the house does not show %s", pkg)
		}
	}
}

// shownFolders are the folders at the beginnings of the plan's lines, each below the
// nearest line above that is indented less.
func shownFolders(plan string) []string {
	var out, above []string
	for line := range strings.Lines(plan) {
		name := strings.TrimLeft(line, " ")
		depth := (len(line) - len(name)) / 2
		above = above[:depth]
		for folder := range strings.FieldsSeq(name) {
			folder, isFolder := strings.CutSuffix(folder, "/")
			if !isFolder {
				break
			}
			out = append(out, path.Join(append(slices.Clone(above), folder)...))
		}
		above = append(above, strings.TrimSuffix(strings.Fields(name)[0], "/"))
	}
	return out
}
