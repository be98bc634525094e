package main

import (
	"os"
	"strings"
	"testing"

	"weighbridge/bench/hosted"
	"weighbridge/scenarios"
)

// The scenarios in the README must load. A fragment without a name is given one.
func TestReadmeScenariosLoad(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the README shows no scenario")
	}
	for _, block := range blocks {
		source, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(source, "name:") {
			source = "name: fragment\n" + source
		}
		s, err := scenarios.Parse("README.md", []byte(source), scenarios.Changes{})
		if err != nil {
			t.Errorf("%v\n%s", err, source)
			continue
		}
		if err := hosted.CheckDialects("README.md", s); err != nil {
			t.Error(err)
		}
	}
}
