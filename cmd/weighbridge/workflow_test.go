package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The weighbridge commands of the example workflow are run as a CI runner would, against a
// server of the test: the pull request's job once, main's until it has a baseline.
func TestExampleWorkflowWorks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../tools/example-workflow/weighbridge.yml")
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	defer server.Close()
	at := strings.NewReplacer("http://127.0.0.1:8081", server.URL, "http://127.0.0.1:8082", server.URL)
	for name, c := range map[string]struct{ runs, kept int }{"old-and-new": {1, 0}, "earlier-runs": {2, 2}} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "new", "load.yaml"), service+gateable)
		for range c.runs {
			if err := os.RemoveAll(filepath.Join(dir, "run")); err != nil { // each job has a fresh workspace
				t.Fatal(err)
			}
			for _, step := range workflow.Jobs[name].Steps {
				if strings.Contains(step.Run, "weighbridge run") || strings.Contains(step.Run, "weighbridge baseline") {
					shell(t, dir, at.Replace(step.Run), "bash", "-e")
				}
			}
		}
		for _, file := range []string{"run/record.json", "gate.xml"} {
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if kept, _ := filepath.Glob(filepath.Join(dir, "baselines/*.json")); len(kept) != c.kept {
			t.Errorf("%s keeps %d baselines of %d runs, want %d", name, len(kept), c.runs, c.kept)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
