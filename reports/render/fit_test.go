package render

import (
	"slices"
	"strings"
	"testing"
)

func TestFitRepeatsTheNamesOfRows(t *testing.T) {
	t.Parallel()
	g := grid{
		about:   "about",
		columns: []heading{{text: "axis"}, {"one", true}, {"two", true}, {"three", true}, {text: "errors"}},
		rows:    [][]string{{"a", "1", "2", "3", "none"}, {"b", "4", "5", "6", "a 1,\nb 2"}},
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
			for _, c := range part.columns {
				names = append(names, c.text)
			}
			parts = append(parts, strings.Join(names, " "))
			if (part.about != "") != (i == 0) {
				t.Errorf("width %d: part %d says %q of itself", width, i, part.about)
			}
			if len(part.rows) != 2 || part.rows[1][0] != "b" || len(part.rows[1]) != len(names) {
				t.Errorf("width %d: part %d has the rows %v", width, i, part.rows)
			}
		}
		if got := strings.Join(parts, "|"); got != want {
			t.Errorf("width %d: %s, want %s", width, got, want)
		}
	}
	if !slices.Equal(g.rows[0], []string{"a", "1", "2", "3", "none"}) {
		t.Error("fit has changed the grid it was given")
	}
}
