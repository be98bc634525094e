package render

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/reports/page"
)

func TestFitKeepsRowsNamed(t *testing.T) {
	t.Parallel()
	g := page.Grid{
		About:   "about",
		Columns: []page.Column{{Name: "axis"}, {Name: "one", Right: true}, {Name: "two", Right: true}, {Name: "three", Right: true}, {Name: "errors"}},
		Rows:    [][]string{{"a", "1", "2", "3", "none"}, {"b", "4", "5", "6", "a 1,\nb 2"}},
	}
	for width, want := range map[int]string{
		0:  "axis one two three errors",
		31: "axis one two three errors",
		30: "axis one two three|axis errors",
		12: "axis one|axis two|axis three|axis errors",
		1:  "axis one|axis two|axis three|axis errors",
	} {
		var parts []string
		for i, part := range fit(g, width) {
			var names []string
			for _, c := range part.Columns {
				names = append(names, c.Name)
			}
			parts = append(parts, strings.Join(names, " "))
			if (part.About != "") != (i == 0) {
				t.Errorf("width %d: part %d says %q of itself", width, i, part.About)
			}
			if len(part.Rows) != 2 || part.Rows[1][0] != "b" || len(part.Rows[1]) != len(names) {
				t.Errorf("width %d: part %d has the rows %v", width, i, part.Rows)
			}
		}
		if got := strings.Join(parts, "|"); got != want {
			t.Errorf("width %d: %s, want %s", width, got, want)
		}
	}
	if !slices.Equal(g.Rows[0], []string{"a", "1", "2", "3", "none"}) {
		t.Error("fit has changed the grid it was given")
	}
}
