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

// chunk is the text of one event of a stream.
type chunk struct {
	text   string
	tokens uint64
}

// chunks splits an item's completion into pieces of size words. Each word counts as
// one output token; the last piece has all that remain of the usage. White space
// belongs to the word that follows it, as in real tokens, and the pieces joined are
// the completion, byte by byte. An empty completion has no pieces.
func chunks(item Item, size int) []chunk {
	var out []chunk
	text, remaining := item.Completion, item.Usage.Output
	for text != "" {
		end, words := cutAfterWords(text, max(size, 1))
		tokens := min(words, remaining)
		out = append(out, chunk{text[:end], tokens})
		text, remaining = text[end:], remaining-tokens
	}
	if len(out) > 0 {
		out[len(out)-1].tokens += remaining
	}
	return out
}

// cutAfterWords returns the end of the first size words of text, or of all if there are
// fewer, and how many they are. Trailing white space belongs to the last word of text.
func cutAfterWords(text string, size int) (end int, words uint64) {
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
			if words == uint64(size) && !isBlank(text[i:]) {
				return i, words
			}
		}
	}
	return len(text), words
}

// isBlank reports whether text is only white space. It looks no further than the first
// word, which in a completion is one character away.
func isBlank(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// singleItem returns the item of an answer to a single prompt.
func singleItem(a Answer) (Item, error) {
	if len(a.Items) != 1 {
		return Item{}, fmt.Errorf("the answer to a single prompt has %d items", len(a.Items))
	}
	if why := a.Items[0].Failed; why != "" {
		return Item{}, errors.New(why)
	}
	return a.Items[0], nil
}

// mustMarshal returns the JSON of a value that can always be marshaled.
func mustMarshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of strings, numbers and times cannot fail
	}
	return body
}

// nullIfEmpty returns a pointer to text, or nil (null in JSON) if it is empty.
func nullIfEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// mix hashes two numbers (the finalizer of splitmix64).
func mix(a, b uint64) uint64 {
	x := a + (b+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// isUTF8 reports whether a body is UTF-8, as JSON has to be; the decoder would
// silently replace what is not.
func isUTF8(body []byte) bool { return utf8.Valid(body) }

// requestID makes a request ID of the same form as the server's.
func requestID(id uint64) string { return formatID("req_", id) }

// formatID returns prefix and the 16 hexadecimal digits of id.
func formatID(prefix string, id uint64) string {
	return string(appendID(nil, prefix, id))
}

func appendID(out []byte, prefix string, id uint64) []byte {
	var digits [8]byte
	binary.BigEndian.PutUint64(digits[:], id)
	return hex.AppendEncode(append(out, prefix...), digits[:])
}

// appendText appends text as a JSON string, exactly as encoding/json renders it.
func appendText(out []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return append(out, mustMarshal(text)...)
		}
	}
	return append(append(append(out, '"'), text...), '"')
}
