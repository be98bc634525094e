package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The sizes that keep a file readable at one sitting and a folder at one glance.
const (
	maxFileLines     = 400
	maxFunctionLines = 60 // not of tests, whose tables may be longer
	maxFolderFiles   = 15 // not tests, in the folders of crowded
)

// crowded are the trees whose folders are held to maxFolderFiles. The verbs of cmd and the
// faults of the mock are one file each, however many there are.
func crowded() []string { return []string{"bench", "reports", "scenarios"} }

func TestSizes(t *testing.T) {
	root := filepath.Join("..", "..")
	files, inFolder := 0, map[string]int{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		files++
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if !strings.HasSuffix(name, "_test.go") {
			inFolder[filepath.Dir(name)]++
		}
		return checkSizes(t, path, name)
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Fatalf("%d Go files were found: expected the whole repository", files)
	}
	for folder, n := range inFolder {
		top, _, _ := strings.Cut(filepath.ToSlash(folder), "/")
		for _, tree := range crowded() {
			if top == tree && n > maxFolderFiles {
				t.Errorf("%s has %d Go files besides tests: expected at most %d", folder, n, maxFolderFiles)
			}
		}
	}
}

// checkSizes reports a file or function that is too long.
func checkSizes(t *testing.T, path, name string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if lines := bytes.Count(source, []byte("\n")); lines > maxFileLines {
		t.Errorf("%s has %d lines: expected at most %d", name, lines, maxFileLines)
	}
	if strings.HasSuffix(name, "_test.go") {
		return nil
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, declared := range file.Decls {
		function, is := declared.(*ast.FuncDecl)
		if !is {
			continue
		}
		from, to := set.Position(function.Pos()).Line, set.Position(function.End()).Line
		if lines := to - from + 1; lines > maxFunctionLines {
			t.Errorf("%s:%d: %s has %d lines: expected at most %d", name, from, function.Name.Name, lines, maxFunctionLines)
		}
	}
	return nil
}

// The go command leaves out a file whose name ends in a processor it does not build for, such as host_arm_test.go.
func TestFileNamesLeaveNoFileOut(t *testing.T) {
	const format = `{{range .IgnoredGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`
	out, err := exec.Command("go", "list", "-f", format, "weighbridge/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSuffix(path, "\n")
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Split(strings.TrimSuffix(strings.TrimSuffix(path, ".go"), "_test"), "_")
		system := words[len(words)-1]
		if system != "linux" && system != "windows" && !bytes.Contains(source, []byte("//go:build ")) {
			t.Errorf("%s is never built here: its name ends in a processor or system", path)
		}
	}
}
