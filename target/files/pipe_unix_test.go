//go:build unix

package files_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"weighbridge/target/files"
)

func TestReadDoesNotWaitForTheWriterOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Read(path, 4); err == nil || !strings.Contains(err.Error(), "expected a regular file, found a pipe") {
		t.Errorf("Read = %v", err)
	}
}
