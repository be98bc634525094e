package growth

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Few prompts, whose latencies vary as those of any server do, hardly ever look like a server that falls
// behind: with three standard errors whatever their number, four of them did in 5 of 100 slices.
func TestFewPromptsDoNotFallBehindByChance(t *testing.T) {
	const runs, most = 2000, 8 // 3 are expected
	for _, n := range []int{4, 5, 10} {
		rng, called := rand.New(rand.NewPCG(1, uint64(n))), 0
		for range runs {
			s := NewSlice(0, 2*time.Second)
			for range n {
				due := time.Second + time.Duration(rng.Float64()*float64(time.Second))
				s.Answered(due, due+460*time.Millisecond+time.Duration(rng.NormFloat64()*float64(40*time.Millisecond)))
			}
			if s.Behind() > 0 {
				called++
			}
		}
		if called > most {
			t.Errorf("%d prompts: %d of %d slices fell behind", n, called, runs)
		}
	}
}
