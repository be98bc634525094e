package tree

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Mask returns the source with scalars that were parsed from it, at a position of line 1 and
// column 1, replaced by texts. It returns false if one of them is not on a single line.
func Mask(source string, by map[*Node]string) (string, bool) {
	lines := strings.Split(strings.TrimPrefix(source, "\ufeff"), "\n")
	// From the end, as a replacement moves what follows it.
	nodes := slices.SortedFunc(maps.Keys(by), func(a, b *Node) int {
		if a.At.Line != b.At.Line {
			return b.At.Line - a.At.Line
		}
		return b.At.Column - a.At.Column
	})
	for _, n := range nodes {
		if n.At.Line < 1 || n.At.Line > len(lines) {
			return "", false
		}
		line := []rune(lines[n.At.Line-1])
		start := n.At.Column - 1
		if start < 0 || start > len(line) {
			return "", false
		}
		places, ok := runeOffsets(line[start:], []rune(n.Text))
		if !ok {
			return "", false
		}
		end := start + places[len(places)-1]
		if quote := line[start]; quote == '"' || quote == '\'' {
			end++
		}
		lines[n.At.Line-1] = string(line[:start]) + strconv.Quote(by[n]) + string(line[min(end, len(line)):])
	}
	return strings.Join(lines, "\n"), true
}
