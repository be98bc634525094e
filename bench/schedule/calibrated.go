package schedule

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"weighbridge/scenarios"
)

// Calibration is how many tokens a server counts in texts of common English words, as its answers
// have told: Beside, and PerWord for each word or PerCharacter for each character.
type Calibration struct {
	// PerWord or PerCharacter is set, whichever the answers agree on better.
	PerWord, PerCharacter float64
	// Beside is the tokens that a request has beside its text.
	Beside float64
	// Error is the largest share by which the tokens of one text differ from what the other answers
	// let expect.
	Error float64
}

// Counted is a text, and the tokens that a server counted in the request that sent it.
type Counted struct {
	Text   string
	Tokens uint64
}

const (
	// CalibrationRequests is the number of texts that a calibration sends.
	CalibrationRequests = 2 * calibrationLengths
	// calibrationLengths is how many lengths they have: a quarter of the longest and its multiples.
	calibrationLengths = 4
	// leastCounted is the fewest answers that a calibration may rest on.
	leastCounted = 4
	// maxCalibrationError is the largest error of a calibration, and leastPerCharacter the fewest
	// tokens of a character: below, the server does not count the text.
	maxCalibrationError = 0.2
	leastPerCharacter   = 0.02
	leastPerWord        = 0.1
	// The longest text of a calibration has about as many words as a prompt has tokens, within these.
	fewestWords = 40
	mostWords   = 2000
)

// CalibrationTexts returns the texts that a calibration sends. Their words are those of measured
// prompts, and depend on the seed alone, so that equal servers count the same in every arm.
func CalibrationTexts(p scenarios.Prompts, seed uint64) (texts []string) {
	words := p.Tokens.Quantile(0.5)
	if words == 0 {
		words = float64(p.Prefix.Tokens)
	}
	longest := int(min(max(words, fewestWords), mostWords))
	rng := Random(seed, "calibration")
	for i := range CalibrationRequests {
		texts = append(texts, commonText(rng, longest*(1+i%calibrationLengths)/calibrationLengths))
	}
	return texts
}

// Calibrate finds out how a server counts tokens. An error says why that cannot be known.
func Calibrate(all []Counted) (*Calibration, error) {
	if len(all) < leastCounted {
		return nil, fmt.Errorf("at least %d answers that report their input tokens are needed, and %d did", leastCounted, len(all))
	}
	words, characters := make([]float64, len(all)), make([]float64, len(all))
	tokens := make([]float64, len(all))
	for i, c := range all {
		words[i], characters[i] = float64(len(strings.Fields(c.Text))), float64(utf8.RuneCountInString(c.Text))
		tokens[i] = float64(c.Tokens)
	}
	wordError, characterError := predictionError(words, tokens), predictionError(characters, tokens)
	by := lineOf(words, tokens)
	c := &Calibration{PerWord: toBillionth(by.slope), Error: toBillionth(wordError)}
	if characterError < wordError {
		by = lineOf(characters, tokens)
		c = &Calibration{PerCharacter: toBillionth(by.slope), Error: toBillionth(characterError)}
	}
	c.Beside = toBillionth(by.start)
	if !(c.Error <= maxCalibrationError) || c.PerWord < leastPerWord && c.PerCharacter < leastPerCharacter {
		return nil, errors.New("the tokens that the server reports do not follow the length of texts: " + extremes(all))
	}
	return c, nil
}

// toBillionth rounds away what floating-point arithmetic adds.
func toBillionth(v float64) float64 { return math.Round(v*1e9) / 1e9 }

// extremes says what was counted in the shortest and in the longest text.
func extremes(all []Counted) string {
	shortest, longest := all[0], all[0]
	for _, c := range all {
		if len(c.Text) < len(shortest.Text) {
			shortest = c
		}
		if len(c.Text) > len(longest.Text) {
			longest = c
		}
	}
	return fmt.Sprintf("%d in a request with %d characters, %d in one with %d", shortest.Tokens, len(shortest.Text), longest.Tokens, len(longest.Text))
}

// line is a straight line.
type line struct{ start, slope float64 }

// lineOf fits a line by least squares; its slope is NaN if all x are equal.
func lineOf(x, y []float64) line {
	n, meanX, meanY := float64(len(x)), 0.0, 0.0
	for i := range x {
		meanX += x[i] / n
		meanY += y[i] / n
	}
	var products, squares float64
	for i := range x {
		products += (x[i] - meanX) * (y[i] - meanY)
		squares += (x[i] - meanX) * (x[i] - meanX)
	}
	slope := math.NaN()
	if squares > 0 {
		slope = products / squares
	}
	return line{meanY - slope*meanX, slope}
}

// predictionError is the largest difference between a y and what the line through the others lets
// expect there, as a share of what the x is worth.
func predictionError(x, y []float64) (largest float64) {
	for i := range x {
		without := func(all []float64) []float64 {
			return append(append([]float64{}, all[:i]...), all[i+1:]...)
		}
		l := lineOf(without(x), without(y))
		if l.slope <= 0 {
			return math.Inf(1)
		}
		largest = max(largest, math.Abs(y[i]-l.start-l.slope*x[i])/(l.slope*x[i])) // NaN stays
	}
	return largest
}

// CalibratedSpeller returns a Speller of texts in which a server counts so many tokens.
func CalibratedSpeller(c Calibration) *Speller { return &Speller{calibration: &c} }

// text makes a text in which about n tokens are counted.
func (c *Calibration) text(rng *rand.Rand, n int) string {
	if c.PerWord > 0 {
		return commonText(rng, int(math.Round(float64(n)/c.PerWord)))
	}
	length := max(int(math.Round(float64(n)/c.PerCharacter)), 1)
	const shortest = 3 // with the space before it
	text := commonText(rng, 1+length/shortest)[:length]
	if text[length-1] == ' ' { // which a server might cut off
		text = text[:length-1] + "s"
	}
	return text
}

// commonText is max(n, 1) common words.
func commonText(rng *rand.Rand, n int) string {
	all := strings.Fields(commonWords)
	text := make([]string, max(n, 1))
	for i := range text {
		text[i] = all[rng.IntN(len(all))]
	}
	return strings.Join(text, " ")
}
