package schedule

import (
	"math"
	"strings"
	"testing"

	"weighbridge/mockserver/dist"
	"weighbridge/scenarios"
)

func syntheticDeck(t *testing.T, p scenarios.Prompts, seed uint64) *Deck {
	t.Helper()
	d, err := SyntheticDeck(p, seed)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSyntheticDeckIsBounded(t *testing.T) {
	p := scenarios.Prompts{Distinct: 11, Length: dist.Number{Constant: 100}}
	if _, err := syntheticTexts(p, 1, 1100); err != nil {
		t.Error(err)
	}
	_, err := syntheticTexts(p, 1, 1000)
	if want := "prompts: expected at most 1000 characters in all distinct prompts, found more in 11 of 11"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSameSeedGivesTheSameDeck(t *testing.T) {
	p := scenarios.Prompts{Distinct: 50, Length: dist.Number{LogNormal: &dist.LogNormal[float64]{P50: 400, P99: 4000}}}
	a, b, c := syntheticDeck(t, p, 1), syntheticDeck(t, p, 1), syntheticDeck(t, p, 2)
	if strings.Join(a.texts, "\n") != strings.Join(b.texts, "\n") {
		t.Error("the same seed gives different prompts")
	}
	if strings.Join(a.texts, "\n") == strings.Join(c.texts, "\n") {
		t.Error("different seeds give the same prompts")
	}
}

func TestSyntheticPromptsAreDistinctAndHaveTheirLength(t *testing.T) {
	d := syntheticDeck(t, scenarios.Prompts{Distinct: 200, Length: dist.Number{Constant: 400}}, 1)
	seen := map[string]bool{}
	for _, text := range d.texts {
		if len(text) != 400 {
			t.Fatalf("a prompt of %d characters, want 400", len(text))
		}
		seen[text] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d distinct prompts, want 200", len(seen))
	}
}

func TestPopularityFollowsZipf(t *testing.T) {
	for _, exponent := range []float64{0, 0.7, 1.1} {
		d := &Deck{cumulative: zipfCumulative(100, exponent)}
		for i := range 100 {
			d.texts = append(d.texts, string(rune('!'+i)))
		}
		counts := map[string]float64{}
		draw := d.choose(scenarios.OrderZipf, Random(1, "zipf"), 0)
		const draws = 200_000
		for range draws {
			counts[d.texts[draw()]]++
		}
		got := counts[d.texts[0]] / counts[d.texts[9]]
		if want := math.Pow(10, exponent); math.Abs(got/want-1) > 0.1 {
			t.Errorf("exponent %v: the first prompt is drawn %.2f times as often as the tenth, want %.2f", exponent, got, want)
		}
	}
}
