package figures

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// wandering is an arm of blocks whose lognormal latencies about 20 ms drift together,
// and of whose prompts the share fails.
func wandering(rng *rand.Rand, blocks, prompts int, failing float64) record.Arm {
	a := record.Arm{Name: "all", Levels: map[string]string{}}
	drift := 0.05 * rng.NormFloat64()
	for i := range blocks {
		drift = 0.5*drift + 0.05*math.Sqrt(0.75)*rng.NormFloat64()
		s := &record.Slice{DurationMS: 1000, Response: record.NewHist()}
		for range prompts {
			s.Due++
			if rng.Float64() < failing {
				s.Failed++
				continue
			}
			s.Answered++
			s.Response.Record(time.Duration(20e6 * math.Exp(drift+0.5*rng.NormFloat64())))
		}
		a.Blocks = append(a.Blocks, record.Block{Index: i, Complete: true, Open: s})
	}
	return a
}

// The bounds of a percentile hold the truth about as often as they say: of a lognormal
// with a drift of 5%, p90 is 20 ms · exp(1.2816·√(0.5²+0.05²)).
func TestQuantileBoundsCover(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	truth := 20 * math.Exp(1.2816*math.Hypot(0.5, 0.05))
	const runs = 150
	held := 0
	for range runs {
		a := wandering(rng, 20, 200, 0)
		in := NewReckoner().Arm(expressed(t, "p90_ms"), &a, 0.025)
		if in.Low <= truth && truth <= in.High {
			held++
		}
		if in.Low > in.Value || in.Value > in.High {
			t.Fatalf("%+v", in)
		}
	}
	if share := float64(held) / runs; share < 0.88 {
		t.Errorf("95%% bounds of p90 hold %.0f%%", share*100)
	}
}

func TestFailuresAreInfinite(t *testing.T) {
	a := wandering(rand.New(rand.NewPCG(1, 1)), 10, 400, 0.05)
	of := func(name string) Figure { return NewReckoner().Arm(expressed(t, name), &a, 0.025) }
	if p99 := of("p99_ms"); !math.IsInf(p99.Value, 1) || !math.IsInf(p99.High, 1) {
		t.Errorf("with 5%% failing p99 is %+v", p99)
	}
	if p90, whole := of("p90_ms"), record.Merged(a.Blocks[0].Open.Response); p90.Value < float64(whole.Quantile(0.9))/1e6 || math.IsInf(p90.Value, 1) {
		t.Errorf("p90 is %+v", p90)
	}
	if rate := of("error_rate"); rate.Low > 0.05 || rate.High < 0.05 || rate.High > 0.1 {
		t.Errorf("the error rate is %+v", rate)
	}
}

func TestFiguresOfAnArm(t *testing.T) {
	a := arm("ab=a", 100, each(20*time.Millisecond, 8)...)
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		s.Requests, s.Attempts = 50, 60
		a.Blocks[i].Closed = &record.Slice{DurationMS: 500, InWindow: 400}
		s.Server = map[string]record.Sum{"auth": {Count: 50, TotalMS: 100}}
	}
	a.Totals = record.Totals{
		Connections: 3, TokenRequests: 2,
		Wire: record.Wire{Requests: 100, Sent: record.Bytes{WireBytes: 5000, HeaderBytes: 900}, Received: record.Bytes{WireBytes: 15000, HeaderBytes: 100}},
	}
	r := NewReckoner().Within(map[float64]time.Duration{0.99: 10 * time.Millisecond})
	for name, want := range map[string]float64{
		"tps": 800, "goodput": 0, "error_rate": 0, "mean_ms": 20, "p50_ms": 20, "p999_ms": 20, "attempts_per_request": 1.2,
		"auth_ms": 2, "bytes_per_request": 200, "header_bytes_per_request": 10, "connections": 3, "token_requests": 2,
	} {
		if got := r.Arm(expressed(t, name), &a, 0.025); math.Abs(got.Value-want) > 0.005*want {
			t.Errorf("%s = %+v, want %v", name, got, want)
		}
	}
	r = r.Within(map[float64]time.Duration{0.99: 30 * time.Millisecond})
	if got := r.Arm(expressed(t, "goodput"), &a, 0.025); got.Value != 100 {
		t.Errorf("goodput within 30 ms is %+v, want 100/s", got)
	}
}
