package web

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The script and the style are those that go generate makes of the files in source.
func TestBundleIsOfItsSources(t *testing.T) {
	t.Parallel()
	listed, err := os.ReadFile("bundle/sources.sha256")
	if err != nil {
		t.Fatal(err)
	}
	var names, found []string
	for line := range strings.Lines(string(listed)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		raw, err := os.ReadFile(filepath.Join("source", name))
		if err != nil {
			t.Fatal(err)
		}
		if is := fmt.Sprintf("%x", sha256.Sum256(raw)); is != sum {
			t.Errorf("source/%s has changed: run go generate ./reports/web", name)
		}
		names = append(names, filepath.Join("source", name))
	}
	for _, pattern := range []string{"source/*.js", "source/*.css", "source/uplot/*"} {
		all, _ := filepath.Glob(pattern)
		found = append(found, all...)
	}
	if !slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(found))) {
		t.Errorf("the bundle is of %v, but there are %v", names, found)
	}
	for name, text := range map[string]string{"page.js": script, "page.css": style} {
		if strings.Contains(text, "\r") || strings.Contains(strings.ToLower(text), "</") {
			t.Errorf("%s has what HTML would change, or take for its end", name)
		}
	}
}
