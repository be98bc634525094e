package tree_test

import (
	"strings"
	"testing"

	"weighbridge/scenarios/tree"
)

// The time that the parser takes grows with the square of the nesting and of the keys: what is
// not refused before it takes minutes here.
func TestParseIsBounded(t *testing.T) {
	const n = 200_000
	for name, c := range map[string]struct{ source, want string }{
		"brackets":        {strings.Repeat("[", 20_000), "nested too deeply: expected at most 50 levels"},
		"closed brackets": {strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "nested too deeply: expected at most 50 levels"},
		"braces":          {strings.Repeat("{a: ", 20_000), "nested too deeply: expected at most 50 levels"},
		"dashes":          {strings.Repeat("- ", 20_000), "nested too deeply: expected at most 50 levels"},
		"question marks":  {strings.Repeat("? ", 20_000), "nested too deeply: expected at most 50 levels"},
		"keys":            {strings.Repeat("a: 1\n", 20_000), "expected at most 5000 keys"},
		"keys in braces":  {"{" + strings.Repeat("a: 1, ", 20_000) + "}", "expected at most 5000 keys"},
		"items":           {"[" + strings.Repeat("1,", n) + "]", "expected at most 100000 values and marks"},
		"bytes":           {strings.Repeat("a", tree.MaxBytes+1), "expected at most 1048576 bytes, found 1048577"},
	} {
		t.Run(name, func(t *testing.T) {
			var p tree.Problems
			root := tree.Parse(tree.Position{Line: 1, Column: 1}, c.source, &p)
			if err := p.Err(); root != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse = %v, want %q", err, c.want)
			}
		})
	}
	var p tree.Problems
	if root := tree.Parse(tree.Position{Line: 1, Column: 1}, strings.Repeat("[", 40)+strings.Repeat("]", 40), &p); root == nil {
		t.Error("40 brackets are refused: ", p.Err())
	}
}
