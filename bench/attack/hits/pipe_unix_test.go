//go:build unix

package hits

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func newPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPipeWithoutAReaderIsRefused(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	path := newPipe(t)
	go func() {
		_, err := Create(path, ignoreFailure)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "no process reads from this pipe") {
			t.Errorf("the error is %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it still waits after 30 s")
	}
}

func TestAPipeIsWrittenToItsReader(t *testing.T) {
	path := newPipe(t)
	read := make(chan string, 1)
	go func() {
		reader, err := os.Open(path)
		if err != nil {
			read <- err.Error()
			return
		}
		text, _ := io.ReadAll(reader)
		_ = reader.Close()
		read <- string(text)
	}()
	f, err := Create(path, ignoreFailure)
	if err != nil {
		t.Fatal(err)
	}
	f.Put(threeHits()[0])
	if lost, err := f.Close(); lost > 0 || err != nil {
		t.Fatal(lost, err)
	}
	if text := <-read; strings.Count(text, "\n") != 2 {
		t.Errorf("the reader gets %q, want a header and a hit", text)
	}
}

// A reader that ends is an error, and one that reads nothing more does not keep Close waiting.
func TestAPipeWhoseReaderStops(t *testing.T) {
	t.Parallel()
	for what, ends := range map[string]bool{"broken pipe": true, "nothing could be written": false} {
		path := newPipe(t)
		reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Create(path, ignoreFailure)
		if err != nil {
			t.Fatal(err)
		}
		if ends {
			_ = reader.Close()
		}
		long := threeHits()[0]
		long.Error = strings.Repeat("x", 1<<20) // more than a pipe holds
		f.Put(long)
		if _, err := f.Close(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("the error is %v, want %s", err, what)
		}
		_ = reader.Close()
		<-f.done
	}
}
