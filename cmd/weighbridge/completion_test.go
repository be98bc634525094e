package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// completed asks for completions as the shell scripts do. It returns them and the directive.
func completed(t *testing.T, args ...string) ([]string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), append([]string{cobra.ShellCompNoDescRequestCmd}, args...), os.Stdin, &out, &errs)
	if code != exitDone {
		t.Fatalf("%q: exit %d: %s", args, code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

func TestCompletion(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, file := range []string{
		"mine.yaml", "notes.txt", ".hidden.yaml", "more/deep.yml", "results/one/record.json", "results/two/notes.txt", "old.json",
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string]string{
		"run |":                     "batch-api-vs-interactive batch-sweep billing-drift capacity clock-skew concurrency-sweep edge-cache error-budget failover http1-vs-http2 long-prompts matrix oauth-vs-jwt prefix-cache regions replay-window retry-policies session-state single-vs-batch slo-alert soak streaming time-zones token-refresh mine.yaml more/ results/ :4",
		"run m|":                    "matrix mine.yaml more/ :4",
		"run matrix m|":             "mine.yaml more/ :4",
		"run mo|":                   "more/ :6",
		"run more/|":                "more/deep.yml :4",
		"run nowhere/|":             ":4",
		"validate mi|":              "mine.yaml :4",
		"explain client.ti|":        "client.timeout :4",
		"explain ttft_p|":           "ttft_p50 ttft_p90 ttft_p99 :4",
		"report |":                  "more/ old.json results/ :4",
		"report results/|":          "results/one results/two/ :4",
		"run --format |":            "table markdown json csv :4",
		"run matrix --format |":     "table markdown json csv :4",
		"report --format |":         "table markdown csv csv:blocks csv:comparisons csv:rules csv:findings csv:claims csv:along csv:failures csv:failuresovertime csv:probes csv:warnings csv:overtime json html junit hgrm hlog prometheus openmetrics :4",
		"version --format |":        "text json :4",
		"report --out |":            ":0",
		"run --hits |":              ":0",
		"list |":                    ":4",
		"completion |":              "bash fish zsh :4",
		"completion b|":             "bash :4",
		"vers|":                     "version :4",
		"run --qui|":                "--quiet --quick :4",
		"run matrix --verb|":        "--verbose :4",
		"report more/ results/on|":  "results/one :4",
		"gate |":                    "more/ old.json results/ :4",
		"gate old.json |":           ":4",
		"gate --baseline ol|":       "old.json :4",
		"run --baseline ol|":        "old.json :4",
		"gate --junit |":            ":0",
		"gate --format |":           "text json markdown junit :4",
		"compare old.json ol|":      "old.json :4",
		"compare --format |":        "table markdown csv json html :4",
		"baseline |":                "save show :4",
		"baseline save ol|":         "old.json :4",
		"baseline save --out |":     ":0",
		"baseline show old.json o|": "old.json :4",
	} {
		args := strings.Split(strings.TrimSuffix(line, "|"), " ")
		got, directive := completed(t, args...)
		if text := strings.Join(append(got, directive), " "); text != want {
			t.Errorf("%s: %s, want %s", line, text, want)
		}
	}
}

// Every verb with a --format completes it.
func TestEveryFormatCompletes(t *testing.T) {
	root := newRoot(stdio{out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	for _, verb := range allVerbs(root) {
		if verb.Flags().Lookup("format") == nil {
			continue
		}
		if _, ok := verb.GetFlagCompletionFunc("format"); !ok {
			t.Errorf("%s --format completes nothing", verb.Name())
		}
	}
}

func TestCompletionScriptsAreWellFormed(t *testing.T) {
	for shell := range shells() {
		var out, errs bytes.Buffer
		if code := run(context.Background(), []string{"completion", shell}, os.Stdin, &out, &errs); code != exitDone {
			t.Fatalf("%s: exit %d: %s", shell, code, errs.String())
		}
		if !strings.Contains(out.String(), cobra.ShellCompRequestCmd) {
			t.Errorf("%s: the script never asks weighbridge", shell)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			continue // this machine lacks the shell; its script was made at least
		}
		check := exec.Command(path, "-n")
		check.Stdin = &out
		if said, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v: %s", shell, err, said)
		}
	}
}
