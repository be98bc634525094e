package schedule

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"weighbridge/scenarios"
)

// Deck is the distinct prompts of a scenario and how often each is asked. All
// arms of a run draw from decks of the same seed, so that they carry the same work.
type Deck struct {
	texts []string
	// until[i] is the share of draws that fall on prompts 0…i.
	until []float64
}

// SyntheticDeck draws p.Distinct prompts of the lengths that p asks for.
func SyntheticDeck(p scenarios.Prompts, seed uint64) *Deck {
	rng := Random(seed, "prompts", p.Distinct)
	texts := make([]string, p.Distinct)
	for i := range texts {
		texts[i] = synthetic(rng, int(p.Length.Quantile(rng.Float64())))
	}
	return newDeck(texts, p.Zipf)
}

// ReadDeck reads prompts: JSON strings or objects with a "prompt", one a line, where
// the file's name ends in .jsonl or .ndjson, and lines of text else. Empty lines are
// left out. The i-th prompt is asked 1/i^zipf times as often as the first. Errors
// name the file and the line.
func ReadDeck(file string, r io.Reader, zipf float64) (*Deck, error) {
	texts, err := readPrompts(file, r)
	if err != nil {
		return nil, err
	}
	return newDeck(texts, zipf), nil
}

func newDeck(texts []string, zipf float64) *Deck {
	return &Deck{texts: texts, until: popularity(len(texts), zipf)}
}

// popularity is the cumulative share of n prompts, the i-th weighing 1/i^exponent (Zipf).
func popularity(n int, exponent float64) []float64 {
	until := make([]float64, n)
	sum := 0.0
	for i := range until {
		sum += math.Pow(float64(i+1), -exponent)
		until[i] = sum
	}
	for i := range until {
		until[i] /= sum
	}
	return until
}

// Draw picks a prompt.
func (d *Deck) Draw(rng *rand.Rand) string {
	i := sort.SearchFloat64s(d.until, rng.Float64())
	return d.texts[min(i, len(d.texts)-1)]
}

// words are what synthetic prompts are made of.
const words = "the weight of a truck is read twice once loaded and once empty so that what it carries is known to the pound "

// synthetic is a prompt of exactly n characters, at least one, that starts
// differently from others.
func synthetic(rng *rand.Rand, n int) string {
	n = max(n, 1)
	text := fmt.Sprintf("%x ", rng.Uint32())
	from := rng.IntN(len(words))
	text += words[from:]
	if short := n - len(text); short > 0 {
		text += strings.Repeat(words, short/len(words)+1)
	}
	return text[:n]
}

func readPrompts(file string, r io.Reader) ([]string, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, len(raw)+1)
	jsonLines := slices.Contains([]string{".jsonl", ".ndjson"}, filepath.Ext(file))
	var texts []string
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if jsonLines {
			if text, err = promptOf(text); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n, err)
			}
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("%s: expected at least one prompt, found none", file)
	}
	return texts, nil
}

func promptOf(line string) (string, error) {
	var text string
	if json.Unmarshal([]byte(line), &text) == nil && text != "" {
		return text, nil
	}
	var object struct {
		Prompt string `json:"prompt"`
	}
	if json.Unmarshal([]byte(line), &object) == nil && object.Prompt != "" {
		return object.Prompt, nil
	}
	return "", errors.New(`expected a JSON string or an object with "prompt"`)
}
