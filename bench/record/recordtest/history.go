package recordtest

import (
	"math"
	"math/rand/v2"
	"time"

	"weighbridge/bench/record"
)

// History is Runs runs of one scenario, an hour apart, of the arms ab=a and ab=b with ten blocks of 400
// prompts and of closed load. The arms take 20 and 30 ms, by 1% more or less in each run; from the run Step
// on, counted from 0, ab=b takes By times as long.
type History struct {
	Runs, Step int
	By         float64
	// Change changes a run; may be nil.
	Change func(i int, rec *record.Record)
}

// Records makes the records, in the order of their start.
func (h History) Records() (all []*record.Record) {
	const blocks, prompts = 10, 400
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range h.Runs {
		rec := Base(record.Scenario{Name: "nightly", Title: "Every night", Source: "name: nightly\n", Set: []string{}, Axis: []string{}}, []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}}, blocks)
		rec.Started, rec.Ended = rec.Started.Add(time.Duration(i)*time.Hour), rec.Ended.Add(time.Duration(i)*time.Hour)
		speed := math.Exp(0.01 * rng.NormFloat64())
		for k, ms := range []float64{20, 30} {
			if k == 1 && i >= h.Step {
				ms *= h.By
			}
			var latencies []time.Duration
			for range blocks {
				latencies = append(latencies, time.Duration(ms*speed*math.Exp(0.005*rng.NormFloat64())*1e6))
			}
			rec.Arms[k] = Arm(rec.Arms[k].Name, prompts, latencies...)
			Close(&rec.Arms[k], int(20_000/ms*math.Exp(0.01*rng.NormFloat64())), 0)
		}
		if h.Change != nil {
			h.Change(i, rec)
		}
		all = append(all, rec)
	}
	return all
}
