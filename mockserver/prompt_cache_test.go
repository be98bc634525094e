package mockserver

import (
	"strings"
	"testing"
)

// The blocks at the beginning of a prompt that the cache holds are those of an earlier prompt with
// the same beginning; what follows a difference is not.
func TestPromptCacheKnowsBeginnings(t *testing.T) {
	c := newPromptCache()
	long := strings.Repeat("é", 10) + strings.Repeat("b", 10)
	for i, step := range []struct {
		prompt string
		held   int
	}{
		{long, 0},
		{long, 4},
		{long + "cccccc", 4},
		{long + "ccccc", 5},
		{"x" + long, 0},
		{strings.Repeat("é", 10) + "x" + strings.Repeat("b", 9), 2},
		{"éééé", 0},
		{"", 0},
	} {
		if held := c.take(step.prompt, 5, 1000); held != step.held {
			t.Errorf("step %d: %d blocks of %q, want %d", i, held, step.prompt, step.held)
		}
	}
	c.reset()
	if held := c.take(long, 5, 1000); held != 0 {
		t.Errorf("after a reset: %d blocks", held)
	}
}

// A full cache forgets what was not used for longest.
func TestPromptCacheForgets(t *testing.T) {
	c := newPromptCache()
	for i, step := range []struct {
		prompt string
		held   int
	}{{"aa", 0}, {"bb", 0}, {"aa", 1}, {"cc", 0}, {"aa", 1}, {"bb", 0}, {"aa", 1}, {"cc", 0}} {
		if held := c.take(step.prompt, 2, 2); held != step.held {
			t.Errorf("step %d: %d blocks of %q, want %d", i, held, step.prompt, step.held)
		}
	}
	if n := c.blocks.Len(); n != 2 {
		t.Errorf("%d blocks, want 2", n)
	}
}
