package figures

import (
	"math"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// costly is an arm of 10 blocks of 1 s and 100 requests, in which the server reports so many ms of
// auth per attempt, the token costs 10 ms and lives for so long, and blocks differ by 2%.
func costly(name string, server float64, life time.Duration) record.Arm {
	arm := recordtest.Steady(name, 100, 20*time.Millisecond, 10)
	for i := range arm.Blocks {
		s, noise := arm.Blocks[i].Open, 1+0.02*float64(i%2)
		s.Requests = 100
		s.Server = map[string]record.Sum{"auth": {Count: 50, TotalMS: 50 * server * noise}}
		s.Credentials = record.Credentials{Count: 5, TotalMS: 50 * noise, Requests: 5}
		s.Wire = record.Wire{Sent: record.Bytes{WireBytes: uint64(3000 * server * noise)}, Requests: 100}
	}
	arm.Totals.ClientAuth = record.ClientAuth{Count: 50, TotalMS: 500, LifeMS: record.Milliseconds(life)}
	return arm
}

// The bounds of the cost of authentication and of the bytes come from the blocks, where these tell
// them.
func TestPerRequestByBlock(t *testing.T) {
	auth, bytes := mustMetric(t, "auth"), mustMetric(t, "bytes_per_request")
	slim := func(arm record.Arm) record.Arm { return record.Slim(recordtest.AB(arm)).Arms[0] }
	old := func(arm record.Arm) record.Arm {
		for i := range arm.Blocks {
			arm.Blocks[i].Open.Wire = record.Wire{}
		}
		arm.Totals.Wire = record.Wire{Sent: record.Bytes{WireBytes: 6000}, Requests: 100}
		return arm
	}
	for _, row := range []struct {
		name  string
		m     metric.Metric
		arm   record.Arm
		want  float64
		whole bool
	}{
		{"a long-lived token", auth, costly("ab=a", 2, time.Hour), 2.02, false},
		{"a token of 200 ms, whose cost blocks have", auth, costly("ab=a", 2, 200*time.Millisecond), 2.02 + 0.505, false},
		{"a token of 5 s, a small part of the cost", auth, costly("ab=a", 2, 5*time.Second), 2.02 + 0.02, false},
		{"a token of 5 s, too few to have bounds", auth, costly("ab=a", 0.05, 5*time.Second), 0.0505 + 0.02, true},
		{"a slim record", auth, slim(costly("ab=a", 2, time.Hour)), 2.02, false},
		{"of the token alone", auth, costly("ab=a", 0, 5*time.Second), 0.02, true},
		{"bytes", bytes, costly("ab=a", 2, time.Hour), 60.6, false},
		{"bytes of an older record", bytes, old(costly("ab=a", 2, time.Hour)), 60, true},
	} {
		got := NewCalculator().Arm(row.m, &row.arm, 0.025)
		if math.Abs(got.Value/row.want-1) > 1e-3 || got.Whole != row.whole || !row.whole && !(got.Low < got.Value && got.High > got.Value && got.High < 1.05*got.Value) {
			t.Errorf("%s: %+v, want %v", row.name, got, row.want)
		}
	}
	rec := recordtest.AB(costly("ab=a", 2, time.Hour), costly("ab=b", 1, time.Hour))
	for _, m := range []metric.Metric{auth, bytes} {
		got := NewCalculator().Ratio(m, PairsOf(rec, "ab", "a", "b"), 0.025)
		if math.Abs(got.Value-0.5) > 1e-3 || got.Whole || !(got.Low > 0.49 && got.High < 0.51) {
			t.Errorf("ratio of %s: %+v", m.Name, got)
		}
	}
}

// Pairs are pooled by the sums of their blocks, or of whole runs where they have not as many blocks.
func TestPerRequestOfPooledPairs(t *testing.T) {
	ofOnce, ofTwice, ofThrice := costly("x", 1, time.Hour), costly("x", 2, time.Hour), costly("x", 3, time.Hour)
	short := costly("x", 2, time.Hour)
	short.Blocks = short.Blocks[:8]
	short.Totals.Wire = record.Wire{Sent: record.Bytes{WireBytes: 6000}, Requests: 100}
	for _, row := range []struct {
		name  string
		pairs []Pair
		want  float64
		whole bool
	}{
		{"one pair", []Pair{{Base: &ofOnce, Head: &ofTwice}}, 2, false},
		{"two", []Pair{{Base: &ofOnce, Head: &ofTwice}, {Base: &ofThrice, Head: &ofTwice}}, 1, false},
		{"three", []Pair{{Base: &ofOnce, Head: &ofTwice}, {Base: &ofThrice, Head: &ofTwice}, {Base: &ofOnce, Head: &ofTwice}}, 1.2, false},
	} {
		for _, name := range []string{"auth", "bytes_per_request"} {
			got := NewCalculator().Ratio(mustMetric(t, name), row.pairs, 0.025)
			if math.Abs(got.Value-row.want) > 2e-3 || got.Whole != row.whole || !(got.Low <= got.Value && got.High >= got.Value) {
				t.Errorf("%s of %s: %+v, want %v", name, row.name, got, row.want)
			}
		}
	}
	if got := NewCalculator().Ratio(mustMetric(t, "auth"), []Pair{{Base: &ofOnce, Head: &ofTwice}, {Base: &short, Head: &short}}, 0.025); !got.Whole {
		t.Errorf("of pairs with unlike blocks: %+v", got)
	}
}

func mustMetric(t *testing.T, name string) metric.Metric {
	t.Helper()
	m, ok := metric.Named(name)
	if !ok {
		t.Fatalf("there is no metric %s", name)
	}
	return m
}
