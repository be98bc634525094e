package tree

// Position is where a key or a value stands.
type Position struct {
	File         string
	Line, Column int
	// Source is the line itself; empty where there is none.
	Source string
}

// Within is where a character of a text stands, counted from 1, when the text
// itself stands at a position of a source. A text of several lines gives no more
// than its start, and false.
func (at Position) Within(text string, column int) (Position, bool) {
	line, start := []rune(at.Source), at.Column-1
	if start < 0 || start > len(line) {
		return at, false
	}
	places, ok := written(line[start:], []rune(text))
	if ok && column >= 1 && column <= len(places) {
		at.Column += places[column-1]
	}
	return at, ok
}

// written is where each rune of a text, and its end, stands in the rest of a line
// that begins with it, as plain or quoted YAML; false where it does not.
func written(rest, text []rune) ([]int, bool) {
	var quote rune
	if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
		quote = rest[0]
	}
	var places []int
	end := 0
	if quote != 0 {
		end = 1
	}
	for _, r := range text {
		places = append(places, end)
		width := widthOf(r, rest[min(end, len(rest)):], quote)
		if width == 0 {
			return nil, false
		}
		end += width
	}
	return append(places, end), end <= len(rest)
}

// widthOf is how many runes write r at the start of a line, 0 where they write another.
func widthOf(r rune, line []rune, quote rune) int {
	switch {
	case len(line) == 0:
		return 0
	case quote == '"' && line[0] == '\\' && len(line) > 1:
		return escapeWidth(line[1])
	case line[0] != r:
		return 0
	case quote == '\'' && r == '\'':
		return 2
	}
	return 1
}

// escapeWidth is how many runes an escape of a double-quoted text has.
func escapeWidth(kind rune) int {
	switch kind {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
