package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// R: p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") gives 0.04 0.06 0.06 0.06.
func TestHolmOfKnownValues(t *testing.T) {
	for i, want := range []float64{0.06, 0.04, 0.06, 0.06} {
		got := Holm([]float64{0.03, 0.01, 0.02, 0.04}, 4)
		near(t, "adjusted p", got[i], want, 1e-12)
	}
	near(t, "one of ten", Holm([]float64{0.001}, 10)[0], 0.01, 1e-12)
	if got := Holm(nil, 3); len(got) != 0 {
		t.Errorf("no p's give %v", got)
	}
}

// Holm's procedure is closed testing by Bonferroni: a hypothesis falls if every
// set of hypotheses that it is in has a p of at most α over the set's size.
func TestHolmIsClosedTesting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 7).Draw(t, "p")
		got := Holm(p, len(p))
		for i := range p {
			worst := 0.0
			for set := range 1 << len(p) {
				if set>>i&1 == 0 {
					continue
				}
				smallest, size := 1.0, 0.0
				for j, q := range p {
					if set>>j&1 == 1 {
						smallest, size = min(smallest, q), size+1
					}
				}
				worst = max(worst, min(1, smallest*size))
			}
			if math.Abs(got[i]-worst) > 1e-12 {
				t.Fatalf("adjusted p of %v in %v is %v, closed testing gives %v", p[i], p, got[i], worst)
			}
		}
	})
}
