package api

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// chunk is what one event of a stream says.
type chunk struct {
	text   string
	tokens uint64
}

// chunks cuts an item's completion into pieces of size words, of which a piece
// has one token each; the last has what is left of the usage. White space goes
// with the word that it precedes, as it does in real tokens, so that the pieces
// joined are the completion, byte by byte. An empty completion has no pieces.
func chunks(item Item, size int) []chunk {
	var out []chunk
	rest, left := item.Completion, item.Usage.Output
	for rest != "" {
		end, words := cut(rest, max(size, 1))
		tokens := min(words, left)
		out = append(out, chunk{rest[:end], tokens})
		rest, left = rest[end:], left-tokens
	}
	if len(out) > 0 {
		out[len(out)-1].tokens += left
	}
	return out
}

// cut is where text is to be cut after its first words, at most size, and how
// many they are. Trailing space goes with the last word.
func cut(text string, size int) (end int, words uint64) {
	inWord := false
	for i, r := range text {
		switch {
		case !unicode.IsSpace(r):
			if !inWord {
				words++
			}
			inWord = true
		case inWord:
			inWord = false
			if words == uint64(size) && !blank(text[i:]) {
				return i, words
			}
		}
	}
	return len(text), words
}

// blank reports whether text is white space alone. It looks no further than the
// first word, which in prose is one character away.
func blank(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// only is the one item of an answer to a single prompt.
func only(a Answer) (Item, error) {
	if len(a.Items) != 1 {
		return Item{}, fmt.Errorf("an answer of %d items to a single prompt", len(a.Items))
	}
	if why := a.Items[0].Failed; why != "" {
		return Item{}, errors.New(why)
	}
	return a.Items[0], nil
}

// mustMarshal is the JSON of a value that always has one.
func mustMarshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of strings, numbers and times: only a bug gets here
	}
	return body
}

// pointer is nil for an empty text, which JSON then has as null.
func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// mix makes a number of two that looks like neither (the finalizer of splitmix64).
func mix(a, b uint64) uint64 {
	x := a + (b+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// isText reports whether a body is UTF-8, as JSON has to be; the decoder would
// replace what is not without a word.
func isText(body []byte) bool { return utf8.Valid(body) }

// requestName is the name of a request, as the server's own are.
func requestName(id uint64) string { return named("req_", id) }

// named is a name of its kind: prefix and the 16 digits of id.
func named(prefix string, id uint64) string {
	return string(appendName(nil, prefix, id))
}

func appendName(out []byte, prefix string, id uint64) []byte {
	var digits [8]byte
	binary.BigEndian.PutUint64(digits[:], id)
	return hex.AppendEncode(append(out, prefix...), digits[:])
}

// appendText appends a string of JSON, as encoding/json has it.
func appendText(out []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return append(out, mustMarshal(text)...)
		}
	}
	return append(append(append(out, '"'), text...), '"')
}
