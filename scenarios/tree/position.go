package tree

// Position is the position of a key or value.
type Position struct {
	File         string
	Line, Column int
	// Source is the source line; empty if there is none.
	Source string
}

// Within returns the position of a character of a text, counted from 1, that stands at this
// position. For a text that spans several lines it returns the start of the text, and false.
func (at Position) Within(text string, column int) (Position, bool) {
	line, start := []rune(at.Source), at.Column-1
	if start < 0 || start > len(line) {
		return at, false
	}
	places, ok := runeOffsets(line[start:], []rune(text))
	if ok && column >= 1 && column <= len(places) {
		at.Column += places[column-1]
	}
	return at, ok
}

// runeOffsets returns the offset in a line of each character of a text, and of its end. The
// line begins with the text, as plain or quoted YAML; false if it does not.
func runeOffsets(rest, text []rune) ([]int, bool) {
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
		width := runeWidth(r, rest[min(end, len(rest)):], quote)
		if width == 0 {
			return nil, false
		}
		end += width
	}
	return append(places, end), end <= len(rest)
}

// runeWidth returns how many characters at the start of a line encode r; 0 if they encode
// something else.
func runeWidth(r rune, line []rune, quote rune) int {
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

// escapeWidth returns the length of an escape sequence in a double-quoted text.
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
