package record

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestWriteWholeKeepsLinksAndPipes(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for link, to := range map[string]string{"near": "file", "far": at("near"), "dangling": "new", "loop": "loop"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at("file"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, file := range map[string]string{"file": "file", "near": "file", "far": "file", "dangling": "new"} {
		if err := WriteWhole(at(path), []byte(path)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(at(file)); string(got) != path || err != nil {
			t.Errorf("written to %s: %s holds %q, %v", path, file, got, err)
		}
	}
	for _, link := range []string{"near", "far", "dangling"} {
		if _, err := os.Readlink(at(link)); err != nil {
			t.Errorf("%s is a link no more: %v", link, err)
		}
	}
	if info, err := os.Stat(at("file")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	for _, path := range []string{"loop", "none/file", "."} {
		if err := WriteWhole(at(path), nil); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	if left, _ := filepath.Glob(at("*")); len(left) != 6 {
		t.Errorf("writing left %v", left)
	}
}

func TestWriteWholeGoesIntoAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- WriteWhole(pipe, []byte("text")) }()
	file, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(file); string(got) != "text" || err != nil {
		t.Errorf("out of the pipe came %q, %v", got, err)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}
