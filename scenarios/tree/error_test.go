package tree

import (
	"strings"
	"testing"
)

func TestErrorsCountWhatTheyLeaveOut(t *testing.T) {
	many := make(Errors, 30)
	lines := strings.Split(many.Error(), "\n")
	if len(lines) != 12 || lines[11] != "… and 19 more" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if few := make(Errors, 12); strings.Contains(few.Error(), "more") {
		t.Errorf("twelve errors are all shown: %v", few)
	}
}

func TestLinesPutErrorsBeforeExcerpts(t *testing.T) {
	for n, want := range map[int]struct{ groups, lines, excerpts int }{
		1: {1, 3, 1}, 3: {3, 9, 3}, 4: {4, 12, 4}, 5: {5, 11, 3}, 10: {10, 12, 1}, 11: {11, 11, 0}, 12: {12, 12, 0}, 13: {12, 12, 0}, 500: {12, 12, 0},
	} {
		all := make(Errors, n)
		for i := range all {
			all[i] = Error{File: "f", Line: 1, Column: 1, Message: "wrong", Excerpt: "line\n^"}
		}
		lines, excerpts := 0, 0
		for _, group := range all.Lines() {
			lines += len(group)
			if len(group) == 3 {
				excerpts++
			}
		}
		if got := len(all.Lines()); got != want.groups || lines != want.lines || excerpts != want.excerpts {
			t.Errorf("%d errors: %d groups, %d lines, %d excerpts; want %+v", n, got, lines, excerpts, want)
		}
	}
}
