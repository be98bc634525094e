package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxBytes is the length of the longest file of a tokenizer.
const MaxBytes = 128 << 20

// gpt2Pattern is how the pre-tokenizer ByteLevel of Hugging Face splits texts by itself.
const gpt2Pattern = `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

// tokenizerFile is a tokenizer.json of Hugging Face's tokenizers.
type tokenizerFile struct {
	Model *struct {
		Type         string
		Vocab        json.RawMessage
		Merges       []json.RawMessage
		IgnoreMerges bool   `json:"ignore_merges"`
		Prefix       string `json:"continuing_subword_prefix"`
		Suffix       string `json:"end_of_word_suffix"`
	}
	Normalizer   *struct{ Type string }
	PreTokenizer *preTokenizer `json:"pre_tokenizer"`
}

type preTokenizer struct {
	Type          string
	PreTokenizers []preTokenizer
	// Of Split:
	Pattern  struct{ Regex, String string }
	Behavior string
	Invert   bool
	// Of ByteLevel:
	AddPrefixSpace bool  `json:"add_prefix_space"`
	UseRegex       *bool `json:"use_regex"`
}

// Read reads a tokenizer.json with byte-level byte-pair encoding, as of GPT-2, Llama 3 and Qwen. A
// file of another kind is an error that names it.
func Read(r io.Reader) (*Counter, error) {
	var f tokenizerFile
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return nil, fmt.Errorf("expected a tokenizer.json: %w", err)
	}
	if f.Model == nil {
		return nil, errors.New("expected a tokenizer.json, an object with a model")
	}
	switch {
	case f.Model.Type != "BPE" && (f.Model.Type != "" || f.Model.Merges == nil):
		return nil, fmt.Errorf("model.type: expected BPE, found %.40q", f.Model.Type)
	case f.Model.Prefix+f.Model.Suffix != "":
		return nil, errors.New("model: expected no continuing_subword_prefix and no end_of_word_suffix: only byte-level BPE is supported")
	case f.Normalizer != nil && f.Normalizer.Type != "NFC":
		return nil, fmt.Errorf("normalizer.type: expected none or NFC, found %.40q", f.Normalizer.Type)
	}
	c := &Counter{known: map[string]int{}, whole: func(string) bool { return false }}
	leveled, err := c.pretokenize(f.PreTokenizer)
	if err == nil && !leveled {
		err = errors.New("pre_tokenizer: expected ByteLevel, alone or last in a Sequence: only byte-level BPE is supported")
	}
	if err != nil {
		return nil, err
	}
	if f.Model.IgnoreMerges {
		if err := c.readVocab(f.Model.Vocab); err != nil {
			return nil, err
		}
	}
	return c, c.readMerges(f.Model.Merges)
}

// pretokenize takes over how texts are split into words. It reports whether their bytes are what is
// merged.
func (c *Counter) pretokenize(p *preTokenizer) (leveled bool, err error) {
	if p == nil {
		return false, nil
	}
	switch p.Type {
	case "Sequence":
		for i := range p.PreTokenizers {
			if leveled {
				return false, fmt.Errorf("pre_tokenizer: expected nothing after ByteLevel, found %.40q", p.PreTokenizers[i].Type)
			}
			if leveled, err = c.pretokenize(&p.PreTokenizers[i]); err != nil {
				return false, err
			}
		}
		return leveled, nil
	case "Split":
		if p.Pattern.Regex == "" || p.Behavior != "Isolated" || p.Invert {
			return false, fmt.Errorf("pre_tokenizer Split: expected a Regex with the behavior Isolated and no invert, found %.40q, %v", p.Behavior, p.Invert)
		}
		return false, c.addSplit(p.Pattern.Regex)
	case "ByteLevel":
		c.spaced = c.spaced || p.AddPrefixSpace
		if p.UseRegex == nil || *p.UseRegex {
			return true, c.addSplit(gpt2Pattern)
		}
		return true, nil
	}
	return false, fmt.Errorf("pre_tokenizer.type: expected Sequence, Split or ByteLevel, found %.40q", p.Type)
}

func (c *Counter) addSplit(pattern string) error {
	re, err := compile(pattern)
	if err == nil {
		c.split = append(c.split, re)
	}
	return err
}

// readVocab makes each word that is in the vocabulary one token.
func (c *Counter) readVocab(raw json.RawMessage) error {
	var vocab map[string]int
	if err := json.Unmarshal(raw, &vocab); err != nil {
		return fmt.Errorf("model.vocab: %w", err)
	}
	decode := byteOf()
	words := make(map[string]bool, len(vocab))
	for token := range vocab {
		if word, ok := bytesOf(token, decode); ok {
			words[word] = true
		}
	}
	c.whole = func(word string) bool { return words[word] }
	return nil
}

// readMerges reads the merges, each a text "left right" or a list ["left", "right"].
func (c *Counter) readMerges(merges []json.RawMessage) error {
	if len(merges) == 0 {
		return errors.New("model.merges: expected at least one, found none")
	}
	decode := byteOf()
	ranks := make(map[[2]string]int, len(merges))
	for i, raw := range merges {
		var pair []string
		var text string
		if json.Unmarshal(raw, &text) == nil {
			pair = strings.Split(text, " ")
		} else if json.Unmarshal(raw, &pair) != nil {
			pair = nil
		}
		if len(pair) != 2 {
			return fmt.Errorf("model.merges: item %d: expected two tokens, found %.60s", i, raw)
		}
		left, ok := bytesOf(pair[0], decode)
		right, alsoOK := bytesOf(pair[1], decode)
		if !ok || !alsoOK {
			return fmt.Errorf("model.merges: item %d: expected characters of the byte-level alphabet (Ġ for a space), found %.60s", i, raw)
		}
		ranks[[2]string{left, right}] = i
	}
	c.rank = func(left, right string) (int, bool) {
		rank, ok := ranks[[2]string{left, right}]
		return rank, ok
	}
	return nil
}

// byteOf is the byte that each character stands for in a byte-level vocabulary: printable ones for
// themselves, the others for characters from 256 on (GPT-2's bytes_to_unicode).
func byteOf() map[rune]byte {
	of, next := make(map[rune]byte, 256), rune(256)
	for b := range 256 {
		r := rune(b)
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			of[r] = byte(b)
			continue
		}
		of[next] = byte(b)
		next++
	}
	return of
}

// bytesOf is the bytes of a token; false if a character stands for none.
func bytesOf(token string, decode map[rune]byte) (string, bool) {
	out := make([]byte, 0, utf8.RuneCountInString(token))
	for _, r := range token {
		b, ok := decode[r]
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}
