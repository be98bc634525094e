package hosted

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weighbridge/bench/record"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestFolderIsRemovedUnlessSomethingWasWritten(t *testing.T) {
	root := t.TempDir()
	empty := Folder{Path: filepath.Join(root, "a", "b", "c")}
	if err := empty.Create(); err != nil || !exists(empty.Path) {
		t.Fatalf("it was not created: %v", err)
	}
	if err := empty.RemoveIfEmpty(); err != nil || exists(filepath.Join(root, "a")) || !exists(root) {
		t.Errorf("a is left, or more was removed: %v", err)
	}
	used := Folder{Path: filepath.Join(root, "d", "e")}
	if err := used.Create(); err != nil {
		t.Fatal(err)
	}
	if err := used.WriteRecord(&record.Record{Schema: record.Schema, Arms: []record.Arm{{Name: "all"}}}); err != nil {
		t.Fatal(err)
	}
	if err := used.RemoveIfEmpty(); err != nil || !exists(used.File(record.FileName)) {
		t.Errorf("the record is gone: %v", err)
	}
	existing := Folder{Path: used.Path}
	if err := existing.Create(); err != nil {
		t.Fatal(err)
	}
	if err := existing.RemoveIfEmpty(); err != nil || !exists(used.Path) {
		t.Errorf("a folder that was there before is gone: %v", err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Folder{Path: filepath.Join(file, "out")}).Create(); err == nil {
		t.Error("a folder below a file was created")
	}
	gone := Folder{Path: filepath.Join(root, "gone")}
	if err := gone.Create(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone.Path); err != nil {
		t.Fatal(err)
	}
	if err := gone.WriteRecord(&record.Record{}); err == nil || !strings.Contains(err.Error(), "its folder is gone") || exists(gone.Path) {
		t.Errorf("the error is %v", err)
	}
}

func TestNewFoldersAreOfOneRunEach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results", "matrix")
	folders := make([]Folder, 8)
	errs := make(chan error, len(folders))
	for i := range folders {
		folders[i] = Folder{Path: path, New: true}
		go func() { errs <- folders[i].Create() }()
	}
	for range folders {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	of := map[string]bool{}
	for i := range folders {
		of[folders[i].Path] = true
		if err := folders[i].RemoveIfEmpty(); err != nil {
			t.Error(err)
		}
	}
	if len(of) != len(folders) || !of[path] || !of[path+"-8"] {
		t.Errorf("%d runs have the folders %v", len(folders), of)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
		t.Errorf("the folders %v are left", left)
	}
}
