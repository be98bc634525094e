//go:build unix

package record

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

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
