package files_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weighbridge/target/files"
)

func TestReadRefusesWhatNeverEnds(t *testing.T) {
	folder := t.TempDir()
	long := filepath.Join(folder, "long")
	if err := os.WriteFile(long, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		long:                          "expected at most 4 bytes, found more",
		folder:                        "expected a regular file, found a folder",
		os.DevNull:                    "expected a regular file, found a device",
		filepath.Join(folder, "none"): "no such file",
	} {
		if _, err := files.Read(path, 4); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%s) = %v, want %q", path, err, want)
		}
	}
	if text, err := files.Read(long, 5); err != nil || string(text) != "12345" {
		t.Errorf("Read = %q, %v", text, err)
	}
}

// A file may grow after its size was checked, and standard input has none.
func TestBoundedStopsAtItsLimit(t *testing.T) {
	for limit, fails := range map[int64]bool{0: true, 4: true, 5: false, 6: false} {
		text, err := io.ReadAll(files.Bounded("standard input", strings.NewReader("12345"), limit))
		if (err != nil) != fails || !strings.HasPrefix("12345", string(text)) || int64(len(text)) > limit {
			t.Errorf("limit %d: read %q, %v", limit, text, err)
		}
	}
}
