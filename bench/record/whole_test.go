package record

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
			t.Errorf("%s is no longer a link: %v", link, err)
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
	if left, _ := os.ReadDir(dir); len(left) != 6 {
		t.Errorf("writing left %v", left)
	}
}

// Whoever reads while it is written sees the old content or the new.
func TestWriteWholeIsNeverSeenInPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	texts := []string{strings.Repeat("a", 1<<20), strings.Repeat("b", 1<<20)}
	if err := WriteWhole(path, []byte(texts[0])); err != nil {
		t.Fatal(err)
	}
	wrote := make(chan error, 1)
	go func() {
		for i := range 20 {
			if err := WriteWhole(path, []byte(texts[i%2])); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	for {
		if got, err := os.ReadFile(path); err != nil || !slices.Contains(texts, string(got)) {
			t.Fatalf("%d bytes are read, %v; want all", len(got), err)
		}
		select {
		case err := <-wrote:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

// TestWriteWholeNamesTheFile checks that an error is about the file that was to be written, and not about the
// temporary one beside it.
func TestWriteWholeNamesTheFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "missing", "report.md")
	if err := WriteWhole(path, nil); err == nil || err.Error() != path+": there is no folder "+filepath.Dir(path) {
		t.Errorf("got %v", err)
	}
	full := errors.New("no space left on device")
	path = filepath.Join(folder, "report.md")
	err := writeWhole(path, func(io.Writer) error {
		return &fs.PathError{Op: "write", Path: filepath.Join(folder, ".report.md.x1"), Err: full}
	})
	if err == nil || err.Error() != "write "+path+": no space left on device" || !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}
