package tokens

import (
	"strings"
	"testing"
)

// The counts of OpenAI's encodings are those that its tiktoken gives: examples of its README, its
// tests and its cookbook.
func TestEncodingsOfOpenAI(t *testing.T) {
	counters := map[string]*Counter{}
	for _, name := range []string{"cl100k_base", "o200k_base"} {
		counter, known, err := Named(name)
		if err != nil || !known {
			t.Fatal(known, err)
		}
		counters[name] = counter
	}
	for _, c := range []struct {
		encoding, text string
		want           int
	}{
		{"cl100k_base", "", 0},
		{"cl100k_base", "hello world", 2},
		{"cl100k_base", "tiktoken is great!", 6},
		{"cl100k_base", "antidisestablishmentarianism", 6},
		{"cl100k_base", "2 + 2 = 4", 7},
		{"cl100k_base", "お誕生日おめでとう", 9},
		{"cl100k_base", "rer", 1},
		{"cl100k_base", "'rer", 2},
		{"cl100k_base", "today\n ", 3},
		{"cl100k_base", "today\n \n", 2},
		{"o200k_base", "hello world", 2},
		{"o200k_base", "antidisestablishmentarianism", 6},
		{"o200k_base", "2 + 2 = 4", 7},
		{"o200k_base", "お誕生日おめでとう", 8},
	} {
		if got, err := counters[c.encoding].Count(c.text); err != nil || got != c.want {
			t.Errorf("%s: %q has %d tokens (%v), want %d", c.encoding, c.text, got, err, c.want)
		}
	}
	if _, known, err := Named("p50k_base"); known || err != nil {
		t.Errorf("p50k_base is known: %v", err)
	}
}

// byteLevel is a tokenizer.json that merges h e, l l and Ġ (a space) h.
func byteLevel(model, rest string) string {
	return `{"version":"1.0","model":{"type":"BPE",` + model + `},` + rest + `}`
}

const (
	merges    = `"vocab":{"Ġhell":9},"merges":["h e","l l","Ġ he","Ġhe ll"]`
	asPairs   = `"vocab":{},"merges":[["h","e"],["l","l"]]`
	alone     = `"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}`
	llama     = `"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}`
	wordPiece = `{"model":{"type":"WordPiece","vocab":{"a":1}},"pre_tokenizer":{"type":"BertPreTokenizer"}}`
)

func TestFilesOfTokenizers(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             int
		wrong            string
	}{
		{"GPT-2", byteLevel(merges, alone), "hello hello", 3 + 2, ""}, // he ll o, Ġhell o
		{"pairs in lists", byteLevel(asPairs, alone), "hello hello", 3 + 4, ""},
		{"Llama 3", byteLevel(asPairs, llama), "hello hello", 3 + 4, ""},
		{"whole words before merges", byteLevel(`"ignore_merges":true,"vocab":{"hello":1},"merges":["h e"]`, alone), "hello hello", 1 + 5, ""},
		{"a space in front", byteLevel(merges, strings.Replace(alone, "false", "true", 1)), "hell", 1, ""},
		{"NFC", byteLevel(merges, alone+`,"normalizer":{"type":"NFC"}`), "hello", 3, ""},
		{"other bytes", byteLevel(merges, alone), "é\n", 3, ""},
		{"WordPiece", wordPiece, "", 0, `model.type: expected BPE, found "WordPiece"`},
		{"Unigram", `{"model":{"type":"Unigram"}}`, "", 0, `model.type: expected BPE, found "Unigram"`},
		{"SentencePiece", byteLevel(asPairs, `"pre_tokenizer":null`), "", 0, "pre_tokenizer: expected ByteLevel"},
		{"Metaspace", byteLevel(asPairs, `"pre_tokenizer":{"type":"Metaspace"}`), "", 0, `pre_tokenizer.type: expected Sequence, Split or ByteLevel, found "Metaspace"`},
		{"another normalizer", byteLevel(asPairs, alone+`,"normalizer":{"type":"Lowercase"}`), "", 0, `normalizer.type: expected none or NFC, found "Lowercase"`},
		{"ends of words", byteLevel(`"end_of_word_suffix":"</w>",`+asPairs, alone), "", 0, "end_of_word_suffix"},
		{"another behavior", byteLevel(asPairs, strings.Replace(llama, "Isolated", "Removed", 1)), "", 0, `expected a Regex with the behavior Isolated`},
		{"a pattern that is none", byteLevel(asPairs, strings.Replace(llama, "[^", "(", 1)), "", 0, "the pattern that splits texts"},
		{"no merges", byteLevel(`"vocab":{},"merges":[]`, alone), "", 0, "model.merges: expected at least one"},
		{"odd merges", byteLevel(`"vocab":{},"merges":["a b c"]`, alone), "", 0, `model.merges: item 0: expected two tokens`},
		{"no bytes", byteLevel(`"vocab":{},"merges":["▁ a"]`, alone), "", 0, `expected characters of the byte-level alphabet`},
		{"something else", `{"prompt":"a"}`, "", 0, "expected a tokenizer.json, an object with a model"},
		{"nothing", ``, "", 0, "expected a tokenizer.json"},
	} {
		counter, err := Read(strings.NewReader(c.file))
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want an error with %q", c.name, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := counter.Count(c.text); err != nil || got != c.want {
			t.Errorf("%s: %q has %d tokens (%v), want %d", c.name, c.text, got, err, c.want)
		}
	}
}
